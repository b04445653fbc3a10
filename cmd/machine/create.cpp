#include "machine/create.hpp"

#include "cmd/machine/driver_options.hpp"
#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/ui/error_report.hpp"
#include "cmd/verb.hpp"
#include "lib/progress/sink.hpp"

#include <algorithm>
#include <atomic>

namespace orch::cmd::machine {

namespace {

constexpr int pre_create_failed = 3; // docker-machine's code for a driver that refused beforehand

struct Options {
    std::vector<std::string> names;
    std::string driver;
    orch::machine::EngineOptions engine;
    std::vector<std::string> server_sans;
};

std::vector<std::string> checked_names(const Options& options) {
    auto names = options.names;
    if (names.empty())
        throw Error(Kind::usage, "Error: No machine name specified");
    auto sorted = names;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end())
        throw Error(Kind::usage, "machine \"{}\" is named twice", *twice);
    return names;
}

std::vector<orch::machine::CreateRequest> make_requests(
    const Options& options,
    const DriverOptions& driver_options,
    const Fleet& fleet,
    const Session& session
) {
    const auto names = checked_names(options);
    const auto driver = options.driver.empty()
                            ? drivers::default_driver(fleet.registry(), session.environment)
                            : options.driver;
    const auto* row = fleet.registry().find(driver);
    std::vector<orch::machine::CreateRequest> requests;
    for (std::size_t i = 0; i < names.size(); ++i) {
        orch::machine::CreateRequest request{
            .name = names[i],
            .driver = driver,
            .engine = options.engine,
            .server_sans = options.server_sans,
            .auth =
                {.ca_cert = session.globals.tls_ca_cert,
                 .ca_key = session.globals.tls_ca_key,
                 .client_cert = session.globals.tls_client_cert,
                 .client_key = session.globals.tls_client_key},
            .owner = owner(session),
        };
        // An unknown driver is refused by create itself, with the words that scripts look for.
        if (row != nullptr)
            request.options =
                driver_options.values(row->info, session.environment, i, names.size());
        requests.push_back(std::move(request));
    }
    return requests;
}

void create_one(const orch::machine::CreateRequest& request, const Fleet& fleet, Job& job) {
    const auto machine = orch::machine::create(request, fleet.context(), job);
    const auto* row = fleet.registry().find(machine.driver);
    const bool provisioned = row != nullptr && row->info.provisions;
    job.progress.emit({
        .id = request.name,
        .status = progress::Status::done,
        .text = provisioned ? "Docker is up and running!" : "Remembered",
    });
}

void show_next_step(const std::vector<std::string>& made, Session& session) {
    for (const auto& name : made)
        session.console.err(session.spelled(fmt::format(
            "To see how to connect your Docker Client to the Docker Engine running on this virtual "
            "machine, run: orch machine env {}\n",
            name
        )));
}

int run_create(const Options& options, const DriverOptions& driver_options, Session& session) {
    const Fleet fleet(session);
    const auto requests = make_requests(options, driver_options, fleet, session);
    std::vector<std::string> names;
    for (const auto& request : requests)
        names.push_back(request.name);
    auto sink =
        session.progress(names.size() == 1 ? ui::Layout::one_machine : ui::Layout::machines);
    std::atomic<bool> refused{false};
    const auto code = fleet.for_each(
        names,
        [&](const std::string& name, Job& job) {
            const auto index = std::find(names.begin(), names.end(), name) - names.begin();
            try {
                create_one(requests[static_cast<std::size_t>(index)], fleet, job);
            } catch (const orch::machine::PreCreateError&) {
                refused = true;
                throw;
            }
        },
        *sink
    );
    sink.reset(); // the live area is gone before the last lines
    if (code == 0)
        show_next_step(names, session);
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
    add_list(verb, "--engine-registry-mirror", engine.registry_mirror, "Mirror of Docker Hub")
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

} // namespace

void add_create(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    verb.add_option("NAME", options->names, "Names of the machines to make");
    auto* driver = verb.add_option("-d,--driver", options->driver, "How to make them");
    from_env(driver, "MACHINE_DRIVER", session);
    session.completions.add(*driver, [] {
        const auto registry = drivers::builtin_registry();
        std::vector<Candidate> candidates;
        for (const auto& row : registry.rows())
            candidates.push_back({row.info.name, row.info.summary});
        return candidates;
    });
    add_engine_options(verb, session, options);
    const auto driver_options = std::make_shared<DriverOptions>(verb, drivers::builtin_registry());
    choose(verb, session, [options, driver_options, &session] {
        return run_create(*options, *driver_options, session);
    });
}

} // namespace orch::cmd::machine
