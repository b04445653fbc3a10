#include "machine/name.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <string_view>

namespace orch::machine {

namespace {

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_allowed(char c) { return is_alphanumeric(c) || c == '.' || c == '-'; }

} // namespace

void check_name(const std::string& name) {
    // docker-machine's sentence, capital letter and all: scripts look for it.
    constexpr std::string_view phrase =
        "Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -";
    if (name.empty() || !is_alphanumeric(name[0]) ||
        !std::all_of(name.begin(), name.end(), is_allowed))
        throw Error(Kind::invalid, "{}", phrase).hint("a name begins with a letter or a digit");

    constexpr std::size_t longest_label = 63; // RFC 1123
    constexpr std::size_t longest_name = 253;
    const auto too_long = [](const std::string& label) { return label.size() > longest_label; };
    const auto labels = text::split(name, '.');
    if (name.size() > longest_name || std::any_of(labels.begin(), labels.end(), too_long))
        throw Error(Kind::invalid, "the name {:.20}... is too long for a host name", name)
            .hint("use at most {} characters", longest_label);
}

} // namespace orch::machine
