#include "cmd/ui/progress_json.hpp"

#include <nlohmann/json.hpp>

namespace orch::cmd::ui {

namespace {

const char* status_name(progress::Status status) {
    switch (status) {
    case progress::Status::working:
        return "working";
    case progress::Status::done:
        return "done";
    case progress::Status::failed:
        return "failed";
    case progress::Status::warning:
        return "warning";
    case progress::Status::note:
        break;
    }
    return "note";
}

} // namespace

void JsonProgress::emit(const progress::Event& event) {
    nlohmann::ordered_json object;
    object["id"] = event.id;
    if (!event.parent.empty())
        object["parent"] = event.parent;
    object["status"] = status_name(event.status);
    if (!event.text.empty())
        object["text"] = event.text;
    if (event.amount) {
        object["current"] = event.amount->current;
        object["total"] = event.amount->total;
    }
    if (!event.detail.empty())
        object["detail"] = event.detail;
    // Output of other programs need not be UTF-8.
    const auto replace = nlohmann::ordered_json::error_handler_t::replace;
    console_.err(object.dump(-1, ' ', false, replace) + "\n");
}

} // namespace orch::cmd::ui
