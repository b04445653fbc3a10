#include "compose/swarm/ps.hpp"
#include "tests/unit/compose/swarm/swarm_case.hpp"

#include <doctest/doctest.h>

namespace swarm = orch::compose::swarm;

using orch::test::swarm_project;
using orch::test::swarm_service;
using orch::test::three_nodes;

namespace {

const auto project = swarm_project({swarm_service("web")});

std::string table(const swarm::Observed& observed, const orch::compose::PsOptions& options = {}) {
    std::string text;
    for (const auto& row : swarm::task_rows(project, observed, options))
        text += row.common.name + "|" + row.node + "|" + row.common.state + "|" + row.common.ports +
                "\n";
    return text;
}

} // namespace

TEST_CASE("swarm ps: node, state and ports of each task; history only with --all") {
    auto observed = three_nodes();
    orch::test::deploy(observed, project, "web", {"nb", "nc"});
    auto& tasks = observed.tasks;
    tasks[0].ports = {{.container_port = 80, .host_port = 8080, .protocol = "tcp"}};
    tasks[0].created = "2";
    tasks[1].state = "pending";
    tasks[1].node = "";
    tasks[1].error = "no suitable node";
    tasks.push_back(
        {.id = "old",
         .service = "id-web",
         .node = "nc",
         .slot = 1,
         .state = "failed",
         .desired = "shutdown",
         .exit_code = 3,
         .created = "1"}
    );
    const std::string current = "shop_web_1|b|Up|10.0.0.2:8080->80/tcp\n";
    const std::string pending = "shop_web_2||Pending: no suitable node|\n";
    CHECK(table(observed) == current + pending);
    CHECK(table(observed, {.all = true}) == current + "shop_web_1|c|Exit 3|\n" + pending);
    CHECK(table(observed, {.states = {"running"}}) == current);
}

TEST_CASE("swarm ps: a stopped service shows what it had") {
    auto observed = three_nodes();
    orch::test::deploy(observed, project, "web", {"nb", "nc"});
    observed.tasks.clear();
    observed.services[0].replicas = 0;
    observed.services[0].labels[swarm::labels::stopped] = "2";
    CHECK(table(observed) == "shop_web_1||Stopped|\nshop_web_2||Stopped|\n");
    // The managers forget ended tasks a while later only.
    observed.tasks.push_back(
        {.id = "t1",
         .service = "id-web",
         .node = "nb",
         .slot = 1,
         .state = "complete",
         .desired = "remove"}
    );
    CHECK(table(observed) == "shop_web_1||Stopped|\nshop_web_2||Stopped|\n");
}

TEST_CASE("swarm ps: a manager that was restarted has forgotten the ports of tasks, not of services"
) {
    auto observed = three_nodes();
    orch::test::deploy(observed, project, "web", {"nb"});
    observed.services[0].ports = {{.container_port = 80, .host_port = 8080, .protocol = "tcp"}};
    CHECK(table(observed) == "shop_web_1|b|Up|10.0.0.2:8080->80/tcp\n");
    observed.tasks[0].state = "starting";
    CHECK(table(observed).find("8080") == std::string::npos);
}
