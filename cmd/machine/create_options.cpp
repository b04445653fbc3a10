#include "cmd/machine/create_options.hpp"

#include "cmd/machine/fleet.hpp"
#include "cmd/machine/plugin_options.hpp"
#include "cmd/machine/swarm_names.hpp"
#include "cmd/options.hpp"
#include "lib/base/text.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm_endpoint.hpp"

#include <filesystem>

namespace orch::cmd::machine {

namespace {

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
orch::machine::EngineOptions engine_options(const HostOptions& options, const Session& session) {
    auto engine = options.engine;
    std::vector<std::string> mirrors;
    for (const auto& mirror :
         text::split(session.environment.get_or("ENGINE_REGISTRY_MIRROR", ""), ','))
        if (const auto trimmed = text::trim(mirror); !trimmed.empty())
            mirrors.emplace_back(trimmed);
    engine.registry_mirror.insert(engine.registry_mirror.begin(), mirrors.begin(), mirrors.end());
    return engine;
}

orch::machine::SwarmOptions swarm_options(const HostOptions& options) {
    auto swarm = options.swarm;
    swarm.is_swarm = swarm.agent || swarm.master;
    orch::machine::check_swarm_host(swarm.host);
    if (!swarm.discovery.empty())
        static_cast<void>(orch::machine::swarm::parse_discovery(swarm.discovery));
    return swarm;
}

void add_engine_options(
    CLI::App& verb, Session& session, const std::shared_ptr<HostOptions>& options
) {
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

void add_swarm_options(
    CLI::App& verb, Session& session, const std::shared_ptr<HostOptions>& options
) {
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

} // namespace

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

void add_host_options(
    CLI::App& verb,
    Session& session,
    const drivers::Registry& registry,
    const std::shared_ptr<HostOptions>& options
) {
    auto* driver = verb.add_option("-d,--driver", options->driver, "How to make them");
    from_env(driver, "MACHINE_DRIVER", session)
        ->default_str(drivers::default_driver(registry, session.environment));
    session.completions.add(*driver, [registry] { return driver_candidates(registry); });
    add_engine_options(verb, session, options);
    add_swarm_options(verb, session, options);
}

orch::machine::CreateRequest request_for(
    const std::string& name,
    const std::string& driver,
    const HostOptions& options,
    const Session& session
) {
    const auto swarm = swarm_options(options);
    return {
        .name = name,
        .driver = driver,
        .engine = engine_options(options, session),
        .swarm = swarm,
        .swarm_token = swarm_token(swarm, session),
        .server_sans = options.server_sans,
        .auth = authority(session.globals),
        .owner = owner(session),
    };
}

} // namespace orch::cmd::machine
