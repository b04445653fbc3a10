#include "cmd/version.hpp"

#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "machine/tls_check.hpp"

namespace orch::cmd::machine {

namespace {

/// Without a name orch's own version, with one that machine's engine.
int run_version(const CLI::App& verb, const std::vector<std::string>& names, Session& session) {
    if (names.empty())
        return print_version(*verb.get_parent(), session);
    const Fleet fleet(session);
    const auto sink = session.progress(ui::Layout::one_machine);
    Job job{session.stop, *sink};
    auto target = fleet.open(fleet.single(names));
    const auto url = fleet.running_url(target, job); // "Host is not running" comes first
    const auto version = doing("Unable to query docker version", [&] {
        return orch::machine::check_tls(
            fleet.context(), target.machine, url, std::chrono::seconds(20), job.stop
        );
    });
    session.console.out(version.engine + "\n");
    return 0;
}

} // namespace

void add_version(CLI::App& verb, Session& session) {
    const auto names = std::make_shared<std::vector<std::string>>();
    add_names(verb, session, *names, "Machine whose engine is asked");
    choose(verb, session, [&verb, names, &session] { return run_version(verb, *names, session); });
}

} // namespace orch::cmd::machine
