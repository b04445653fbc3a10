#include "lib/engine/dockerignore.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <filesystem>

namespace orch::engine {

namespace {

/// As Go's filepath.Clean, then without a leading slash: "/a//b/../c/" is "a/c".
std::string clean(std::string_view path) {
    auto cleaned = std::filesystem::path(path).lexically_normal().generic_string();
    while (cleaned.starts_with('/'))
        cleaned.erase(0, 1);
    if (cleaned.ends_with('/'))
        cleaned.pop_back();
    return cleaned;
}

} // namespace

Dockerignore::Dockerignore(std::string_view content, std::string_view source) {
    if (content.starts_with("\xEF\xBB\xBF")) // the byte order mark of UTF-8
        content.remove_prefix(3);
    int number = 0;
    for (const auto& raw : text::lines(content)) {
        ++number;
        auto line = text::trim(raw);
        if (line.empty() || raw.starts_with('#'))
            continue;
        const bool exception = line.front() == '!';
        if (exception)
            line = text::trim(line.substr(1));
        auto pattern = PathPattern::parse(clean(line));
        if (line.empty() || !pattern)
            throw Error(
                Kind::invalid,
                "{}:{}: \"{}\" is not a valid pattern",
                source,
                number,
                text::trim(raw)
            );
        rules_.push_back({*std::move(pattern), exception});
    }
}

bool Dockerignore::excludes(const std::string& relative) const {
    bool excluded = false;
    for (const auto& rule : rules_) {
        if (rule.exception != excluded) // it would change nothing
            continue;
        for (std::size_t end = 0; end != std::string::npos;) {
            end = relative.find('/', end + 1);
            if (rule.pattern.matches(std::string_view(relative).substr(0, end))) {
                excluded = !rule.exception;
                break;
            }
        }
    }
    return excluded;
}

archive::TarSource::Filter Dockerignore::filter(const std::string& dockerfile) const {
    const auto always = clean(dockerfile.empty() ? "Dockerfile" : dockerfile);
    return [*this, always](const std::string& relative, bool directory) {
        if (relative == always || relative == ".dockerignore" || !excludes(relative))
            return archive::TarSource::Verdict{};
        const bool descend =
            directory && (always.starts_with(relative + "/") ||
                          std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
                              return rule.exception && rule.pattern.may_match_below(relative);
                          }));
        return archive::TarSource::Verdict{.take = false, .descend = descend};
    };
}

} // namespace orch::engine
