#include "compose/swarm/convergence.hpp"

#include <doctest/doctest.h>

namespace swarm = orch::compose::swarm;

using orch::engine::Service;
using orch::engine::Task;
using swarm::Stage;

namespace {

Task task(int slot, const char* state, const char* desired = "running", const char* id = "t") {
    return {
        .id = id,
        .service = "s",
        .node = "na",
        .slot = slot,
        .state = state,
        .desired = desired,
        .created = id};
}

Service service(int replicas, const char* restart = "any") {
    return {.id = "s", .name = "shop_web", .replicas = replicas, .restart = restart};
}

} // namespace

TEST_CASE("convergence: all run") {
    const auto look = swarm::look_at(service(2), {task(1, "running"), task(2, "running")}, {}, {});
    CHECK(look.stage == Stage::running);
    CHECK(look.running == 2);
}

TEST_CASE("convergence: one is still on its way") {
    const auto look =
        swarm::look_at(service(2), {task(1, "running"), task(2, "preparing")}, {}, {});
    CHECK(look.stage == Stage::waiting);
    CHECK(look.preparing);
}

TEST_CASE("convergence: a task on a node that is down does not count") {
    CHECK(swarm::look_at(service(1), {task(1, "running")}, {"na"}, {}).stage == Stage::waiting);
}

TEST_CASE("convergence: one that has done its work counts, if it is not to be restarted") {
    const auto done = task(1, "complete", "shutdown");
    CHECK(swarm::look_at(service(1, "none"), {done}, {}, {}).stage == Stage::running);
    CHECK(swarm::look_at(service(1, "on-failure"), {done}, {}, {}).stage == Stage::running);
    CHECK(swarm::look_at(service(1, "any"), {done}, {}, {}).stage == Stage::waiting);
}

TEST_CASE("convergence: one failure is enough where nothing is restarted") {
    auto failed = task(1, "failed", "shutdown");
    failed.exit_code = 3;
    failed.error = "task: non-zero exit (3)";
    const auto look = swarm::look_at(service(1, "none"), {failed}, {}, {});
    CHECK(look.stage == Stage::failed);
    CHECK(look.reason == "task: non-zero exit (3)");
    CHECK(swarm::look_at(service(1, "none"), {failed}, {}, {"t"}).stage != Stage::failed);
}

TEST_CASE("convergence: else three of one slot are") {
    std::vector<Task> tasks{
        task(1, "failed", "shutdown", "1"),
        task(1, "rejected", "shutdown", "2"),
        task(1, "ready", "running", "4")};
    CHECK(swarm::look_at(service(1), tasks, {}, {}).stage == Stage::waiting);
    tasks.push_back(task(1, "rejected", "shutdown", "3"));
    tasks.back().error = "No such image: nosuch";
    const auto look = swarm::look_at(service(1), tasks, {}, {});
    CHECK(look.stage == Stage::failed);
    CHECK(look.reason == "No such image: nosuch");
    CHECK(look.culprit == "3");
}

TEST_CASE("convergence: an update that is paused has failed, one that goes on has not ended") {
    auto updating = service(1);
    updating.update_state = "updating";
    CHECK(swarm::look_at(updating, {task(1, "running")}, {}, {}).stage == Stage::waiting);
    updating.update_state = "paused";
    updating.update_message = "update paused due to failure";
    const auto look = swarm::look_at(updating, {task(1, "running")}, {}, {});
    CHECK(look.stage == Stage::failed);
    CHECK(look.reason == "update paused due to failure");
}

TEST_CASE(
    "convergence: the engine pauses an update whose task ends soon; one that did its work is fine"
) {
    auto updated = service(1, "none");
    updated.update_state = "paused";
    updated.update_message = "update paused due to failure or early termination of task 2";
    const std::vector<Task> done{
        task(1, "complete", "shutdown", "1"), task(1, "complete", "shutdown", "2")};
    CHECK(swarm::look_at(updated, done, {}, {}).stage == Stage::running);
    CHECK(
        swarm::look_at(updated, {task(1, "failed", "shutdown", "2")}, {}, {}).stage == Stage::failed
    );
    updated.replicas = 2;
    CHECK(swarm::look_at(updated, done, {}, {}).stage == Stage::failed);
}

TEST_CASE("convergence: places that the engine takes for filled") {
    const auto ended = task(2, "shutdown", "shutdown");
    CHECK(swarm::has_lost_places(service(2, "none"), {task(1, "running"), ended}));
    CHECK(swarm::has_lost_places(service(2, "none"), {task(1, "running", "remove")}));
    CHECK_FALSE(swarm::has_lost_places(service(2, "any"), {task(1, "running"), ended}));
    CHECK_FALSE(swarm::has_lost_places(
        service(1, "none"), {task(1, "running"), task(1, "shutdown", "shutdown", "old")}
    ));
}

TEST_CASE("convergence: no tasks wanted, none there") {
    CHECK(swarm::look_at(service(0), {}, {}, {}).stage == Stage::running);
}

TEST_CASE("convergence: what no waiting mends is given up sooner") {
    CHECK(
        swarm::patience_with("no suitable node (scheduling constraints not satisfied on 3 nodes)"
        ) == std::chrono::seconds(5)
    );
    CHECK(
        swarm::patience_with("no suitable node (host-mode port already in use on 3 nodes)") ==
        std::chrono::seconds(30)
    );
}
