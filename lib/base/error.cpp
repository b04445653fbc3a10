#include "lib/base/error.hpp"

namespace orch {

std::string describe(const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    if (known == nullptr)
        return error.what();
    std::string text;
    for (auto context = known->trail().rbegin(); context != known->trail().rend(); ++context)
        text += *context + ": ";
    text += known->message();
    for (const auto& detail : known->details())
        text += "\n" + detail;
    return text;
}

} // namespace orch
