#include "cmd/machine/fleet.hpp"

#include "cmd/ui/error_report.hpp"
#include "lib/base/error.hpp"
#include "lib/tasks/group.hpp"

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

Fleet::Fleet(Session& session)
    : session_(session), store_(session.storage_path()), registry_(drivers::builtin_registry()),
      docker_dir_(docker_dir(session.environment)) {}

Target Fleet::open(const std::string& name) const {
    auto machine = store_.load(name);
    auto driver = orch::machine::require_driver(context(), machine);
    return {.machine = std::move(machine), .driver = std::move(driver)};
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

void Fleet::check_tls(const Target& target, Job& job) const {
    const auto& name = target.machine.name;
    if (target.machine.progress != orch::machine::Progress::ready)
        throw Error(Kind::invalid, "the create of machine \"{}\" did not finish", name)
            .hint("orch machine provision {0} finishes it, orch machine rm {0} removes it", name);
    const auto endpoint = orch::machine::endpoint(target.machine, target.reach());
    try {
        orch::machine::check_connection(context(), endpoint, check_limit, job.stop);
    } catch (Error& error) {
        if (error.kind() == Kind::denied)
            error.hint("orch machine provision {} puts the certificates right", name);
        throw;
    }
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
    for (const auto& failure : failures)
        if (failure)
            code = ui::report(
                session_.console, *failure, session_.persona, !session_.globals.debug.empty()
            );
    return code;
}

CLI::Option* add_names(
    CLI::App& verb, Session& session, std::vector<std::string>& names, const std::string& help
) {
    return complete_machines(verb.add_option("NAME", names, help), session);
}

CLI::Option* add_name(CLI::App& verb, Session& session, std::string& name) {
    return complete_machines(verb.add_option("NAME", name, "Machine (default)"), session);
}

std::string owner(const Session& session) { return session.environment.get_or("USER", "unknown"); }

} // namespace orch::cmd::machine
