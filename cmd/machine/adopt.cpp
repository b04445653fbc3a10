#include "cmd/machine/create_options.hpp"
#include "cmd/machine/driver_options.hpp"
#include "cmd/machine/fleet.hpp"
#include "cmd/machine/plugin_options.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/base/error.hpp"
#include "lib/progress/sink.hpp"

#include <fmt/core.h>

namespace orch::cmd::machine {

namespace {

struct Options {
    std::string name;
    std::string id;
    std::string ssh_key;
    HostOptions host;
};

int run_adopt(
    const Options& options,
    const DriverOptions& driver_options,
    const drivers::Registry& registry,
    Session& session
) {
    const Fleet fleet(session, registry);
    if (options.host.driver.empty())
        throw Error(Kind::usage, "whose host it is must be said: --driver NAME")
            .hint("orch machine adopt --driver hetzner --id 4711 web");
    const auto& driver = options.host.driver;
    learn_options(fleet.registry(), driver, session);
    auto request = request_for(options.name, driver, options.host, session);
    request.adoption = {options.id, options.ssh_key};
    if (const auto* row = fleet.registry().find(driver))
        request.options = driver_options.values(row->info, session.environment, 0, 1);
    auto sink = session.progress_of_machines(1);
    const auto adopt = [&](const std::string& name, Job& job) {
        orch::machine::create(request, fleet.context(), job);
        job.progress.emit(
            {.id = name, .status = progress::Status::done, .text = "Docker is up and running!"}
        );
    };
    const auto code = fleet.for_each({options.name}, adopt, *sink);
    sink.reset(); // the live area is gone before the last lines
    if (code != 0 && fleet.is_unfinished(options.name))
        session.remark(fmt::format(
            "The host is in the store, but not ready: orch machine provision {} tries again\n",
            options.name
        ));
    return code;
}

} // namespace

void add_adopt(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    const std::shared_ptr<HostOptions> host(options, &options->host);
    verb.add_option("NAME", options->name, "What the machine will be called")->required();
    const auto registry = drivers::builtin_registry(session.environment);
    add_host_options(verb, session, registry, host);
    verb.add_option("--id", options->id, "The provider's id of the host, or its name")->required();
    verb.add_option(
        "--ssh-key", options->ssh_key, "Private key that the host lets in; it is copied"
    );
    const auto driver_options =
        std::make_shared<DriverOptions>(verb, registry, named_plugin(registry, session));
    offer_choices(verb, session, registry);
    choose(verb, session, [options, driver_options, registry, &session] {
        return run_adopt(*options, *driver_options, registry, session);
    });
}

} // namespace orch::cmd::machine
