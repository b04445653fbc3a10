#include "machine/create.hpp"

#include "cmd/machine/driver_options.hpp"
#include "cmd/machine/fleet.hpp"
#include "cmd/machine/plugin_options.hpp"
#include "cmd/machine/swarm_names.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/usage.hpp"
#include "cmd/verb.hpp"
#include "lib/base/text.hpp"
#include "lib/progress/sink.hpp"
#include "machine/name.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm_endpoint.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>

namespace orch::cmd::machine {

namespace {

namespace swarms = orch::machine::swarm;

constexpr int pre_create_failed = 3; // docker-machine's code for a driver that refused beforehand

struct Options {
    std::vector<std::string> names;
    std::string driver;
    bool resume = false;
    bool if_missing = false;
    bool context = false;
    orch::machine::EngineOptions engine;
    orch::machine::SwarmOptions swarm;
    std::vector<std::string> server_sans;
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
    if (!options.driver.empty())
        return options.driver;
    if (options.resume)
        for (const auto& name : names)
            if (const auto driver = fleet.driver_of(name); !driver.empty())
                return driver;
    return drivers::default_driver(fleet.registry(), session.environment);
}

orch::machine::AuthOptions authority(const Globals& globals) {
    const auto absolute = [](const std::string& path) {
        return path.empty() ? std::filesystem::path() : std::filesystem::absolute(path);
    };
    return {
        .ca_cert = absolute(globals.tls_ca_cert),
        .ca_key = absolute(globals.tls_ca_key),
        .client_cert = absolute(globals.tls_client_cert),
        .client_key = absolute(globals.tls_client_key),
    };
}

/// A list in the environment stands in front of what the command line adds.
orch::machine::EngineOptions engine_options(const Options& options, const Session& session) {
    auto engine = options.engine;
    std::vector<std::string> mirrors;
    for (const auto& mirror :
         text::split(session.environment.get_or("ENGINE_REGISTRY_MIRROR", ""), ','))
        if (const auto trimmed = text::trim(mirror); !trimmed.empty())
            mirrors.emplace_back(trimmed);
    engine.registry_mirror.insert(engine.registry_mirror.begin(), mirrors.begin(), mirrors.end());
    return engine;
}

orch::machine::SwarmOptions swarm_options(const Options& options) {
    auto swarm = options.swarm;
    swarm.is_swarm = swarm.agent || swarm.master;
    orch::machine::check_swarm_host(swarm.host);
    if (!swarm.discovery.empty())
        static_cast<void>(swarms::parse_discovery(swarm.discovery));
    return swarm;
}

/// Several masters that are made at once are masters of one swarm.
void share_discovery(orch::machine::SwarmOptions& swarm, std::size_t machines, const Fleet& fleet) {
    if (swarm.master && swarm.discovery.empty() && machines > 1)
        swarm.discovery = swarms::common_discovery(fleet.store());
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
    auto swarm = swarm_options(options);
    if (row != nullptr && row->info.provisions)
        share_discovery(swarm, names.size(), fleet);
    std::vector<orch::machine::CreateRequest> requests;
    for (std::size_t i = 0; i < names.size(); ++i) {
        orch::machine::CreateRequest request{
            .name = names[i],
            .driver = driver,
            .engine = engine_options(options, session),
            .swarm = swarm,
            .swarm_token = swarm_token(swarm, session),
            .server_sans = options.server_sans,
            .auth = authority(session.globals),
            .owner = owner(session),
            .if_exists = options.if_missing ? IfExists::accept
                         : options.resume   ? IfExists::resume
                                            : IfExists::refuse,
        };
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

void add_engine_options(CLI::App& verb, Session& session, const std::shared_ptr<Options>& options) {
    auto& engine = options->engine;
    const std::string section = "Engine options";
    from_env(
        verb.add_option(
            "--engine-install-url",
            engine.install_url,
            "Script that installs the engine, \"distro\" for the distribution's package, or "
            "\"none\""
        ),
        "MACHINE_DOCKER_INSTALL_URL",
        session
    )
        ->group(section);
    add_list(verb, "--engine-opt", engine.arbitrary_flags, "FLAG=VALUE for dockerd")
        ->group(section);
    add_list(verb, "--engine-env", engine.env, "NAME=VALUE for the engine's environment")
        ->group(section);
    add_list(verb, "--engine-label", engine.labels, "NAME=VALUE, a label of the engine")
        ->group(section);
    add_list(
        verb,
        "--engine-insecure-registry",
        engine.insecure_registry,
        "Registry that may be used without TLS"
    )
        ->group(section);
    add_list(
        verb,
        "--engine-registry-mirror",
        engine.registry_mirror,
        "Mirror of Docker Hub, added to those of [$ENGINE_REGISTRY_MIRROR]"
    )
        ->group(section);
    verb.add_option(
            "--engine-storage-driver", engine.storage_driver, "Storage driver of the engine"
    )
        ->group(section);
    add_list(
        verb,
        "--tls-san",
        options->server_sans,
        "Further name or address for the engine's certificate"
    )
        ->group(section);
}

void add_swarm_options(CLI::App& verb, Session& session, const std::shared_ptr<Options>& options) {
    auto& swarm = options->swarm;
    const std::string section = "Swarm options";
    const std::vector<CLI::Option*> added{
        verb.add_flag("--swarm", swarm.agent, "Join a swarm"),
        verb.add_flag("--swarm-master", swarm.master, "Be a manager of the swarm"),
        verb.add_option("--swarm-discovery", swarm.discovery, "Which swarm: token://ID, ..."),
        verb.add_option("--swarm-addr", swarm.address, "Address to advertise"),
        verb.add_option("--swarm-host", swarm.host, "Where a standalone manager listens")
            ->capture_default_str(),
        from_env(
            verb.add_option("--swarm-image", swarm.image, "Image of a standalone swarm"),
            "MACHINE_SWARM_IMAGE",
            session
        ),
        verb.add_option("--swarm-strategy", swarm.strategy, "Scheduling of a standalone swarm")
            ->capture_default_str(),
        add_list(verb, "--swarm-opt", swarm.arbitrary_flags, "FLAG=VALUE for its manager"),
        add_list(verb, "--swarm-join-opt", swarm.arbitrary_join_flags, "FLAG=VALUE for its agent"),
        verb.add_flag("--swarm-experimental", swarm.experimental, "Its experimental features"),
    };
    for (auto* const option : added)
        option->group(section);
    session.completions.add(*verb.get_option("--swarm-discovery"), [&session] {
        return discovery_candidates(session);
    });
    session.completions.add(*verb.get_option("--swarm-strategy"), [] {
        return std::vector<Candidate>{{"spread", ""}, {"binpack", ""}, {"random", ""}};
    });
}

void offer_choices(CLI::App& verb, Session& session, const drivers::Registry& registry) {
    for (const auto& row : registry.rows())
        for (const auto& option : row.info.options) {
            if (option.choices.empty())
                continue;
            std::vector<Candidate> candidates;
            for (const auto& choice : option.choices)
                candidates.push_back({choice, ""});
            session.completions.add(*verb.get_option("--" + option.name), [candidates] {
                return candidates;
            });
        }
}

} // namespace

void add_create(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    verb.add_option("NAME", options->names, "Names of the machines to make; node-{1..5} are five");
    const auto registry = drivers::builtin_registry(session.environment);
    auto* driver = verb.add_option("-d,--driver", options->driver, "How to make them");
    from_env(driver, "MACHINE_DRIVER", session)
        ->default_str(drivers::default_driver(registry, session.environment));
    session.completions.add(*driver, [registry] { return driver_candidates(registry); });
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
    add_engine_options(verb, session, options);
    add_swarm_options(verb, session, options);
    const auto driver_options =
        std::make_shared<DriverOptions>(verb, registry, named_plugin(registry, session));
    offer_choices(verb, session, registry);
    choose(verb, session, [options, driver_options, registry, &session] {
        return run_create(*options, *driver_options, registry, session);
    });
}

} // namespace orch::cmd::machine
