#include "cmd/machine/fleet.hpp"

#include "cmd/ui/error_report.hpp"
#include "lib/base/error.hpp"
#include "lib/log/log.hpp"
#include "lib/tasks/group.hpp"
#include "machine/docker_context.hpp"
#include "machine/list.hpp"
#include "machine/swarm_endpoint.hpp"
#include "machine/tls_check.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <optional>

namespace orch::cmd::machine {

namespace {

constexpr std::size_t at_a_time = 32;
constexpr std::chrono::seconds check_limit{20};

CLI::Option* complete_machines(CLI::Option* option, Session& session) {
    session.completions.add(*option, [&session] {
        std::vector<Candidate> candidates;
        for (const auto& name : orch::machine::Store(session.storage_path()).names())
            candidates.push_back({name, ""});
        return candidates;
    });
    return option;
}

/// Where the docker client keeps its contexts; empty for a user without a home.
std::filesystem::path docker_dir(const os::Environment& environment) {
    if (auto dir = environment.get_or("DOCKER_CONFIG", ""); !dir.empty())
        return std::filesystem::absolute(dir);
    try {
        return environment.home() / ".docker";
    } catch (const Error&) {
        return {};
    }
}

} // namespace

Fleet::Fleet(Session& session) : Fleet(session, drivers::builtin_registry(session.environment)) {}

Fleet::Fleet(Session& session, drivers::Registry registry)
    : session_(session), store_(session.storage_path()), registry_(std::move(registry)),
      docker_dir_(docker_dir(session.environment)) {}

Target Fleet::open(const std::string& name) const {
    auto machine = store_.load(name);
    auto driver = orch::machine::require_driver(context(), machine);
    if (!orch::machine::knows_reach(*driver, machine)) {
        const auto sink = session_.progress(ui::Layout::one_machine);
        Job job{session_.stop, *sink};
        driver->refresh(machine.record, job);
    }
    return {.machine = std::move(machine), .driver = std::move(driver)};
}

std::string Fleet::driver_of(const std::string& name) const {
    const auto machine = readable(name);
    return machine ? machine->driver : "";
}

bool Fleet::is_unfinished(const std::string& name) const {
    const auto machine = readable(name);
    return machine && machine->progress != orch::machine::Progress::ready;
}

std::optional<orch::machine::Machine> Fleet::readable(const std::string& name) const {
    try {
        return store_.load(name);
    } catch (const Error& error) {
        log::debug("machine", "{}: {}", name, error.message());
        return std::nullopt;
    }
}

std::vector<std::string> Fleet::or_default(std::vector<std::string> names) const {
    if (!names.empty())
        return names;
    if (store_.exists("default"))
        return {"default"};
    throw Error(
        Kind::invalid, "Error: No machine name(s) specified and no \"default\" machine exists"
    )
        .hint("name a machine; orch machine ls lists them");
}

std::vector<std::string> Fleet::existing(std::vector<std::string> names) const {
    names = or_default(std::move(names));
    std::optional<Error> missing;
    for (const auto& name : names) {
        try {
            store_.require(name);
        } catch (const Error& error) {
            if (missing)
                missing->detail(session_.spelled(error.message()));
            else
                missing = error;
        }
    }
    if (missing)
        throw *missing;
    return names;
}

std::string Fleet::single(const std::vector<std::string>& names) const {
    if (names.size() > 1)
        throw Error(Kind::invalid, "Error: Expected one machine name as an argument");
    return or_default(names).front();
}

std::string Fleet::running_url(Target& target, Job& job) const {
    if (target.driver->refresh(target.machine.record, job) == drivers::State::running)
        if (const auto url = target.reach().url; !url.empty())
            return url;
    throw Error(Kind::not_found, "Host is not running")
        .hint("orch machine status {}", target.machine.name);
}

std::string Fleet::checked_url(Target& target, bool swarm, Job& job) const {
    auto& machine = target.machine;
    if (machine.progress != orch::machine::Progress::ready)
        throw Error(Kind::invalid, "the create of machine \"{}\" did not finish", machine.name)
            .hint(
                "orch machine provision {0} finishes it, orch machine rm {0} removes it",
                machine.name
            );
    auto url = target.reach().url;
    try {
        if (swarm)
            return orch::machine::check_swarm(context(), machine, url, check_limit, job.stop);
        doing("Error checking and/or regenerating the certs", [&] {
            orch::machine::check_tls(context(), machine, url, check_limit, job.stop);
        });
        return url;
    } catch (const Error& error) {
        // Only now is it worth the time to ask whether there is a host that could answer.
        const bool silent = error.kind() == Kind::network || error.kind() == Kind::timeout;
        if (silent && target.driver->refresh(machine.record, job) != drivers::State::running)
            throw Error(Kind::not_found, "Host is not running")
                .hint("orch machine status {}", machine.name);
        throw;
    }
}

void Fleet::write_context(const std::string& name, const std::string& as) const {
    const auto target = open(name);
    const auto world = context();
    orch::machine::write_context(
        {world.docker_dir, world.store.root(), name}, as, target.machine, target.reach()
    );
}

int Fleet::for_each(
    const std::vector<std::string>& names,
    const std::function<void(const std::string& name, Job& job)>& work,
    progress::Sink& progress
) const {
    std::vector<std::optional<Error>> failures(names.size());
    tasks::Group group(at_a_time, session_.stop);
    for (std::size_t i = 0; i < names.size(); ++i) {
        group.spawn([&, i](const std::stop_token& stop) {
            Job job{stop, progress};
            try {
                work(names[i], job);
            } catch (const Error& error) {
                failures[i] = error;
                // Of a single machine the report that follows says it all.
                if (names.size() > 1)
                    progress.emit(
                        {.id = names[i], .status = progress::Status::failed, .text = "failed"}
                    );
            }
        });
    }
    group.wait();
    int code = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!failures[i])
            continue;
        // Of several machines it must be clear which one it is about.
        if (names.size() > 1 && failures[i]->message().find(names[i]) == std::string::npos)
            failures[i]->context(names[i]);
        code = ui::report(
            session_.console, *failures[i], session_.persona, !session_.globals.debug.empty()
        );
    }
    return code;
}

CLI::Option* add_names(
    CLI::App& verb, Session& session, std::vector<std::string>& names, const std::string& help
) {
    return complete_machines(verb.add_option("NAME", names, help), session);
}

CLI::Option* add_names_by_state(
    CLI::App& verb,
    Session& session,
    std::vector<std::string>& names,
    std::function<bool(drivers::State)> accepts
) {
    auto* const option = verb.add_option("NAME", names, "Machines (default)");
    session.completions.add(*option, [&session, accepts = std::move(accepts)] {
        constexpr std::chrono::milliseconds moment{700};
        const Fleet fleet(session);
        const auto sink = session.progress(ui::Layout::machines);
        Job job{session.stop, *sink};
        std::vector<Candidate> candidates;
        for (const auto& [name, state] : orch::machine::states(fleet.context(), moment, job))
            if (state == drivers::State::timeout || accepts(state))
                candidates.push_back({name, std::string(drivers::state_name(state))});
        return candidates;
    });
    return option;
}

CLI::Option* add_name(CLI::App& verb, Session& session, std::string& name) {
    return complete_machines(verb.add_option("NAME", name, "Machine (default)"), session);
}

std::string owner(const Session& session) { return session.environment.get_or("USER", "unknown"); }

} // namespace orch::cmd::machine
