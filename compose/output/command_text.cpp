#include "compose/output/command_text.hpp"

#include <algorithm>

namespace orch::compose {

std::optional<std::string> unquoted_command(std::string_view listed) {
    const auto quotes = std::count(listed.begin(), listed.end(), '\'');
    if (quotes == 0)
        return std::string(listed);
    const auto open = listed.find('\'');
    const auto close = listed.rfind('\'');
    const auto inside = listed.substr(open + 1, close - open - 1);
    const bool whole_word = (open == 0 || listed[open - 1] == ' ') &&
                            (close + 1 == listed.size() || listed[close + 1] == ' ') &&
                            inside.find(' ') != std::string_view::npos;
    if (quotes != 2 || !whole_word)
        return std::nullopt;
    std::string text(listed.substr(0, open));
    text += inside;
    text += listed.substr(close + 1);
    return text;
}

} // namespace orch::compose
