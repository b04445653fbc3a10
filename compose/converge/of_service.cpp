#include "compose/converge/of_service.hpp"

#include "lib/base/error.hpp"

namespace orch::compose {

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
        throw told;
    }
}

} // namespace orch::compose
