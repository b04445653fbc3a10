#include "compose/placement/hints.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace placement = orch::compose::placement;

namespace {

std::vector<std::string> texts(const std::vector<placement::Expression>& expressions) {
    std::vector<std::string> result;
    for (const auto& expression : expressions)
        result.push_back(expression.text);
    return result;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("hints: entries of the environment for the scheduler leave it") {
    compose::Service service;
    service.environment = {
        {"PATH", "/bin"},
        {"constraint:storage", "=ssd"}, // "constraint:storage==ssd", cut at the first "="
        {"constraint:node!", "c*"},     // "constraint:node!=c*"
        {"affinity:container", "=~web_*"},
        {"reschedule:on-node-failure", std::nullopt},
        {"whitelist:node", "=a|b"},
        {"FOO", "constraint:a==b"},
        {"MY_constraint:a", "=b"}};
    const auto hints = placement::take_hints(service);
    CHECK(texts(hints.constraints) == Texts{"node!=c*", "storage==ssd"});
    CHECK(texts(hints.affinities) == Texts{"container==~web_*"});
    CHECK(hints.whitelists == std::vector<Texts>{{"a", "b"}});
    CHECK(hints.reschedule_on_node_failure);
    CHECK(service.environment.size() == 3);
    CHECK(placement::take_hints(service).empty());
}

TEST_CASE("hints: labels come before the environment") {
    compose::Service service;
    service.environment = {{"constraint:storage", "=ssd"}};
    service.labels = {
        {"com.docker.swarm.constraints", R"(["node==a", 7, "rack!=r1"])"},
        {"com.docker.swarm.affinities", "no JSON"},
        {"tier", "web"}};
    const auto hints = placement::take_hints(service);
    CHECK(texts(hints.constraints) == Texts{"node==a", "rack!=r1", "storage==ssd"});
    CHECK(hints.affinities.empty());
    CHECK(service.labels == compose::Labels{{"tier", "web"}});
}

TEST_CASE("hints: one that makes no sense is named with its service") {
    const auto message = [](const char* name, const char* value) {
        compose::Service service;
        service.name = "web";
        service.environment = {{name, value}};
        return orch::test::error_of([&] { placement::take_hints(service); }).message();
    };
    CHECK(
        message("constraint:storage", "ssd") ==
        "Service \"web\": constraint:storage=ssd: One of operator ==, != is expected"
    );
    CHECK(
        message("affinity:container", "=a,b") ==
        "Service \"web\": affinity:container==a,b: Value 'a,b' is invalid"
    );
    CHECK(
        message("reschedule:sometimes", "") ==
        "Service \"web\": reschedule:sometimes=: the policies are on-node-failure and off"
    );
}
