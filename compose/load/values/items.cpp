#include "compose/load/values/items.hpp"

#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <unordered_map>

namespace orch::compose::load::values {

namespace {

bool any_empty(const std::vector<std::string>& parts) {
    return std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); });
}

bool parse_int(const std::string& text, int& value) {
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    return parsed.ec == std::errc() && parsed.ptr == end && value >= 0;
}

yaml::Node text_node(const yaml::Mark& mark, std::string_view text) {
    yaml::Node node;
    node.type = yaml::Type::string;
    node.mark = mark;
    node.scalar = text;
    return node;
}

} // namespace

Parsed<Link> parse_link(std::string_view text) {
    const auto colon = text.find(':');
    const auto service = text.substr(0, colon);
    const auto alias = colon == std::string_view::npos || colon + 1 == text.size()
                           ? service
                           : text.substr(colon + 1);
    if (service.empty() || alias.find(':') != std::string_view::npos)
        return Parsed<Link>::failure(
            fmt::format("'{}' has incorrect format, should be name[:alias]", text)
        );
    return {{.service = std::string(service), .alias = std::string(alias)}, {}};
}

Parsed<VolumesFrom> parse_volumes_from(std::string_view text) {
    const auto parts = text::split(text, ':');
    if (parts.size() > 2 || any_empty(parts))
        return Parsed<VolumesFrom>::failure(
            fmt::format("volume_from {} has incorrect format, should be service[:mode]", text)
        );
    return {
        {.source = parts[0], .mode = parts.size() > 1 ? parts[1] : "rw", .is_service = true}, {}};
}

Parsed<Device> parse_device(std::string_view text) {
    const auto parts = text::split(text, ':');
    if (parts.size() > 3 || any_empty(parts))
        return Parsed<Device>::failure(
            fmt::format("'{}' has incorrect format, should be host[:container[:permissions]]", text)
        );
    return {
        {.host = parts[0],
         .container = parts.size() > 1 ? parts[1] : parts[0],
         .permissions = parts.size() > 2 ? parts[2] : "rwm"},
        {}};
}

bool is_host_address(const std::string& text) {
    const bool brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
    const auto bare = brackets ? text.substr(1, text.size() - 2) : text;
    unsigned char buffer[sizeof(in6_addr)];
    return text == "host-gateway" || inet_pton(AF_INET6, bare.c_str(), buffer) == 1 ||
           (!brackets && inet_pton(AF_INET, bare.c_str(), buffer) == 1);
}

Parsed<Restart> parse_restart(std::string_view text) {
    const auto parts = text::split(text, ':');
    Restart restart{.mode = parts[0], .max_retries = 0};
    const bool good = parts.size() <= 2 && (text.empty() || !parts[0].empty()) &&
                      (parts.size() < 2 || parse_int(parts[1], restart.max_retries));
    if (!good)
        return Parsed<Restart>::failure(
            fmt::format("Restart {} has incorrect format, should be mode[:max_retry]", text)
        );
    const std::vector<std::string> modes{"no", "always", "on-failure", "unless-stopped"};
    if (!text.empty() && std::find(modes.begin(), modes.end(), restart.mode) == modes.end())
        return Parsed<Restart>::failure(fmt::format(
            "invalid restart policy '{}', should be one of {}",
            restart.mode,
            text::join(modes, ", ")
        ));
    if (restart.max_retries != 0 && restart.mode != "on-failure")
        return Parsed<Restart>::failure(
            fmt::format("maximum retry count cannot be used with restart policy '{}'", restart.mode)
        );
    return {std::move(restart), {}};
}

Parsed<Ulimit> parse_ulimit(const yaml::Node& value) {
    if (!value.is(yaml::Type::mapping))
        return {{.soft = value.integer, .hard = value.integer}, {}};
    const Ulimit limit{.soft = value.find("soft")->integer, .hard = value.find("hard")->integer};
    const bool unlimited = limit.hard == -1; // the engine's word for no limit
    if (!unlimited && (limit.soft == -1 || limit.soft > limit.hard))
        return Parsed<Ulimit>::failure("'soft' value can not be greater than 'hard' value");
    return {limit, {}};
}

yaml::Node as_mapping(const yaml::Node& node, char separator, bool trimmed) {
    if (!node.is(yaml::Type::sequence))
        return node;
    yaml::Node mapping;
    mapping.type = yaml::Type::mapping;
    mapping.mark = node.mark;
    std::unordered_map<std::string, std::size_t> seen;
    for (const auto& item : node.items) {
        const std::string_view text = item.scalar;
        const auto at = text.find(separator);
        const auto part = [&](std::string_view piece) {
            return trimmed ? text::trim(piece) : piece;
        };
        yaml::Entry entry{text_node(item.mark, part(text.substr(0, at))), {}};
        entry.value.mark = item.mark;
        if (at != std::string_view::npos)
            entry.value = text_node(item.mark, part(text.substr(at + 1)));
        const auto [place, fresh] = seen.emplace(entry.key.scalar, mapping.entries.size());
        if (fresh)
            mapping.entries.push_back(std::move(entry));
        else
            mapping.entries[place->second] = std::move(entry);
    }
    return mapping;
}

} // namespace orch::compose::load::values
