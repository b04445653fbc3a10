// Rules of the firewall: one for the world, shared by all machines of a network, and one for the
// nodes of swarms.
#include "drivers/google/wishes.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/text.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace orch::drivers::google {

namespace {

constexpr auto shared_rule = "docker-machines"; // docker-machine's names
constexpr auto shared_tag = "docker-machine";
constexpr auto swarm_rule = "docker-machines-swarm";
constexpr auto swarm_tag = "docker-machine-swarm";
constexpr auto everybody = "0.0.0.0/0";
constexpr std::size_t longest_name = 63;
constexpr int ssh_port = 22;

std::vector<std::string> strings_of(const Record& record, std::string_view field) {
    std::vector<std::string> found;
    const auto list = record.find(field);
    if (list != record.end() && list->is_array())
        for (const auto& each : *list)
            if (each.is_string())
                found.push_back(each.get<std::string>());
    return found;
}

std::vector<std::string> sources_of(const Record& record) {
    auto sources = strings_of(record, "OpenCIDRs");
    if (sources.empty())
        sources.emplace_back(everybody);
    std::sort(sources.begin(), sources.end());
    return sources;
}

/// Networks have rules of their own: a rule belongs to one network.
std::string for_network(std::string name, const Record& record) {
    const auto network = last_part(network_path(record));
    if (network != "default")
        name += "-" + network;
    if (name.size() > longest_name)
        name = name.substr(0, longest_name - 9) + "-" + tls::sha256_hex(name).substr(0, 8);
    return name;
}

/// Of the rule that lets the world in. One with other sources has a tag of its own: an instance
/// with the shared one would be open to all.
struct Names {
    std::string rule;
    std::string tag;
};

Names world_names(const Record& record) {
    if (const auto prefix = kit::text(record, "ExternalFirewallRulePrefix"); !prefix.empty())
        return {for_network(prefix + "-external", record), prefix + "-external"};
    const auto sources = sources_of(record);
    if (sources == std::vector<std::string>{everybody})
        return {for_network(shared_rule, record), shared_tag};
    const auto own = "-" + tls::sha256_hex(text::join(sources, ",")).substr(0, 8);
    return {for_network(shared_rule + own, record), shared_tag + own};
}

Names swarm_names(const Record& record) {
    if (const auto prefix = kit::text(record, "InternalFirewallRulePrefix"); !prefix.empty())
        return {for_network(prefix + "-internal", record), prefix + "-internal"};
    return {for_network(swarm_rule, record), swarm_tag};
}

/// "2376" or "1000-2000".
bool covers(const std::string& ports, int port) {
    int first = 0;
    const auto* end = ports.data() + ports.size();
    const auto parsed = std::from_chars(ports.data(), end, first);
    int last = first;
    if (parsed.ptr != end && *parsed.ptr == '-')
        std::from_chars(parsed.ptr + 1, end, last);
    return first <= port && port <= last;
}

bool is_open(const Json& allowed, const kit::Opening& opening) {
    return std::any_of(allowed.begin(), allowed.end(), [&](const Json& each) {
        const auto protocol = each.value("IPProtocol", "");
        if (protocol == "all")
            return true;
        if (protocol != opening.protocol)
            return false;
        const auto ports = each.value("ports", Json::array());
        return ports.empty() || std::any_of(ports.begin(), ports.end(), [&](const Json& range) {
                   return covers(range.get<std::string>(), opening.port);
               });
    });
}

} // namespace

std::vector<Rule> rules_of(const Record& record, const Request& request) {
    auto asked = request;
    if (asked.swarm_discovery.empty())
        asked.swarm_discovery = kit::text(record, "InternalFirewallRulePrefix");
    const auto wanted =
        kit::openings(asked, ssh_port, "google-open-port", strings_of(record, "OpenPorts"));
    const auto world = world_names(record);
    const auto swarm = swarm_names(record);
    Rule outside{.name = world.rule, .tag = world.tag, .sources = sources_of(record)};
    Rule inside{.name = swarm.rule, .tag = swarm.tag};
    for (const auto& each : wanted)
        (each.cluster ? inside : outside).openings.push_back(each);
    std::vector<Rule> rules{outside};
    if (!inside.openings.empty())
        rules.push_back(inside);
    return rules;
}

std::vector<std::string> tags_of(const Record& record) {
    std::vector<std::string> tags{world_names(record).tag};
    if (!kit::text(record, "SwarmDiscovery").empty() ||
        !kit::text(record, "InternalFirewallRulePrefix").empty())
        tags.push_back(swarm_names(record).tag);
    for (const auto& tag : items_of(kit::text(record, "Tags")))
        if (std::find(tags.begin(), tags.end(), tag) == tags.end())
            tags.push_back(tag);
    return tags;
}

Json missing_in(const Json& allowed, const std::vector<kit::Opening>& openings) {
    auto missing = Json::array();
    for (const auto* protocol : {"tcp", "udp"}) {
        auto ports = Json::array();
        for (const auto& each : openings)
            if (each.protocol == protocol && !is_open(allowed, each))
                ports.push_back(std::to_string(each.port));
        if (!ports.empty())
            missing.push_back({{"IPProtocol", protocol}, {"ports", ports}});
    }
    return missing;
}

Json rule_body(const Rule& rule, const std::string& network) {
    Json body{
        {"name", rule.name},
        {"description", "made by orch; shared by its machines"},
        {"network", network},
        {"direction", "INGRESS"},
        {"targetTags", Json::array({rule.tag})},
        {"allowed", missing_in(Json::array(), rule.openings)},
    };
    if (rule.sources.empty())
        body["sourceTags"] = Json::array({rule.tag});
    else
        body["sourceRanges"] = rule.sources;
    return body;
}

} // namespace orch::drivers::google
