#include "cmd/version.hpp"

#include "cmd/verb.hpp"

#include <fmt/format.h>

namespace orch::cmd {

namespace {

/// The newest docker-compose whose command line and output a link of its name has. Scripts that
/// want a lowest version ask for it, and would refuse our number.
constexpr auto compose_level = "1.29.2";

const char* number_for(Persona persona) {
    return persona == Persona::docker_compose ? compose_level : ORCH_VERSION;
}

struct Options {
    bool brief = false;
};

int run_version(const Options& options, const CLI::App& group, Session& session) {
    if (options.brief) {
        session.console.out(fmt::format("{}\n", number_for(session.persona)));
        return 0;
    }
    print_version(group, session);
    // Where docker-compose says what it is made of. The first line has one number only, because
    // scripts look for it with patterns of all kinds.
    if (session.persona == Persona::docker_compose)
        session.console.out("orch version: " ORCH_VERSION "\n");
    return 0;
}

} // namespace

int print_version(const CLI::App& group, Session& session) {
    const auto* const form =
        session.persona == Persona::orch ? "{} version {}\n" : "{} version {}, build orch\n";
    // Called through a link, the root is the group.
    const auto name = session.persona == Persona::orch ? "orch" : group.get_name();
    session.console.out(fmt::format(fmt::runtime(form), name, number_for(session.persona)));
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
