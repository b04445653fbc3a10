#include "compose/ps.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace engine = orch::engine;

namespace {

std::string state(const char* word, const char* status) {
    engine::ContainerSummary container;
    container.state = word;
    container.status = status;
    return compose::state_text(container);
}

} // namespace

TEST_CASE("ps: states are told as docker-compose tells them") {
    CHECK(state("running", "Up 3 minutes") == "Up");
    CHECK(state("running", "Up 3 minutes (healthy)") == "Up (healthy)");
    CHECK(state("running", "Up 1 second (health: starting)") == "Up (health: starting)");
    CHECK(state("paused", "Up 3 minutes (Paused)") == "Paused");
    CHECK(state("restarting", "Restarting (1) 2 seconds ago") == "Restarting");
    CHECK(state("exited", "Exited (137) 3 minutes ago") == "Exit 137");
    CHECK(state("created", "Created") == "Exit 0");
}

TEST_CASE("ps: bindings of one port stand together, ports in the order of their text") {
    CHECK(
        compose::ports_text(
            {{"::", 8000, 18000, "tcp"},
             {"0.0.0.0", 8000, 18000, "tcp"},
             {"", 6379, 0, "tcp"},
             {"127.0.0.1", 8002, 32768, "udp"}}
        ) == "6379/tcp, 0.0.0.0:18000->8000/tcp,:::18000->8000/tcp, 127.0.0.1:32768->8002/udp"
    );
    CHECK(compose::ports_text({}).empty());
}
