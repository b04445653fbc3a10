#include "compose/copy.hpp"
#include "compose/hosts.hpp"
#include "compose/images.hpp"
#include "compose/logs.hpp"
#include "compose/observe.hpp"
#include "compose/selection.hpp"
#include "compose/swarm/task_containers.hpp"
#include "compose/top.hpp"
#include "compose/wait.hpp"
#include "lib/archive/tar_write.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_nodes.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace swarm = orch::compose::swarm;
namespace test = orch::test;
using orch::Kind;
using test::error_of;
using test::Lines;

namespace {

/// "web" has two tasks on b and c, "db" one on the manager a.
struct Tasks {
    Tasks() {
        project.services = {test::service("db"), test::service("web")};
        nodes.add_task("p", "db", 1, "a");
        first = nodes.add_task("p", "web", 1, "b");
        second = nodes.add_task("p", "web", 2, "c");
        nodes.add_task("other", "web", 1, "b");
    }

    /// "NAME NODE" of all that is found.
    Lines found() {
        Lines lines;
        for (const auto& container : compose::observe_containers(hosts, "p"))
            lines.push_back(container.name + " " + container.node);
        return lines;
    }

    /// A container of `run` on that node.
    void add_oneoff(const std::string& node) {
        nodes.at(node).add_image("img");
        auto engine = nodes.engine_of(node);
        const auto made = engine.create_container(
            "p_web_run_0123456789ab",
            {{"Image", "img"},
             {"Labels",
              {{"com.docker.compose.project", "p"},
               {"com.docker.compose.service", "web"},
               {"com.docker.compose.oneoff", "True"}}}}
        );
        engine.start_container(made.id);
    }

    test::FakeNodes nodes{{"a", "b", "c"}};
    orch::engine::Engine manager{nodes.manager()};
    compose::Hosts hosts{manager, nodes.seam()};
    test::Recorder recorder;
    orch::Job job{{}, recorder};
    compose::Project project{.name = "p", .dir = "/w", .files = {}, .services = {}};
    std::string first;
    std::string second;
};

} // namespace

TEST_CASE_FIXTURE(Tasks, "task containers: of all nodes, named as on one engine") {
    CHECK(found() == Lines{"p_db_1 node-a", "p_web_1 node-b", "p_web_2 node-c"});
}

TEST_CASE_FIXTURE(Tasks, "task containers: of a slot only the last one counts") {
    nodes.at("b").exit(first, 1);
    const auto next = nodes.add_task("p", "web", 1, "b");
    const auto containers = compose::observe_containers(hosts, "p");
    REQUIRE(containers.size() == 3);
    CHECK(containers[1].id == next);
    CHECK(containers[1].running());
}

TEST_CASE_FIXTURE(Tasks, "task containers: a node that is down is not asked") {
    nodes.set_down("c");
    CHECK(found() == Lines{"p_db_1 node-a", "p_web_1 node-b"});
}

TEST_CASE_FIXTURE(Tasks, "task containers: a node without a machine matters if tasks run there") {
    nodes.lose("c");
    CHECK(error_of([&] { found(); }).message() == "no machine of this store is the node c");
    CHECK(compose::observe_containers(hosts, "other").size() == 1);
}

TEST_CASE_FIXTURE(Tasks, "task containers: those of run are found on whatever node they are") {
    add_oneoff("c");
    const auto oneoffs = swarm::oneoff_containers(manager, nodes.seam(), "p");
    REQUIRE(oneoffs.size() == 1);
    CHECK(oneoffs.front().node == "node-c");
    CHECK(oneoffs.front().name == "p_web_run_0123456789ab");
    CHECK(found().size() == 4);
}

TEST_CASE_FIXTURE(
    Tasks, "task containers: one of them is found by its slot, its node is not asked"
) {
    nodes.lose("b");
    const auto container = compose::running_container(project, hosts, "web", 2);
    CHECK(container.id == second);
    CHECK(container.name == "p_web_2");
    CHECK(hosts.of(container).endpoint().host == "c.test");
    CHECK(error_of([&] {
              hosts.of(compose::running_container(project, hosts, "web", 1));
          }).message() == "no machine of this store is the node b");
}

TEST_CASE_FIXTURE(Tasks, "task containers: a slot that there is not") {
    const auto error = error_of([&] { compose::running_container(project, hosts, "web", 3); });
    CHECK(error.message() == "No container found for web_3");
    CHECK(error.hint() == "there is --index 1, 2");
    CHECK(error_of([&] {
              compose::running_container(project, hosts, "none", 1);
          }).message() == "No such service: none");
}

TEST_CASE_FIXTURE(Tasks, "task containers: verbs about containers go to their nodes") {
    const auto tables = compose::top(project, hosts, {}, job);
    REQUIRE(tables.size() == 3);
    CHECK(tables[2].container == "p_web_2");

    const auto rows = compose::images(project, hosts, {"web"}, job);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].repository == "img");

    compose::CopyOptions copy{
        .from = {.service = "", .path = "-"}, .to = {.service = "web", .path = "/tmp"}, .index = 2};
    auto tar = orch::archive::tar_of({{.path = "file", .content = "text"}});
    copy.input = [&](std::span<char> buffer) {
        const auto size = tar.copy(buffer.data(), buffer.size());
        tar.erase(0, size);
        return size;
    };
    CHECK(compose::copy(project, hosts, copy, job) == Lines{"p_web_2"});
    CHECK(nodes.at("c").uploads(second).at("/tmp/file") == "text");

    nodes.at("b").exit(first, 3);
    nodes.at("c").exit(second, 4);
    CHECK(error_of([&] {
              compose::wait(project, hosts, {{"web"}}, {}, job);
          }).kind() == Kind::not_found);
}

TEST_CASE_FIXTURE(
    Tasks, "task containers: logs come from all nodes, under the names of one engine"
) {
    nodes.at("b").print(first, 1, "from b");
    nodes.at("c").print(second, 2, "from c");
    Lines lines;
    Lines shown;
    compose::logs(
        project,
        hosts,
        {.services = {"web"}},
        {.attached =
             [&](const std::vector<compose::LogSource>& sources) {
                 for (const auto& source : sources)
                     shown.push_back(source.container);
             },
         .line = [&](const compose::LogSource& source, int, std::string_view line
                 ) { lines.push_back(source.display + ": " + std::string(line)); }},
        job
    );
    std::sort(lines.begin(), lines.end());
    CHECK(shown == Lines{"p_web_1", "p_web_2"});
    CHECK(lines == Lines{"web_1: from b", "web_2: from c"});
}

TEST_CASE("task containers: the name and the number of a task") {
    const auto name = swarm::name_of_task({{"com.docker.swarm.task.name", "p_web.12.abc"}});
    REQUIRE(name);
    CHECK(name->name == "p_web_12");
    CHECK(name->slot == 12);
    CHECK(swarm::name_of_task({{"com.docker.swarm.task.name", "p_web.1abc.abc"}})->slot == 0);
    CHECK_FALSE(swarm::name_of_task({{"a", "b"}}));
}
