#include "machine/create.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"
#include "machine/certs.hpp"
#include "machine/connection.hpp"
#include "machine/docker_context.hpp"
#include "machine/name.hpp"
#include "machine/provision/provision.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm/configure.hpp"
#include "machine/swarm/standalone.hpp"
#include "machine/swarm_endpoint.hpp"
#include "machine/wishes.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace orch::machine {

namespace {

using std::chrono::seconds;

/// Nobody else should work on a machine that is being created: wait only for an `ls` that looks.
constexpr std::chrono::milliseconds lock_patience{500};

const drivers::Row& require_row(const Context& context, const std::string& driver) {
    if (const auto* row = context.registry.find(driver))
        return *row;
    throw Error(
        Kind::not_found,
        "Driver \"{0}\" not found. Do you have the plugin binary \"docker-machine-driver-{0}\" "
        "accessible in your PATH?",
        driver
    )
        .hint("orch machine create --help lists the drivers of this build");
}

/// Machines that are not provisioned keep what they were told.
std::string
discovery_of(const CreateRequest& request, const drivers::Info& info, const Store& store) {
    const auto& wanted = request.swarm;
    if (!info.provisions || !wanted.is_swarm)
        return wanted.discovery;
    return swarm::settled_discovery(wanted, request.name, store);
}

Machine draft(const CreateRequest& request, const drivers::Info& info, const Store& store) {
    Machine machine;
    machine.name = request.name;
    machine.driver = request.driver;
    machine.engine = request.engine;
    machine.swarm = request.swarm;
    machine.swarm.discovery = discovery_of(request, info, store);
    machine.auth = store.default_auth(request.name);
    machine.auth.server_sans = request.server_sans;
    const auto take = [](std::filesystem::path& path, const std::filesystem::path& wish) {
        if (!wish.empty())
            path = wish;
    };
    take(machine.auth.ca_cert, request.auth.ca_cert);
    take(machine.auth.ca_key, request.auth.ca_key);
    take(machine.auth.client_cert, request.auth.client_cert);
    take(machine.auth.client_key, request.auth.client_key);
    machine.wishes = wishes_of(info, request.options);
    machine.progress = Progress::creating;
    return machine;
}

void check_before(drivers::Driver& driver, const drivers::Request& request, Job& job) {
    try {
        driver.check(request, job);
    } catch (Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        if (error.kind() == Kind::usage)
            throw error.context("Error setting machine configuration from flags provided");
        throw PreCreateError(error.context("Error with pre-create check"));
    }
}

void wait_until_running(
    drivers::Driver& driver, Machine& machine, const Context& context, Job& job
) {
    job.progress.emit(
        {.id = machine.name,
         .text = "Waiting for machine to be running, this may take a few minutes..."}
    );
    const tasks::RetryPolicy policy{
        .first_pause = std::chrono::milliseconds(500),
        .longest_pause = seconds(3),
        .give_up_after = seconds(180),
    };
    const auto attempt = [&]() -> std::optional<bool> {
        if (driver.refresh(machine.record, job) == drivers::State::running)
            return true;
        return std::nullopt;
    };
    tasks::retry(policy, context.world.clock, job.stop, attempt, [&] {
        return Error(Kind::timeout, "the host of machine {} does not come up", machine.name);
    });
}

/// What comes with the call and is kept nowhere.
struct Given {
    std::string owner;
    Secret swarm_token{};
    Scope scope = Scope::everything;
};

Given given_in(const CreateRequest& request) { return {request.owner, request.swarm_token}; }

/// Managers of standalone swarms speak an API that newer engines refuse unless they are told not
/// to. Whether the machine's options changed for that.
bool allow_old_clients(
    Machine& machine, const drivers::Reach& reach, const Context& context, Job& job
) {
    constexpr auto variable = "DOCKER_MIN_API_VERSION=";
    auto& env = machine.engine.env;
    if (!machine.swarm.is_swarm || !is_standalone_swarm(machine.swarm.discovery) ||
        std::any_of(env.begin(), env.end(), [&](const auto& each) {
            return each.starts_with(variable);
        }))
        return false;
    const auto version = check_connection(context, endpoint(machine, reach), seconds(20), job.stop);
    if (!swarm::needs_lower_api(version))
        return false;
    job.progress.emit(
        {.id = machine.name,
         .status = progress::Status::note,
         .text = "Docker " + version.engine + " accepts API " + version.min_api +
                 " and up, the swarm's manager speaks an older one: the engine is told to accept "
                 "1.24"}
    );
    env.push_back(std::string(variable) + "1.24");
    context.store.save(machine);
    return true;
}

/// Everything between a host that exists and an engine that answers.
void make_ready(
    Machine& machine,
    drivers::Driver& driver,
    const drivers::Info& info,
    const Given& given,
    const Context& context,
    Job& job
) {
    if (info.provisions) {
        // An existing host is asked by SSH at once: its own errors say more than "not running".
        if (info.boots)
            wait_until_running(driver, machine, context, job);
        if (machine.progress == Progress::made)
            job.progress.emit(
                {.id = machine.name, .text = "Detecting operating system of created instance..."}
            );
        const auto reach = driver.reach(machine.record);
        const auto shell = wait_for_ssh(context, machine.name, reach, info.boots, job);
        doing("Error running provisioning", [&] {
            provision::run(machine, reach, *shell, given.owner, context, job);
            if (allow_old_clients(machine, reach, context, job))
                provision::run(machine, reach, *shell, given.owner, context, job);
            if (machine.swarm.is_swarm && given.scope == Scope::everything)
                swarm::configure(machine, reach, *shell, given.swarm_token, context, job);
        });
    }
    machine.progress = Progress::ready;
    machine.failure.clear();
    context.store.save(machine);
    refresh_contexts(context, machine, job);
}

/// Keeps the reason with the machine; whatever goes wrong here must not hide it.
void note_failure(Machine& machine, const Error& error, const Context& context) noexcept {
    try {
        machine.failure = error.kind() == Kind::cancelled ? "interrupted" : error.message();
        context.store.save(machine);
    } catch (const std::exception& second) {
        log::debug("machine", "cannot note the failure of {}: {}", machine.name, describe(second));
    }
}

template <class Steps>
void with_failure_noted(Machine& machine, const Context& context, Steps&& steps) {
    try {
        steps();
    } catch (const Error& error) {
        note_failure(machine, error, context);
        throw;
    }
}

/// The second half alone, for a host that is there.
void finish(
    Machine& machine,
    const drivers::Info& info,
    const Given& given,
    const Context& context,
    Job& job
) {
    const auto driver = require_driver(context, machine);
    if (info.provisions)
        ensure_authority(context.store, machine.auth, given.owner, machine.name, job);
    with_failure_noted(machine, context, [&] {
        make_ready(machine, *driver, info, given, context, job);
    });
}

void make_host(
    Machine& machine,
    drivers::Driver& driver,
    const drivers::Request& wishes,
    const Context& context,
    Job& job
) {
    const auto save = [&](const drivers::Record& record) {
        machine.record = record;
        context.store.save(machine);
    };
    machine.record = doing("Error in driver during machine creation", [&] {
        return driver.create(wishes, save, job);
    });
    machine.progress = Progress::made;
    context.store.save(machine);
}

/// Nothing was made, so nothing stays in the store either if the host is not to be had.
void adopt_host(
    Machine& machine,
    drivers::Driver& driver,
    const drivers::Request& wishes,
    const Adoption& adoption,
    const Context& context,
    Job& job
) {
    try {
        fs::make_private_dir(context.store.machine_dir(machine.name));
        machine.record = driver.adopt(wishes, adoption.id, job);
        if (!adoption.ssh_key.empty())
            drivers::import_key(access_of(context, machine), adoption.ssh_key, machine.record);
        machine.progress = Progress::made;
        context.store.save(machine);
    } catch (const std::exception&) {
        context.store.remove(machine.name);
        throw;
    }
}

/// From nothing to a ready machine: what is made is on disk before the next is begun.
void make(
    Machine& machine,
    const CreateRequest& request,
    const drivers::Values& options,
    const drivers::Info& info,
    const Context& context,
    Job& job
) {
    const auto given = given_in(request);
    const auto driver = require_driver(context, machine);
    const drivers::Request wishes{
        .values = options,
        .swarm_master = machine.swarm.master,
        .swarm_host = machine.swarm.host,
        .swarm_discovery = machine.swarm.discovery,
        .engine_install_url = machine.engine.install_url,
    };
    if (info.provisions) {
        ensure_authority(context.store, machine.auth, given.owner, machine.name, job);
        require_authority_key(machine.auth);
    }
    if (info.provisions && machine.swarm.is_swarm && is_standalone_swarm(machine.swarm.discovery))
        std::ignore = swarm::parts_of(machine, {}, "/etc/docker"); // refuses what is wrong
    if (request.adoption) {
        job.progress.emit({.id = machine.name, .text = "Looking at the host..."});
        adopt_host(machine, *driver, wishes, *request.adoption, context, job);
        return finish(machine, info, given, context, job);
    }
    job.progress.emit({.id = machine.name, .text = "Running pre-create checks..."});
    check_before(*driver, wishes, job);

    job.progress.emit({.id = machine.name, .text = "Creating machine..."});
    context.store.save(machine);
    with_failure_noted(machine, context, [&] {
        doing("Error creating machine", [&] {
            make_host(machine, *driver, wishes, context, job);
            make_ready(machine, *driver, info, given, context, job);
        });
    });
}

Error already_exists(const CreateRequest& request, const Context& context) {
    Error error(Kind::conflict, "Docker machine \"{}\" already exists", request.name);
    bool unfinished = false;
    try {
        unfinished = context.store.load(request.name).progress != Progress::ready;
    } catch (const Error& unreadable) {
        log::debug("machine", "{}: {}", request.name, unreadable.message());
    }
    if (unfinished)
        return error.hint(
            "its create did not finish: orch machine create --continue {0} goes on with it, orch "
            "machine rm {0} removes it",
            request.name
        );
    return error.hint("choose another name, or remove it first: orch machine rm {}", request.name);
}

/// A machine that was killed before anything was known of it has no config.json.
bool is_empty(const std::string& name, const Store& store) {
    return !std::filesystem::exists(store.machine_dir(name) / "config.json");
}

Created
go_on(const CreateRequest& request, const drivers::Info& info, const Context& context, Job& job) {
    if (request.if_exists == IfExists::refuse)
        throw already_exists(request, context);
    if (is_empty(request.name, context.store)) {
        auto machine = draft(request, info, context.store);
        make(machine, request, request.options, info, context, job);
        return {std::move(machine)};
    }
    auto machine = context.store.load(request.name);
    const auto differs = difference(machine, request, info);
    const bool all_counts = request.if_exists == IfExists::accept;
    if ((all_counts || machine.driver != request.driver) && !differs.empty())
        throw Error(Kind::conflict, "machine \"{}\" exists, but {}", request.name, differs)
            .hint("remove it first, or ask for what it is: orch machine inspect {}", request.name);
    if (machine.progress == Progress::ready)
        return {std::move(machine), true};
    if (machine.progress == Progress::made) {
        finish(machine, info, given_in(request), context, job);
        return {std::move(machine)};
    }
    // What the driver had begun is unknown to it now: it is taken away, and made again.
    if (!machine.record.empty()) {
        job.progress.emit({.id = machine.name, .text = "Removing what is half made..."});
        require_driver(context, machine)->remove(machine.record, job);
        machine.record = drivers::Record::object();
    }
    make(machine, request, values_of(machine, info, request.options), info, context, job);
    return {std::move(machine)};
}

} // namespace

Created create(const CreateRequest& request, const Context& context, Job& job) {
    doing("Error creating machine", [&] { check_name(request.name); });
    const auto& row = require_row(context, request.driver);
    const auto lock = context.store.lock(request.name, lock_patience, job.stop);
    if (!context.store.exists(request.name)) {
        auto machine = draft(request, row.info, context.store);
        make(machine, request, request.options, row.info, context, job);
        return {std::move(machine)};
    }
    return go_on(request, row.info, context, job);
}

Machine reprovision(
    const std::string& name, const std::string& owner, const Context& context, Job& job, Scope scope
) {
    const auto lock = context.store.lock(name, lock_patience, job.stop);
    auto machine = context.store.load(name);
    if (machine.progress == Progress::creating)
        throw Error(Kind::invalid, "machine \"{}\" was never made: its create was cut short", name)
            .hint(
                "orch machine create --continue {0} makes it, orch machine rm {0} removes it", name
            );
    const auto& info = require_row(context, machine.driver).info;
    if (machine.progress != Progress::ready)
        scope = Scope::everything;
    finish(machine, info, {.owner = owner, .scope = scope}, context, job);
    return machine;
}

} // namespace orch::machine
