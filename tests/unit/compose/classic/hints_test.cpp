#include "compose/classic/hints.hpp"
#include "compose/classic/nodes.hpp"
#include "compose/classic/together.hpp"
#include "compose/classic/warnings.hpp"
#include "lib/base/error.hpp"
#include "tests/unit/compose/plan_case.hpp"

#include <doctest/doctest.h>

namespace classic = orch::compose::classic;
namespace compose = orch::compose;
namespace test = orch::test;

using Lines = std::vector<std::string>;

namespace {

compose::Service service(const char* json) { return test::read_service(test::Json::parse(json)); }

} // namespace

TEST_CASE("classic hints: labels first, then the environment, as they were written") {
    auto web = service(R"({"name": "web", "environment": {
        "constraint:storage": "=ssd", "affinity:container!": "~web_*", "PATH": "/bin",
        "FOO": "constraint:a==b"}})");
    web.labels["com.docker.swarm.constraints"] = R"(["node!=c"])";
    web.labels["com.docker.swarm.affinities"] = "no list";
    CHECK(
        classic::hints_of(web) ==
        Lines{"constraint:node!=c", "constraint:storage==ssd", "affinity:container!=~web_*"}
    );
}

TEST_CASE("classic hints: neighbours keep what does not ask for one of them") {
    const auto web = service(R"({"name": "web", "environment": {
        "constraint:storage": "=ssd", "affinity:container": "=p_db_1", "affinity:image": "=redis",
        "affinity:container!": "other_*", "reschedule:on-node-failure": ""}})");
    CHECK(
        classic::hints_for_neighbours(web, {"p_db_1"}) ==
        Lines{"constraint:storage==ssd", "affinity:container!=other_*", "affinity:image==redis"}
    );
}

TEST_CASE("classic hints: a container that is rescheduled only wishes for its node") {
    CHECK(classic::on_node("a", false) == "constraint:node==a");
    CHECK(classic::on_node("a", true) == "constraint:node==~a");
    auto web = service(R"({"name": "web"})");
    CHECK_FALSE(classic::is_rescheduled(web));
    web.labels["com.docker.swarm.reschedule-policies"] = R"(["on-node-failure"])";
    CHECK(classic::is_rescheduled(web));
}

TEST_CASE("classic hints: what its old container would keep a new one from") {
    CHECK_FALSE(classic::is_in_its_own_way(service(R"({"name": "web"})")));
    CHECK(classic::is_in_its_own_way(service(R"({"name": "web", "ports": [80]})")));
    CHECK(classic::is_in_its_own_way(service(R"({"name": "web", "net": "host"})")));
    CHECK(classic::is_in_its_own_way(
        service(R"({"name": "web", "environment": {"affinity:container!": "*web*"}})")
    ));
    auto limited = service(R"({"name": "web"})");
    limited.mem_limit = 1 << 20;
    CHECK(classic::is_in_its_own_way(limited));
}

TEST_CASE("classic groups: links on a network of a user are names, and tie nothing") {
    auto project = test::read_project(test::Json::parse(R"({"services": [
        {"name": "db"}, {"name": "web", "links": ["db"]}, {"name": "job", "net_service": "web"},
        {"name": "free", "links": ["db"], "net": "between"}, {"name": "alone"}]})"));
    compose::Observed observed;
    CHECK(classic::Together(project, observed).group_of("web") == nullptr); // one engine
    observed.standalone.emplace();
    const classic::Together together(project, observed);
    REQUIRE(together.group_of("db") != nullptr);
    CHECK(together.group_of("db")->services == std::set<std::string>{"db", "job", "web"});
    CHECK(together.group_of("free") == nullptr);
    CHECK(together.group_of("alone") == nullptr);
}

TEST_CASE("classic groups: the node that most are on decides, the first by name of several") {
    CHECK(classic::most_common({"b", "a", "b", ""}) == "b");
    CHECK(classic::most_common({"b", "a"}) == "a");
    CHECK(classic::most_common({"", ""}).empty());
}

TEST_CASE("classic errors: the manager's words in full, and whose hints they are about") {
    const auto project = test::read_project(test::Json::parse(R"({"services": [
        {"name": "db", "environment": {"constraint:node": "=a"}},
        {"name": "web", "links": ["db"], "environment": {"constraint:node": "=b"}},
        {"name": "other", "environment": {"constraint:node": "=c"}}]})"));
    const orch::Error said(
        orch::Kind::remote,
        "Unable to find a node that satisfies the following conditions \n[available container "
        "slots]\n[node==a (soft=false) node==b (soft=false)]"
    );
    const auto told = classic::explained(
        said, project, {.service = "db", .name = "p_db_1", .hints = {"constraint:node==b"}}
    );
    CHECK(
        told.message() == "Unable to find a node that satisfies the following conditions "
                          "[available container slots] [node==a (soft=false) node==b (soft=false)]"
    );
    CHECK(
        told.details() ==
        Lines{"db: constraint:node==a", "web: constraint:node==b", "from orch: constraint:node==b"}
    );
    CHECK_FALSE(told.hint().empty());
    const orch::Error other(orch::Kind::conflict, "Conflict: The name is taken");
    CHECK(classic::explained(other, project, {.service = "db"}).details().empty());
}

TEST_CASE("classic warnings: CPUs that no node has, folders that only one may have") {
    orch::engine::ClassicInfo info;
    info.nodes = {
        {.name = "a", .address = "a:1", .cpus = "0 / 2"},
        {.name = "b", .address = "b:1", .cpus = "1 / 4"}};
    auto web =
        service(R"({"name": "web", "volumes": ["/w/code:/code", "/etc/ssl:/ssl", "/data"]})");
    web.cpu_shares = 512;
    CHECK(
        classic::warnings_of(web, info, "/w") ==
        Lines{
            "Service \"web\": cpu_shares is a number of CPUs on a standalone swarm, and no node "
            "has 512; 2 may be meant",
            "Service \"web\" mounts /w/code: each node of the swarm has a folder of its own under "
            "that name, made empty where there is none"}
    );
    web.cpu_shares = 4;
    info.nodes.pop_back();
    CHECK(classic::warnings_of(web, info, "/w").size() == 1);
}
