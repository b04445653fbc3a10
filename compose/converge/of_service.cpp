#include "compose/converge/of_service.hpp"

#include "lib/base/error.hpp"

#include <string_view>

namespace orch::compose {

namespace {

/// An engine that was killed while it started a container may leave the container's task behind,
/// and cannot start that container ever again.
bool is_left_task(std::string_view message) {
    return message.find("task ") != std::string_view::npos && message.ends_with("already exists");
}

} // namespace

void of_service(const char* verb, const std::string& service, const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        const bool unanswered = error.kind() == Kind::network || error.kind() == Kind::timeout ||
                                error.kind() == Kind::cancelled;
        if (service.empty() || unanswered)
            throw;
        Error told(error.kind(), "Cannot {} service {}: {}", verb, service, error.message());
        for (const auto& line : error.details())
            told.detail(line);
        if (!error.hint().empty())
            told.hint("{}", error.hint());
        else if (is_left_task(error.message()))
            told.hint(
                "the engine lost track of this container when it died; a new one, with its "
                "volumes: orch compose up -d --force-recreate {}",
                service
            );
        throw told;
    }
}

} // namespace orch::compose
