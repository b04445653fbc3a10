#include "cmd/persona.hpp"

#include <doctest/doctest.h>

namespace orch::cmd {

TEST_CASE("persona: only the last component of argv[0] decides") {
    CHECK(persona_of("orch") == Persona::orch);
    CHECK(persona_of("/usr/local/bin/docker-machine") == Persona::docker_machine);
    CHECK(persona_of("docker-compose") == Persona::docker_compose);
    CHECK(persona_of("/opt/docker-machine/orch") == Persona::orch);
    CHECK(persona_of("docker-machine-old") == Persona::orch);
    CHECK(persona_of("") == Persona::orch);
}

TEST_CASE("persona: hints are spelled as the user types") {
    CHECK(in_words_of(Persona::orch, "orch machine ls") == "orch machine ls");
    CHECK(in_words_of(Persona::docker_machine, "try orch machine ls") == "try docker-machine ls");
    CHECK(in_words_of(Persona::docker_compose, "orch compose ps") == "docker-compose ps");
    // There is no docker-compose command for it, so the name of the program that has one stays.
    CHECK(in_words_of(Persona::docker_compose, "orch machine ls") == "orch machine ls");
}

} // namespace orch::cmd
