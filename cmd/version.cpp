#include "cmd/version.hpp"

#include "cmd/verb.hpp"

#include <fmt/format.h>

namespace orch::cmd {

int print_version(const CLI::App& group, Session& session) {
    const auto* const form =
        session.persona == Persona::orch ? "{} version {}\n" : "{} version {}, build orch\n";
    // Called through a link, the root is the group.
    const auto name = session.persona == Persona::orch ? "orch" : group.get_name();
    session.console.out(fmt::format(fmt::runtime(form), name, ORCH_VERSION));
    return 0;
}

void add_version(CLI::App& verb, Session& session) {
    choose(verb, session, [&verb, &session] { return print_version(*verb.get_parent(), session); });
}

} // namespace orch::cmd
