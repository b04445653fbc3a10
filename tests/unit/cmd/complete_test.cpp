#include "cmd/complete.hpp"
#include "tests/unit/cmd/harness.hpp"

#include <doctest/doctest.h>

namespace orch::cmd {

namespace {

using Words = std::vector<std::string>;

Words values(const Words& words, Persona persona = Persona::orch) {
    test::RecordedSession run(persona);
    Words result;
    for (const auto& candidate : complete(words, run.session))
        result.push_back(candidate.value);
    return result;
}

} // namespace

TEST_CASE("complete: verbs, also below a group, never the hidden ones") {
    CHECK(values({"orch", "ma"}) == Words{"machine"});
    CHECK(values({"orch", "__"}).empty());
    CHECK(values({"orch", "machine", "vers"}) == Words{"version"});
    CHECK(values({"docker-machine", "vers"}, Persona::docker_machine) == Words{"version"});
}

TEST_CASE("complete: options of the verb and of the groups above it") {
    CHECK(values({"orch", "machine", "version", "--sto"}) == Words{"--storage-path"});
    CHECK(values({"orch", "machine", "--pro"}) == Words{"--progress"});
    CHECK(values({"orch", "machine", "--bugsnag"}).empty());
}

TEST_CASE("complete: values come from the option's provider, joined or apart") {
    CHECK(values({"orch", "--progress", "p"}) == Words{"plain"});
    CHECK(values({"orch", "--progress=j"}) == Words{"--progress=json"});
    CHECK(values({"orch", "machine", "-progress", "q"}) == Words{"quiet"});
    CHECK(values({"orch", "machine", "--storage-path", ""}).empty());
}

TEST_CASE("complete: the verb prints one candidate per line as the shell reads it") {
    test::RecordedSession zsh;
    CHECK(zsh.run({"__complete", "zsh", "orch", "mach"}) == 0);
    CHECK(zsh.out() == "machine\tCreate and manage machines running Docker\n");
    test::RecordedSession bash;
    CHECK(bash.run({"__complete", "bash", "docker-machine", "--progress", "=", "js"}) == 0);
    CHECK(bash.out() == "json\n");
}

TEST_CASE("complete: a provider that fails offers nothing") {
    test::RecordedSession run;
    Completions completions;
    CHECK(completions.values(nullptr).empty());
    const auto* const key = reinterpret_cast<const CLI::Option*>(&run);
    completions.add(*key, []() -> std::vector<Candidate> { throw std::runtime_error("no store"); });
    CHECK(completions.values(key).empty());
}

} // namespace orch::cmd
