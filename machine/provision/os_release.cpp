#include "machine/provision/os_release.hpp"

#include "lib/base/text.hpp"

namespace orch::machine::provision {

namespace {

std::string unquote(std::string_view value) {
    std::string plain;
    char quote = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        } else if (c == '\\' && quote != '\'' && i + 1 < value.size()) {
            plain += value[++i];
        } else {
            plain += c;
        }
    }
    return plain;
}

std::vector<std::string> words(const std::string& value) {
    auto parts = text::split(value, ' ');
    std::erase(parts, "");
    return parts;
}

} // namespace

OsRelease parse_os_release(std::string_view content) {
    OsRelease release;
    for (const auto& raw : text::lines(content)) {
        const auto line = text::trim(raw);
        const auto equals = line.find('=');
        if (line.starts_with('#') || equals == std::string_view::npos)
            continue;
        const auto key = line.substr(0, equals);
        const auto value = unquote(text::trim(line.substr(equals + 1)));
        if (key == "ID")
            release.id = value;
        if (key == "ID_LIKE")
            release.id_like = words(value);
        if (key == "VERSION_ID")
            release.version_id = value;
        if (key == "VARIANT_ID")
            release.variant_id = value;
        if (key == "PRETTY_NAME")
            release.pretty_name = value;
    }
    return release;
}

} // namespace orch::machine::provision
