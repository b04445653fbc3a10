#include "lib/engine/path_pattern.hpp"

#include <algorithm>

namespace orch::engine {

namespace {

/// A byte that is no valid UTF-8 stands for itself.
std::u32string decode(std::string_view text) {
    std::u32string result;
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
        const unsigned lead = byte(i);
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
        std::size_t used = 1;
        while (used < length && i + used < text.size() && (byte(i + used) & 0xC0U) == 0x80)
            c = c << 6 | (byte(i + used++) & 0x3FU);
        result += used == length ? c : static_cast<char32_t>(lead);
        i += used == length ? length : 1;
    }
    return result;
}

/// A member of a class, behind which more must come. Go's getEsc.
std::optional<char32_t> read_member(std::u32string_view& text) {
    if (text.empty() || text.front() == '-' || text.front() == ']')
        return std::nullopt;
    if (text.front() == '\\')
        text.remove_prefix(1);
    if (text.size() < 2)
        return std::nullopt;
    const auto member = text.front();
    text.remove_prefix(1);
    return member;
}

bool special(char32_t c) { return c == '*' || c == '?' || c == '[' || c == '\\'; }

} // namespace

std::optional<PathPattern> PathPattern::parse(std::string_view text) {
    PathPattern pattern;
    const auto characters = decode(text);
    if (!pattern.read(characters))
        return std::nullopt;
    const auto first = std::find_if(characters.begin(), characters.end(), special);
    auto& dirs = pattern.literal_dirs_;
    dirs.assign(characters.begin(), first);
    if (first == characters.end())
        dirs += U'/';
    dirs.erase(dirs.rfind(U'/') + 1); // all of it, if there is none
    return pattern;
}

bool PathPattern::read(std::u32string_view text) {
    using What = Token::What;
    // "**name" is any path that ends so, but only if nothing else in it is special.
    if (text.starts_with(U"**") && !text.starts_with(U"**/") &&
        std::none_of(text.begin() + 2, text.end(), special)) {
        tokens_.push_back({What::rest});
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        const auto c = text.front();
        if (c == '[') {
            auto token = read_class(text);
            if (!token)
                return false;
            tokens_.push_back(*std::move(token));
            continue;
        }
        text.remove_prefix(1);
        if (c == '*' && text.starts_with(U'*')) {
            text.remove_prefix(text.starts_with(U"*/") ? 2 : 1);
            tokens_.push_back({text.empty() ? What::rest : What::dirs});
            if (!text.empty())
                tokens_.push_back({What::dirs_inside});
        } else if (c == '*') {
            tokens_.push_back({What::run});
        } else if (c == '?') {
            tokens_.push_back({What::one});
        } else if (c == '\\') {
            if (text.empty())
                return false;
            tokens_.push_back({What::character, text.front()});
            text.remove_prefix(1);
        } else {
            tokens_.push_back({What::character, c});
        }
    }
    return true;
}

std::optional<PathPattern::Token> PathPattern::read_class(std::u32string_view& text) {
    Token token{Token::What::set};
    text.remove_prefix(1);
    token.negated = text.starts_with(U'^');
    if (token.negated)
        text.remove_prefix(1);
    do {
        const auto low = read_member(text);
        if (!low)
            return std::nullopt;
        auto high = low;
        if (text.starts_with(U'-')) {
            text.remove_prefix(1);
            high = read_member(text);
            if (!high || *high < *low)
                return std::nullopt;
        }
        token.ranges.emplace_back(*low, *high);
    } while (!text.starts_with(U']'));
    text.remove_prefix(1);
    return token;
}

void PathPattern::enter(States& states, std::size_t at) const {
    using What = Token::What;
    if (states[at])
        return;
    states[at] = true;
    if (at == tokens_.size())
        return;
    const auto what = tokens_[at].what;
    if (what == What::run || what == What::rest || what == What::dirs)
        enter(states, at + 1);
    if (what == What::dirs)
        enter(states, at + 2); // not one directory
}

void PathPattern::step(const States& from, States& to, char32_t c) const {
    using What = Token::What;
    for (std::size_t at = 0; at < tokens_.size(); ++at) {
        if (!from[at])
            continue;
        const auto& token = tokens_[at];
        const bool in_set =
            std::any_of(token.ranges.begin(), token.ranges.end(), [c](const auto& range) {
                return range.first <= c && c <= range.second;
            });
        const bool stays = (token.what == What::run && c != '/') || token.what == What::rest ||
                           token.what == What::dirs_inside;
        const bool passes = (token.what == What::character && token.character == c) ||
                            (token.what == What::one && c != '/') ||
                            (token.what == What::set && in_set != token.negated) ||
                            (token.what == What::dirs_inside && c == '/');
        if (stays)
            enter(to, at);
        if (passes)
            enter(to, at + 1);
    }
}

bool PathPattern::matches(std::string_view path) const {
    States states(tokens_.size() + 1);
    enter(states, 0);
    for (const auto c : decode(path)) {
        States next(states.size());
        step(states, next, c);
        states = std::move(next);
    }
    return states.back();
}

bool PathPattern::may_match_below(std::string_view dir) const {
    const auto below = decode(dir) + U'/';
    const auto common = std::min(below.size(), literal_dirs_.size());
    return below.compare(0, common, literal_dirs_, 0, common) == 0;
}

} // namespace orch::engine
