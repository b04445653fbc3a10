#include "cmd/ui/progress_quiet.hpp"

namespace orch::cmd::ui {

void QuietProgress::emit(const progress::Event& event) {
    if (event.status != progress::Status::failed)
        return;
    std::string line;
    for (const auto* const part : {&event.id, &event.text, &event.detail})
        if (!part->empty())
            line += (line.empty() ? "" : ": ") + *part;
    console_.err(line + "\n");
}

} // namespace orch::cmd::ui
