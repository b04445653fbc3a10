#include "compose/observed.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;

TEST_CASE("observed: a container set aside is known by its own id in front of its name") {
    compose::ObservedContainer container;
    container.id = "0123456789abcdef";
    container.name = "p_web_1";
    CHECK_FALSE(container.set_aside());
    CHECK(container.proper_name() == "p_web_1");
    container.name = compose::aside_prefix(container.id) + "p_web_1";
    CHECK(container.set_aside());
    CHECK(container.proper_name() == "p_web_1");
    container.id = "ffff56789abcdef0";
    CHECK_FALSE(container.set_aside());
}

TEST_CASE("observed: a paused container runs, a created one does not") {
    compose::ObservedContainer container;
    container.state = "paused";
    CHECK(container.running());
    container.state = "created";
    CHECK_FALSE(container.running());
}
