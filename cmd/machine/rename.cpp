#include "machine/rename.hpp"

#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/progress/sink.hpp"

namespace orch::cmd::machine {

namespace {

struct Options {
    std::string from;
    std::string to;
};

int run_rename(const Options& options, Session& session) {
    const Fleet fleet(session);
    const auto sink = session.progress(ui::Layout::machines);
    Job job{session.stop, *sink};
    const auto machine = orch::machine::rename(options.from, options.to, fleet.context(), job);
    const auto say = [&](progress::Status status, std::string text) {
        sink->emit({.id = options.to, .status = status, .text = std::move(text)});
    };
    if (fleet.registry().find(machine.driver)->info.provisions)
        say(progress::Status::note,
            "The host's own name stays until: " +
                session.spelled("orch machine provision " + options.to));
    if (session.environment.get_or("DOCKER_MACHINE_NAME", "") == options.from)
        say(progress::Status::note,
            "This shell uses the old name; run again: " +
                session.spelled("eval \"$(orch machine env " + options.to + ")\""));
    say(progress::Status::done, "Renamed from " + options.from);
    return 0;
}

} // namespace

void add_rename(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_name(verb, session, options->from)->required()->description("Machine to rename");
    verb.add_option("NEW", options->to, "Its new name")->required();
    choose(verb, session, [options, &session] { return run_rename(*options, session); });
}

} // namespace orch::cmd::machine
