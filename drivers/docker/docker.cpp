#include "drivers/docker/docker.hpp"

#include "drivers/docker/image.hpp"
#include "drivers/docker/network.hpp"
#include "drivers/kit/key.hpp"
#include "drivers/kit/record.hpp"
#include "lib/archive/tar_write.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/api_version.hpp"
#include "lib/fs/files.hpp"
#include "lib/fs/lock.hpp"
#include "lib/os/capabilities.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <random>

namespace orch::drivers::docker {

namespace {

using std::chrono::seconds;

constexpr seconds halt_patience{60};             // for systemd to stop all it runs
constexpr std::chrono::minutes lock_patience{5}; // each holder has it for a second or so

std::string new_token() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

/// What login_user's authorized_keys needs, to be unpacked at the container's root.
std::string key_archive(const std::string& user, const std::string& public_line) {
    const bool root = user == "root";
    const auto dir = (root ? std::string("root") : "home/" + user) + "/.ssh/";
    const int owner = root ? 0 : 1000;
    return archive::tar_of({
        {.path = dir, .mode = 0700, .owner = owner},
        {.path = dir + "authorized_keys", .content = public_line, .mode = 0600, .owner = owner},
    });
}

bool refuses_privileges(const Error& error) {
    const auto& message = error.message();
    return message.find("unable to apply caps") != std::string::npos ||
           message.find("operation not permitted") != std::string::npos;
}

bool address_is_taken(const Error& error) {
    return error.message().find("Address already in use") != std::string::npos;
}

/// After a start that failed: whether another plan may do better; changes it.
bool try_another_way(const Error& error, Plan& plan) {
    if (plan.privileged && refuses_privileges(error)) {
        plan.privileged = false;
        return true;
    }
    return !plan.address.empty() && address_is_taken(error) &&
           plan.refused.insert(plan.address).second;
}

/// Where the container's port is published; 0 if it is not.
int published_port(const engine::Container& container, int port) {
    for (const auto& published : container.ports)
        if (published.container_port == port && published.host_port != 0)
            return published.host_port;
    return 0;
}

/// Addresses and ports, which may be others after each start.
void note_reach(const engine::Container& container, Record& record) {
    const auto address = container.addresses.find(kit::text(record, "NetworkName"));
    if (address != container.addresses.end() && !address->second.empty())
        record["ContainerIP"] = address->second;
    const auto host = kit::text(record, "ReachHost");
    record["IPAddress"] = host.empty() ? kit::text(record, "ContainerIP") : host;
    record["SSHPort"] = host.empty() ? ssh_port : published_port(container, ssh_port);
    record["EnginePort"] = host.empty() ? engine_port : published_port(container, engine_port);
}

State state_of(const std::string& status) {
    if (status == "running")
        return State::running;
    if (status == "paused")
        return State::paused;
    if (status == "restarting")
        return State::starting;
    if (status == "removing")
        return State::stopping;
    if (status == "created" || status == "exited")
        return State::stopped;
    return State::error;
}

/// Null if it is gone, or if what has its name now is another's.
std::optional<engine::Container> find_container(engine::Engine& engine, const Record& record) {
    const auto token = kit::text(record, "Token");
    for (const auto* field : {"ContainerId", "ContainerName"}) {
        const auto name = kit::text(record, field);
        if (name.empty())
            continue;
        auto found = engine.inspect_container(name);
        if (found && found->labels[token_label] == token)
            return found;
    }
    return std::nullopt;
}

engine::Container require_container(engine::Engine& engine, const Record& record) {
    if (auto found = find_container(engine, record))
        return *std::move(found);
    throw Error(
        Kind::not_found,
        "the container {} no longer exists on the engine at {}",
        kit::text(record, "ContainerName"),
        engine.endpoint().url()
    )
        .hint("orch machine rm {} forgets the machine", kit::text(record, "MachineName"));
}

std::vector<std::string> volumes_of(const Record& record) {
    std::vector<std::string> names;
    if (const auto found = record.find("Volumes"); found != record.end() && found->is_array())
        for (const auto& name : *found)
            if (name.is_string())
                names.push_back(name.get<std::string>());
    return names;
}

/// A volume of that name which was there already holds somebody else's data.
void make_volumes(engine::Engine& engine, const Plan& plan) {
    for (const auto& name : plan.volumes) {
        const auto made =
            engine.create_volume({{"Name", name}, {"Labels", labels_of(plan.machine, plan.token)}});
        const auto token = made.labels.find(token_label);
        if (token == made.labels.end() || token->second != plan.token)
            throw Error(Kind::conflict, "there is a volume {} already", name)
                .hint("if nobody needs its data, remove it: docker volume rm {}", name);
    }
}

/// The engine may not be there at all, above all where this driver is the default.
engine::Version ask_version(engine::Engine& engine) {
    try {
        return engine.version();
    } catch (Error& error) {
        if (error.kind() == Kind::network || error.kind() == Kind::timeout)
            error.hint("driver docker makes machines as containers of an engine that runs; "
                       "--docker-host names another one, and with -d generic an existing host "
                       "becomes a machine");
        throw;
    }
}

void remove_volume(engine::Engine& engine, const std::string& name, tasks::Clock& clock, Job& job) {
    const auto attempt = [&]() -> std::optional<bool> {
        try {
            engine.remove_volume(name);
            return true;
        } catch (const Error& error) {
            if (error.kind() != Kind::conflict) // in use: its container is on its way out
                throw;
            return std::nullopt;
        }
    };
    const tasks::RetryPolicy policy{.give_up_after = seconds(10)};
    tasks::retry(policy, clock, job.stop, attempt, [&] {
        return Error(Kind::conflict, "the volume {} is still in use", name)
            .hint("docker ps -a --filter volume={} shows by what", name);
    });
}

} // namespace

engine::Engine
Driver::connect(const std::string& host, const std::string& certificates, const Job& job) const {
    std::optional<http::Tls> tls;
    if (!certificates.empty() && !host.starts_with("unix://")) {
        const std::filesystem::path dir(certificates);
        tls = http::Tls{.ca = dir / "ca.pem", .cert = dir / "cert.pem", .key = dir / "key.pem"};
    }
    return {access_.world.http, engine::parse_endpoint(host, std::move(tls)), job.stop};
}

engine::Engine Driver::connect(const Record& record, const Job& job) const {
    return connect(kit::text(record, "DockerHost"), kit::text(record, "DockerCertPath"), job);
}

/// One for all machines of this store; no machine can have a name with a dot in front.
std::filesystem::path Driver::lock_file(const char* what) const {
    return access_.store / "locks" / fmt::format(".docker-{}.lock", what);
}

void Driver::check(const Request& request, Job& job) {
    const auto wishes = read_wishes(request.values);
    auto engine = connect(wishes.host, wishes.certificates, job);
    const auto version = ask_version(engine);
    if (version.os != "linux")
        throw Error(
            Kind::unsupported, "the engine at {} runs {} containers", wishes.host, version.os
        )
            .hint("machines need one that runs linux containers");
    if (!engine.speaks("1.41"))
        throw Error(
            Kind::unsupported,
            "the engine at {} is {}; machines need 20.10 or newer",
            wishes.host,
            version.engine
        );
    const auto name = "orch-" + access_.machine;
    const auto other = engine.inspect_container(name);
    if (!other)
        return;
    const bool machine = other->labels.contains("orch-machine");
    throw Error(
        Kind::conflict,
        "the engine at {} has a container {} already{}",
        wishes.host,
        name,
        machine ? ": a machine of another store" : ""
    )
        .hint("choose another name for the machine, or remove it: docker rm -f {}", name);
}

Record Driver::draft(const Request& request, const Wishes& wishes) const {
    const auto name = "orch-" + access_.machine;
    auto record = kit::base_record(access_);
    record["SSHUser"] = wishes.user;
    record["DockerHost"] = wishes.host;
    record["DockerCertPath"] =
        wishes.certificates.empty()
            ? ""
            : std::filesystem::absolute(wishes.certificates).lexically_normal().string();
    record["ContainerId"] = "";
    record["ContainerName"] = name;
    record["ContainerIP"] = "";
    record["Image"] = wishes.image;
    record["NetworkName"] = wishes.network;
    record["Volumes"] = {name + "-docker", name + "-containerd"};
    record["ReachHost"] = "";
    record["EnginePort"] = engine_port;
    record["CPU"] = wishes.cpus;
    record["Memory"] = wishes.memory;
    record["Publish"] = request.values.list("docker-publish");
    record["Token"] = new_token();
    return record;
}

Plan Driver::plan_for(engine::Engine& engine, const Record& record, const Wishes& wishes) const {
    const auto info = engine.info();
    return {
        .wishes = wishes,
        .placement = placement_of(engine.endpoint(), info),
        .machine = access_.machine,
        .token = kit::text(record, "Token"),
        .volumes = volumes_of(record),
        .user_namespaces = maps_users(info),
        .capabilities = os::bounding_capabilities(),
    };
}

/// The lock is held from the look at the addresses until the container's label has one: machines
/// that are made at the same time get different ones.
void Driver::make_container(engine::Engine& engine, Plan& plan, Record& record, Job& job) const {
    const fs::Lock alone(lock_file("network"), lock_patience, job.stop);
    const auto network = ensure_network(engine, plan.wishes.network, plan.token);
    const bool ours = network.network.labels.contains(own_label) && !network.subnets.empty();
    if (ours) {
        auto used = used_addresses(engine, network);
        used.insert(plan.refused.begin(), plan.refused.end());
        plan.address = free_address(network.subnets[0], used).value_or("");
    }
    make_volumes(engine, plan);
    const auto made =
        engine.create_container(kit::text(record, "ContainerName"), container_body(plan));
    record["ContainerId"] = made.id;
}

Record Driver::create(const Request& request, const Checkpoint& save, Job& job) {
    const auto wishes = read_wishes(request.values);
    auto engine = connect(wishes.host, wishes.certificates, job);
    auto record = draft(request, wishes);
    save(record); // from here on rm finds by name and token whatever is made
    ensure_image(engine, wishes.image, lock_file("image"), access_.machine, job);
    auto plan = plan_for(engine, record, wishes);
    record["ReachHost"] = plan.placement.reach_host;
    const auto keys = key_archive(wishes.user, kit::make_key(access_, record));
    job.progress.emit({.id = access_.machine, .text = "Starting the container..."});
    for (;;) {
        make_container(engine, plan, record, job);
        const auto id = kit::text(record, "ContainerId");
        save(record);
        try {
            engine.upload(id, "/", keys);
            engine.start_container(id);
            break;
        } catch (const Error& error) {
            if (!try_another_way(error, plan))
                throw;
        }
        engine.remove_container(id, true, true);
    }
    note_reach(require_container(engine, record), record);
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    auto engine = connect(record, job);
    const auto container = find_container(engine, record);
    if (!container)
        return State::not_found;
    const auto state = state_of(container->status);
    if (state == State::running)
        note_reach(*container, record);
    return state;
}

void Driver::power(Record& record, Power power, Job& job) {
    auto engine = connect(record, job);
    const auto container = require_container(engine, record);
    switch (power) {
    case Power::start:
        if (container.status == "paused")
            engine.unpause_container(container.id);
        else
            engine.start_container(container.id);
        break;
    case Power::stop:
        engine.stop_container(container.id, halt_patience);
        break;
    case Power::restart:
        engine.restart_container(container.id, halt_patience);
        break;
    case Power::kill:
        engine.kill_container(container.id, "SIGKILL");
        break;
    }
    if (power == Power::start || power == Power::restart)
        note_reach(require_container(engine, record), record);
}

void Driver::remove(const Record& record, Job& job) {
    const auto token = kit::text(record, "Token");
    if (token.empty()) // the create did not come to the point of making anything
        return;
    auto engine = connect(record, job);
    if (const auto container = find_container(engine, record))
        engine.remove_container(container->id, true, true);
    for (const auto& name : volumes_of(record))
        if (auto volume = engine.inspect_volume(name);
            volume && volume->labels[token_label] == token)
            remove_volume(engine, name, access_.world.clock, job);
    for (const auto& left :
         engine.list_networks({{"label", {fmt::format("{}={}", token_label, token)}}}))
        engine.remove_network(left.id);
    const fs::Lock alone(lock_file("network"), lock_patience, job.stop);
    remove_unused_network(engine, kit::text(record, "NetworkName"));
}

Reach Driver::reach(const Record& record) const {
    const auto address = kit::text(record, "IPAddress");
    const auto port = kit::integer(record, "EnginePort", engine_port);
    return {
        .address = address,
        .url = port == 0 ? "" : kit::engine_url(address, port),
        .engine_port = engine_port,
        .cluster = kit::text(record, "ContainerIP"),
        .ssh = kit::ssh_address(access_, record),
    };
}

} // namespace orch::drivers::docker
