#include "lib/engine/dockerignore.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <span>

namespace orch::engine {

namespace {

/// A class "[a-c]" or "[^x]" at `pattern[at]`, which is '['. Moves `at` behind it. Go's
/// filepath.Match.
bool match_class(std::string_view pattern, std::size_t& at, char c) {
    ++at;
    const bool negated = at < pattern.size() && pattern[at] == '^';
    if (negated)
        ++at;
    bool matched = false;
    bool first = true;
    while (at < pattern.size() && (pattern[at] != ']' || first)) {
        first = false;
        if (pattern[at] == '\\' && at + 1 < pattern.size())
            ++at;
        const char low = pattern[at++];
        char high = low;
        if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
            ++at;
            if (pattern[at] == '\\' && at + 1 < pattern.size())
                ++at;
            high = pattern[at++];
        }
        matched = matched || (low <= c && c <= high);
    }
    ++at; // the closing bracket
    return matched != negated;
}

/// One path component against one pattern component.
bool match_component(std::string_view pattern, std::string_view name) {
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos; // behind the last *
    std::size_t star_name = 0;
    while (n < name.size()) {
        auto next = p;
        bool matched = false;
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            star_name = n;
            continue;
        }
        if (p < pattern.size()) {
            if (pattern[p] == '[') {
                matched = match_class(pattern, next, name[n]);
            } else {
                if (pattern[p] == '\\' && p + 1 < pattern.size())
                    ++next;
                matched = (pattern[p] == '?') || pattern[next] == name[n];
                ++next;
            }
        }
        if (matched) {
            p = next;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star;
            n = ++star_name;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

using Components = std::span<const std::string>;

/// "**" stands for any number of components, none included.
bool match_path(Components pattern, Components path) {
    if (pattern.empty())
        return path.empty();
    if (pattern.front() == "**") {
        if (pattern.size() == 1)
            return true;
        for (std::size_t skip = 0; skip <= path.size(); ++skip)
            if (match_path(pattern.subspan(1), path.subspan(skip)))
                return true;
        return false;
    }
    return !path.empty() && match_component(pattern.front(), path.front()) &&
           match_path(pattern.subspan(1), path.subspan(1));
}

/// As Go's filepath.Clean does for relative paths: no "." and "", ".." taken back.
std::vector<std::string> clean(std::string_view path) {
    std::vector<std::string> components;
    for (auto& component : text::split(path, '/')) {
        if (component.empty() || component == ".")
            continue;
        if (component == ".." && !components.empty() && components.back() != "..") {
            components.pop_back();
        } else {
            components.push_back(std::move(component));
        }
    }
    return components;
}

bool well_formed(std::string_view component) {
    for (std::size_t i = 0; i < component.size(); ++i) {
        if (component[i] == '\\' && ++i == component.size())
            return false;
        if (component[i] != '[')
            continue;
        const auto end = component.find(']', i + (component.substr(i + 1, 1) == "^" ? 3 : 2));
        if (end == std::string_view::npos)
            return false;
        i = end;
    }
    return true;
}

} // namespace

Dockerignore::Dockerignore(std::string_view content, std::string_view source) {
    if (content.starts_with("\xEF\xBB\xBF"))
        content.remove_prefix(3);
    int number = 0;
    for (const auto& raw : text::lines(content)) {
        ++number;
        if (raw.starts_with('#'))
            continue;
        auto line = text::trim(raw);
        if (line.empty())
            continue;
        Pattern pattern;
        pattern.exception = line.front() == '!';
        if (pattern.exception)
            line = text::trim(line.substr(1));
        pattern.components = clean(line);
        const bool good =
            std::all_of(pattern.components.begin(), pattern.components.end(), well_formed);
        if (!good || (pattern.exception && line.empty()))
            throw Error(Kind::invalid, "{}:{}: \"{}\" is no pattern", source, number, raw);
        if (!pattern.components.empty())
            patterns_.push_back(std::move(pattern));
    }
}

bool Dockerignore::excludes(const std::string& relative) const {
    const auto path = clean(relative);
    bool excluded = false;
    for (const auto& pattern : patterns_) {
        // The last word counts, so a pattern that would say the same need not be tried.
        if (pattern.exception != excluded)
            continue;
        // A pattern that matches a directory speaks for all below it.
        for (std::size_t length = 1; length <= path.size(); ++length)
            if (match_path(pattern.components, Components(path).first(length)))
                excluded = !pattern.exception;
    }
    return excluded;
}

archive::TarSource::Filter Dockerignore::filter(const std::string& dockerfile) const {
    const bool exceptions =
        std::any_of(patterns_.begin(), patterns_.end(), [](const Pattern& pattern) {
            return pattern.exception;
        });
    const auto always = text::join(clean(dockerfile.empty() ? "Dockerfile" : dockerfile), "/");
    return [*this, always, exceptions](const std::string& relative, bool directory) {
        if (relative == always || relative == ".dockerignore")
            return archive::TarSource::Verdict{};
        const bool excluded = excludes(relative);
        const bool leads_to_dockerfile = directory && always.starts_with(relative + "/");
        return archive::TarSource::Verdict{
            .take = !excluded, .descend = !excluded || exceptions || leads_to_dockerfile};
    };
}

} // namespace orch::engine
