#include "lib/engine/reference.hpp"

#include "lib/base/text.hpp"
#include "lib/http/client.hpp"

namespace orch::engine {

Reference split_reference(std::string_view reference) {
    if (const auto at = reference.find('@'); at != std::string_view::npos)
        return {std::string(reference.substr(0, at)), std::string(reference.substr(at + 1))};
    const auto colon = reference.rfind(':');
    if (colon == std::string_view::npos || reference.find('/', colon) != std::string_view::npos)
        return {std::string(reference), "latest"};
    return {std::string(reference.substr(0, colon)), std::string(reference.substr(colon + 1))};
}

std::string escape_reference(std::string_view reference) {
    return text::replace_all(http::escape(reference), "%2F", "/");
}

} // namespace orch::engine
