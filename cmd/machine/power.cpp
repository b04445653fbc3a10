// start, stop, restart and kill: one shape, four words.
#include "machine/power.hpp"

#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::machine {

namespace {

std::string closing_words(drivers::Power power) {
    constexpr auto* advice =
        " machines may have new IP addresses. You may need to re-run the `orch machine env` "
        "command.\n";
    if (power == drivers::Power::start)
        return std::string("Started") + advice;
    if (power == drivers::Power::restart)
        return std::string("Restarted") + advice;
    return {};
}

void add_power(CLI::App& verb, Session& session, drivers::Power power) {
    const auto names = std::make_shared<std::vector<std::string>>();
    add_names_by_state(verb, session, *names, [power](drivers::State state) {
        const bool runs = state == drivers::State::running;
        return power == drivers::Power::start ? !runs : power == drivers::Power::restart || runs;
    });
    const auto force = std::make_shared<bool>(false);
    if (power == drivers::Power::stop)
        verb.add_flag("-f,--force", *force, "Also a manager that its swarm cannot spare");
    choose(verb, session, [names, force, &session, power] {
        const Fleet fleet(session);
        const auto chosen = fleet.existing(*names);
        auto sink = session.progress_of_machines(chosen.size());
        const auto code = fleet.for_each(
            chosen,
            [&](const std::string& name, Job& job) {
                orch::machine::power(name, power, owner(session), fleet.context(), job, *force);
            },
            *sink
        );
        sink.reset(); // the live area is gone before the last line
        if (code == 0)
            session.remark(closing_words(power));
        return code;
    });
}

} // namespace

void add_start(CLI::App& verb, Session& session) {
    add_power(verb, session, drivers::Power::start);
}

void add_stop(CLI::App& verb, Session& session) { add_power(verb, session, drivers::Power::stop); }

void add_restart(CLI::App& verb, Session& session) {
    add_power(verb, session, drivers::Power::restart);
}

void add_kill(CLI::App& verb, Session& session) { add_power(verb, session, drivers::Power::kill); }

} // namespace orch::cmd::machine
