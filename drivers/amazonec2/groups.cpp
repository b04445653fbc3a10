#include "drivers/amazonec2/groups.hpp"

#include "lib/base/error.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace orch::drivers::amazonec2 {

namespace {

constexpr auto anywhere = "0.0.0.0/0";
constexpr int most_rounds = 5; // while others change the same group

int port_in(const Json& rule, const std::string& name) {
    const auto text = text_in(rule, name);
    int port = -1;
    std::from_chars(text.data(), text.data() + text.size(), port);
    return port;
}

/// Whether a rule is about that port; "-1" is every protocol.
bool covers(const Json& rule, const kit::Opening& opening) {
    const auto protocol = text_in(rule, "ipProtocol");
    if (protocol == "-1")
        return true;
    return protocol == opening.protocol && port_in(rule, "fromPort") <= opening.port &&
           port_in(rule, "toPort") >= opening.port;
}

bool lets_in(const Json& rule, const std::string& source) {
    const auto ranges = items(rule, source.find(':') == source.npos ? "ipRanges" : "ipv6Ranges");
    return std::any_of(ranges.begin(), ranges.end(), [&](const Json& range) {
        const auto cidr = text_in(range, source.find(':') == source.npos ? "cidrIp" : "cidrIpv6");
        return cidr == source || cidr == anywhere;
    });
}

bool lets_in_members(const Json& rule, const std::string& group) {
    const auto groups = items(rule, "groups");
    return lets_in(rule, anywhere) ||
           std::any_of(groups.begin(), groups.end(), [&](const Json& each) {
               return text_in(each, "groupId") == group;
           });
}

/// Whether some rule of the group lets `source` reach the port; an empty source is any.
bool has_rule(const Json& group, const kit::Opening& opening, const std::string& source) {
    const auto rules = items(group, "ipPermissions");
    return std::any_of(rules.begin(), rules.end(), [&](const Json& rule) {
        if (!covers(rule, opening))
            return false;
        if (opening.cluster)
            return lets_in_members(rule, text_in(group, "groupId"));
        return source.empty() || lets_in(rule, source);
    });
}

void add_rule(
    Fields& fields,
    int number,
    const kit::Opening& opening,
    const std::string& name,
    std::string value
) {
    const auto prefix = fmt::format("IpPermissions.{}.", number);
    fields.emplace_back(prefix + "IpProtocol", opening.protocol);
    fields.emplace_back(prefix + "FromPort", std::to_string(opening.port));
    fields.emplace_back(prefix + "ToPort", std::to_string(opening.port));
    fields.emplace_back(prefix + name, std::move(value));
}

std::optional<Json> find_group(Region& region, const std::string& name, const std::string& vpc) {
    Fields fields;
    add_filter(fields, "group-name", {name});
    add_filter(fields, "vpc-id", {vpc});
    const auto found = region.list(
        "look for security group " + name, "DescribeSecurityGroups", fields, "securityGroupInfo"
    );
    return found.empty() ? std::nullopt : std::optional(found.front());
}

/// Somebody else may make it at the same time, and what was just made may not be shown yet.
std::optional<Json> make_group(Region& region, const std::string& name, const std::string& vpc) {
    Fields fields{{"GroupName", name}, {"GroupDescription", "Docker Machine"}, {"VpcId", vpc}};
    add_tags(fields, "security-group", {{"orch", "1"}});
    try {
        const auto made =
            region.ask("create security group " + name, "CreateSecurityGroup", fields);
        return Json{{"groupId", text_in(made, "groupId")}};
    } catch (const kit::Refused& refused) {
        if (refused.code() != "InvalidGroup.Duplicate")
            throw;
        return find_group(region, name, vpc);
    }
}

/// False if somebody else has changed the group meanwhile, or it is not known yet.
bool authorize(Region& region, const std::string& id, Fields rules) {
    rules.insert(rules.begin(), {"GroupId", id});
    try {
        region.ask("open ports in security group " + id, "AuthorizeSecurityGroupIngress", rules);
        return true;
    } catch (const kit::Refused& refused) {
        if (refused.code() != "InvalidPermission.Duplicate" &&
            refused.code() != "InvalidGroup.NotFound")
            throw;
        return false;
    }
}

std::string ensure_group(Region& region, const GroupWishes& wishes, const std::string& name) {
    for (int round = 0; round < most_rounds; ++round) {
        if (round > 0)
            region.pause(std::chrono::seconds(round));
        auto group = find_group(region, name, wishes.vpc);
        if (!group)
            group = make_group(region, name, wishes.vpc);
        if (!group)
            continue;
        const auto id = text_in(*group, "groupId");
        auto rules = wishes.readonly ? Fields() : missing_rules(*group, wishes);
        if (rules.empty() || authorize(region, id, std::move(rules)))
            return id;
    }
    throw Error(Kind::conflict, "amazonec2: others change security group {} all the time", name)
        .hint("try again");
}

} // namespace

Fields missing_rules(const Json& group, const GroupWishes& wishes) {
    Fields fields;
    int count = 0;
    const auto id = text_in(group, "groupId");
    for (const auto& opening : wishes.openings) {
        if (opening.cluster) {
            if (!has_rule(group, opening, id))
                add_rule(fields, ++count, opening, "Groups.1.GroupId", id);
            continue;
        }
        if (wishes.sources.empty() && !has_rule(group, opening, ""))
            add_rule(fields, ++count, opening, "IpRanges.1.CidrIp", anywhere);
        for (const auto& source : wishes.sources)
            if (!has_rule(group, opening, source)) {
                const bool v6 = source.find(':') != std::string::npos;
                const auto* const name = v6 ? "Ipv6Ranges.1.CidrIpv6" : "IpRanges.1.CidrIp";
                add_rule(fields, ++count, opening, name, source);
            }
    }
    return fields;
}

std::vector<std::string> ensure_groups(Region& region, const GroupWishes& wishes) {
    std::vector<std::string> ids;
    for (const auto& name : wishes.names)
        ids.push_back(ensure_group(region, wishes, name));
    return ids;
}

} // namespace orch::drivers::amazonec2
