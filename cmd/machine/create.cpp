#include "cmd/machine/create_options.hpp"
#include "cmd/machine/driver_options.hpp"
#include "cmd/machine/fleet.hpp"
#include "cmd/machine/plugin_options.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/usage.hpp"
#include "cmd/verb.hpp"
#include "lib/base/text.hpp"
#include "lib/progress/sink.hpp"
#include "machine/name.hpp"
#include "machine/swarm/cluster.hpp"

#include <algorithm>
#include <atomic>

namespace orch::cmd::machine {

namespace {

constexpr int pre_create_failed = 3; // docker-machine's code for a driver that refused beforehand

struct Options {
    std::vector<std::string> names;
    bool resume = false;
    bool if_missing = false;
    bool context = false;
    HostOptions host;
};

/// The names of the machines, patterns expanded. docker-machine makes one at a time, and its
/// scripts rely on being told.
std::vector<std::string> checked_names(const Options& options, const Session& session) {
    if (options.names.empty())
        throw ErrorWithHelp(Error(Kind::usage, "Error: No machine name specified"));
    if (session.persona == Persona::docker_machine) {
        if (options.names.size() == 1)
            return options.names;
        const std::vector<std::string> extra(options.names.begin() + 1, options.names.end());
        throw Error(
            Kind::usage, "Invalid command line. Found extra arguments [{}]", text::join(extra, " ")
        )
            .hint("orch machine create makes several machines at once");
    }
    std::vector<std::string> names;
    for (const auto& pattern : options.names)
        for (auto& name : orch::machine::expand_names(pattern))
            names.push_back(std::move(name));
    auto sorted = names;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end())
        throw Error(Kind::usage, "machine \"{}\" is named twice", *twice);
    return names;
}

/// The driver that was asked for; a machine that is only gone on with has one already.
std::string driver_name(
    const Options& options,
    const std::vector<std::string>& names,
    const Fleet& fleet,
    const Session& session
) {
    if (!options.host.driver.empty())
        return options.host.driver;
    if (options.resume)
        for (const auto& name : names)
            if (const auto driver = fleet.driver_of(name); !driver.empty())
                return driver;
    return drivers::default_driver(fleet.registry(), session.environment);
}

/// Several masters that are made at once are masters of one swarm.
void share_discovery(orch::machine::SwarmOptions& swarm, std::size_t machines, const Fleet& fleet) {
    if (swarm.master && swarm.discovery.empty() && machines > 1)
        swarm.discovery = orch::machine::swarm::common_discovery(fleet.store());
}

std::vector<orch::machine::CreateRequest> make_requests(
    const Options& options,
    const DriverOptions& driver_options,
    const Fleet& fleet,
    const Session& session
) {
    using orch::machine::IfExists;
    const auto names = checked_names(options, session);
    const auto driver = driver_name(options, names, fleet, session);
    learn_options(fleet.registry(), driver, session);
    const auto* row = fleet.registry().find(driver);
    auto host = options.host;
    if (row != nullptr && row->info.provisions)
        share_discovery(host.swarm, names.size(), fleet);
    std::vector<orch::machine::CreateRequest> requests;
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto request = request_for(names[i], driver, host, session);
        request.if_exists = options.if_missing ? IfExists::accept
                            : options.resume   ? IfExists::resume
                                               : IfExists::refuse;
        // An unknown driver is refused by create itself, with the words that scripts look for.
        if (row != nullptr)
            request.options =
                driver_options.values(row->info, session.environment, i, names.size());
        requests.push_back(std::move(request));
    }
    return requests;
}

std::string
last_word(const orch::machine::Created& created, const Fleet& fleet, const Session& session) {
    if (created.found)
        return "is there already";
    const auto* row = fleet.registry().find(created.machine.driver);
    return row != nullptr && row->info.provisions ? "Docker is up and running!"
                                                  : session.own_word("Remembered");
}

void create_one(
    const orch::machine::CreateRequest& request,
    bool docker_context,
    const Fleet& fleet,
    const Session& session,
    Job& job
) {
    const auto created = orch::machine::create(request, fleet.context(), job);
    if (docker_context)
        fleet.write_context(request.name, request.name);
    job.progress.emit(
        {.id = request.name,
         .status = progress::Status::done,
         .text = last_word(created, fleet, session)}
    );
}

void show_next_step(const std::vector<std::string>& made, Session& session) {
    session.remark(fmt::format(
        "To see how to connect your Docker Client to the Docker Engine running on this virtual "
        "machine, run: orch machine env {}\n",
        made.size() == 1 ? made.front() : "NAME"
    ));
}

/// Which machines are in the store but not ready, and what to do about them.
void show_unfinished(const std::vector<std::string>& names, const Fleet& fleet, Session& session) {
    std::vector<std::string> unfinished;
    for (const auto& name : names)
        if (fleet.is_unfinished(name))
            unfinished.push_back(name);
    if (unfinished.empty() || session.persona == Persona::docker_machine)
        return;
    const auto list = text::join(unfinished, " ");
    session.remark(fmt::format(
        "Not ready, {} of {}: {}\n"
        "  orch machine create --continue {}   goes on with what was begun\n"
        "  orch machine rm {}   removes it\n",
        unfinished.size(),
        names.size(),
        text::join(unfinished, ", "),
        list,
        list
    ));
}

int run_create(
    const Options& options,
    const DriverOptions& driver_options,
    const drivers::Registry& registry,
    Session& session
) {
    const Fleet fleet(session, registry);
    const auto requests = make_requests(options, driver_options, fleet, session);
    std::vector<std::string> names;
    for (const auto& request : requests)
        names.push_back(request.name);
    auto sink = session.progress_of_machines(names.size());
    std::atomic<bool> refused{false};
    const auto create = [&](const std::string& name, Job& job) {
        const auto index = std::find(names.begin(), names.end(), name) - names.begin();
        try {
            create_one(
                requests[static_cast<std::size_t>(index)], options.context, fleet, session, job
            );
        } catch (const orch::machine::PreCreateError& error) {
            refused = true;
            throw;
        }
    };
    const auto code = fleet.for_each(names, create, *sink);
    sink.reset(); // the live area is gone before the last lines
    if (code == 0)
        show_next_step(names, session);
    else
        show_unfinished(names, fleet, session);
    return code == 1 && refused ? pre_create_failed : code;
}

} // namespace

void add_create(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    const std::shared_ptr<HostOptions> host(options, &options->host);
    verb.add_option("NAME", options->names, "Names of the machines to make; node-{1..5} are five");
    const auto registry = drivers::builtin_registry(session.environment);
    add_host_options(verb, session, registry, host);
    auto* const resume = verb.add_flag(
        "--continue", options->resume, "Go on with machines whose create was cut short"
    );
    verb.add_flag(
            "--if-missing", options->if_missing, "Succeed if the machine is there and as asked for"
    )
        ->excludes(resume);
    verb.add_flag(
        "--context", options->context, "Write a docker context: docker --context NAME ps"
    );
    const auto driver_options =
        std::make_shared<DriverOptions>(verb, registry, named_plugin(registry, session));
    offer_choices(verb, session, registry);
    choose(verb, session, [options, driver_options, registry, &session] {
        return run_create(*options, *driver_options, registry, session);
    });
}

} // namespace orch::cmd::machine
