#include "cmd/version.hpp"

#include "cmd/verb.hpp"

#include <fmt/format.h>

namespace orch::cmd {

namespace {

struct Options {
    bool brief = false;
};

int run_version(const Options& options, const CLI::App& group, Session& session) {
    if (!options.brief)
        return print_version(group, session);
    session.console.out(ORCH_VERSION "\n");
    return 0;
}

} // namespace

int print_version(const CLI::App& group, Session& session) {
    const auto* const form =
        session.persona == Persona::orch ? "{} version {}\n" : "{} version {}, build orch\n";
    // Called through a link, the root is the group.
    const auto name = session.persona == Persona::orch ? "orch" : group.get_name();
    session.console.out(fmt::format(fmt::runtime(form), name, ORCH_VERSION));
    return 0;
}

void add_version(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    verb.add_flag("--short", options->brief, "Only its number");
    choose(verb, session, [options, &verb, &session] {
        return run_version(*options, *verb.get_parent(), session);
    });
}

} // namespace orch::cmd
