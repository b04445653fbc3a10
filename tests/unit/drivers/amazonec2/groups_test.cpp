#include "drivers/amazonec2/groups.hpp"
#include "tests/unit/drivers/amazonec2/scene.hpp"

#include <doctest/doctest.h>

namespace amazonec2 = orch::drivers::amazonec2;
using amazonec2::Fields;
using amazonec2::Json;
using orch::test::Ec2;

namespace {

Json rule(const std::string& protocol, const std::string& port, const Json& more) {
    Json made{{"ipProtocol", protocol}, {"fromPort", port}, {"toPort", port}};
    made.update(more);
    return made;
}

Json group(std::vector<Json> rules) { return {{"groupId", "sg-1"}, {"ipPermissions", rules}}; }

const Json world{{"ipRanges", {{{"cidrIp", "0.0.0.0/0"}}}}};
const Json office{{"ipRanges", {{{"cidrIp", "192.0.2.0/24"}}}}};

std::vector<std::string> ports(const Fields& fields) {
    std::vector<std::string> found;
    for (const auto& [name, value] : fields)
        if (name.ends_with("FromPort"))
            found.push_back(value);
    return found;
}

} // namespace

TEST_CASE("amazonec2: only rules that are missing are added") {
    amazonec2::GroupWishes wishes{.openings = {{22}, {2376}, {53, "udp"}}};
    CHECK(
        ports(amazonec2::missing_rules(group({}), wishes)) ==
        std::vector<std::string>{"22", "2376", "53"}
    );
    // Who has narrowed a rule down meant it.
    const auto some = group({rule("tcp", "22", office), rule("tcp", "53", world)});
    CHECK(ports(amazonec2::missing_rules(some, wishes)) == std::vector<std::string>{"2376", "53"});
    CHECK(amazonec2::missing_rules(group({Json{{"ipProtocol", "-1"}}}), wishes).empty());
    wishes.sources = {"192.0.2.0/24", "2001:db8::/32"};
    const auto fields = amazonec2::missing_rules(some, wishes);
    CHECK(ports(fields) == std::vector<std::string>{"22", "2376", "2376", "53", "53"});
    CHECK(
        fields[3] ==
        std::pair<std::string, std::string>{
            "IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "2001:db8::/32"}
    );
}

TEST_CASE("amazonec2: ports of a swarm are open to the group's own members alone") {
    const amazonec2::GroupWishes wishes{
        .openings = {{7946, "udp", true}}, .sources = {"192.0.2.0/24"}};
    const auto fields = amazonec2::missing_rules(group({}), wishes);
    CHECK(
        fields.back() ==
        std::pair<std::string, std::string>{"IpPermissions.1.Groups.1.GroupId", "sg-1"}
    );
    CHECK(fields.size() == 4);
    const Json members{{"groups", {{{"groupId", "sg-1"}}}}};
    const Json others{{"groups", {{{"groupId", "sg-2"}}}}};
    CHECK(amazonec2::missing_rules(group({rule("udp", "7946", members)}), wishes).empty());
    CHECK(amazonec2::missing_rules(group({rule("udp", "7946", world)}), wishes).empty());
    CHECK_FALSE(amazonec2::missing_rules(group({rule("udp", "7946", others)}), wishes).empty());
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: groups that others make and open at the same time") {
    refusals["CreateSecurityGroup"] = "InvalidGroup.Duplicate";
    const auto serve = http.handler;
    http.handler = [&](const orch::http::Request& request) {
        auto answered = serve(request);
        if (calls.back().first == "CreateSecurityGroup") { // the other one was first
            answers["DescribeSecurityGroups"] =
                "<securityGroupInfo><item><groupId>sg-5</groupId></item></securityGroupInfo>";
            refusals["AuthorizeSecurityGroupIngress"] = "InvalidPermission.Duplicate";
        }
        if (calls.back().first == "AuthorizeSecurityGroupIngress")
            refusals.erase("AuthorizeSecurityGroupIngress");
        return answered;
    };
    CHECK(create()["SecurityGroupIds"] == orch::drivers::Record{"sg-5"});
    CHECK(count("AuthorizeSecurityGroupIngress") == 2);
    CHECK(last("AuthorizeSecurityGroupIngress").at("GroupId") == "sg-5");
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: a group that is to be left alone is") {
    create({{"security-group-readonly", "true"}, {"security-group", "a,b"}});
    CHECK(count("AuthorizeSecurityGroupIngress") == 0);
    CHECK(count("CreateSecurityGroup") == 2);
    CHECK(last("RunInstances").contains("NetworkInterface.1.SecurityGroupId.2"));
}
