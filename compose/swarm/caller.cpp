#include "compose/swarm/caller.hpp"

#include "compose/model/project.hpp"
#include "compose/swarm/await.hpp"
#include "compose/swarm/folders.hpp"
#include "compose/swarm/labels.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/services.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::compose::swarm {

namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

/// A service's tasks are gone some seconds after it; a network that they used, after them.
constexpr seconds removal_limit{60};
constexpr std::chrono::milliseconds removal_interval{250};

std::uint64_t force_of(const Json& spec) {
    const Json::json_pointer path("/TaskTemplate/ForceUpdate");
    return spec.contains(path) ? spec.at(path).get<std::uint64_t>() : 0;
}

void set_force(Json& spec, std::uint64_t count) {
    if (count != 0)
        spec["TaskTemplate"]["ForceUpdate"] = count;
}

/// "service web: ..." around what the store says.
Error about(const std::string& subject, const Error& cause) {
    Error told(cause.kind(), "{}: {}", subject, cause.message());
    if (!cause.hint().empty())
        told.hint("{}", cause.hint());
    return told;
}

bool in_use(const Error& error) {
    return error.message().find("in use") != std::string::npos ||
           error.message().find("active endpoints") != std::string::npos;
}

} // namespace

tasks::Clock& ServiceCaller::clock() const {
    static tasks::SystemClock system;
    return convergence_.clock != nullptr ? *convergence_.clock : system;
}

std::string ServiceCaller::auth_for(const std::string& image) const {
    return auth_ ? auth_(image) : std::string();
}

void ServiceCaller::warn(const std::string& subject, const std::vector<std::string>& warnings) {
    for (const auto& warning : warnings)
        progress_.emit({.id = subject, .status = progress::Status::warning, .text = warning});
}

void ServiceCaller::carry_out(
    const CreateNetwork& call, const std::string& /*subject*/, const std::stop_token& stop
) {
    const Json body{
        {"Name", call.name},
        {"Driver", "overlay"},
        {"Attachable", true},
        {"CheckDuplicate", true},
        {"Labels", {{labels::stack, project_}, {compose::labels::project, project_}}}};
    engine_.with(stop).create_network(body);
}

void ServiceCaller::carry_out(
    const LabelNode& call, const std::string& /*subject*/, const std::stop_token& stop
) {
    engine::NodeChange change;
    if (call.remove)
        change.dropped = {call.key};
    else
        change.labels = {{call.key, "1"}};
    engine_.with(stop).update_node(call.node, change);
}

void ServiceCaller::carry_out(
    const MakeFolders& call, const std::string& /*subject*/, const std::stop_token& stop
) {
    make_folders(convergence_.node_engine(call.node).with(stop), call.image, call.paths);
}

void ServiceCaller::carry_out(
    const CreateService& call, const std::string& subject, const std::stop_token& stop
) {
    try {
        const auto made = engine::Services(engine_.with(stop))
                              .create(Json::parse(call.spec), auth_for(call.image));
        warn(subject, made.warnings);
    } catch (const Error& error) {
        throw about("cannot create service " + call.name, error);
    }
}

void ServiceCaller::carry_out(
    const UpdateService& call, const std::string& subject, const std::stop_token& stop
) {
    const auto change = [&](Json& spec) {
        const auto force = force_of(spec) + (call.force ? 1 : 0);
        spec = Json::parse(call.spec);
        set_force(spec, force);
    };
    try {
        warn(
            subject,
            engine::Services(engine_.with(stop)).update(call.name, change, auth_for(call.image))
        );
    } catch (const Error& error) {
        throw about("cannot update service " + call.name, error);
    }
}

void ServiceCaller::carry_out(
    const ScaleService& call, const std::string& subject, const std::stop_token& stop
) {
    engine::Services services(engine_.with(stop));
    const auto service = services.inspect(call.name);
    if (!service)
        throw Error(orch::Kind::not_found, "service {} was removed", call.name);
    const auto tasks = engine_.with(stop).list_tasks({{"service", {service->id}}});
    const bool force = call.replicas > 0 && has_lost_places(*service, tasks);
    if (force && call.replicas > 1 && service->replicas > 0)
        warn(subject, {"all its tasks are made anew: the swarm keeps the places of ended ones"});
    const auto change = [&](Json& spec) {
        set_force(spec, force_of(spec) + (force ? 1 : 0));
        spec["Mode"]["Replicated"]["Replicas"] = call.replicas;
        if (call.remembered > 0)
            spec["Labels"][labels::stopped] = std::to_string(call.remembered);
        else if (spec.contains("Labels"))
            spec["Labels"].erase(labels::stopped);
    };
    warn(subject, services.update(service->id, change, {}));
    if (call.replicas < service->replicas)
        await_end(service->id, call.replicas, stop);
}

void ServiceCaller::carry_out(
    const RestartService& call, const std::string& subject, const std::stop_token& stop
) {
    const auto change = [](Json& spec) { set_force(spec, force_of(spec) + 1); };
    warn(subject, engine::Services(engine_.with(stop)).update(call.name, change, {}));
}

void ServiceCaller::carry_out(
    const AwaitService& call, const std::string& subject, const std::stop_token& stop
) {
    await_service(
        engine_.with(stop),
        {.service = call.name, .subject = subject, .settled = call.settled, .fresh = call.fresh},
        convergence_,
        clock(),
        stop,
        progress_
    );
}

void ServiceCaller::carry_out(
    const RemoveService& call, const std::string& /*subject*/, const std::stop_token& stop
) {
    engine::Services services(engine_.with(stop));
    const auto service = services.inspect(call.name);
    if (!service)
        return;
    services.remove(service->id);
    await_end(service->id, 0, stop);
}

/// Containers of ended tasks go some seconds after their service; a volume is in use until then.
void ServiceCaller::carry_out(
    const RemoveNodeVolume& call, const std::string& subject, const std::stop_token& stop
) {
    auto engine = convergence_.node_engine(call.node).with(stop);
    const auto others_use = [&] {
        const auto users = engine.list_containers({{"volume", {call.name}}}, true);
        return std::any_of(users.begin(), users.end(), [&](const engine::ContainerSummary& user) {
            const auto owner = user.labels.find(compose::labels::project);
            return owner == user.labels.end() || owner->second != project_;
        });
    };
    const auto deadline = clock().now() + removal_limit;
    for (;;) {
        try {
            return engine.remove_volume(call.name);
        } catch (const Error& error) {
            if (error.kind() != orch::Kind::conflict)
                throw;
        }
        if (others_use() || clock().now() > deadline)
            return warn(subject, {"is in use, and stays"});
        clock().sleep(removal_interval, stop);
    }
}

/// Until no more than `remaining` tasks are meant to run and the containers of the others are
/// stopped; on nodes that do not answer nothing can be seen.
void ServiceCaller::await_end(const std::string& id, int remaining, const std::stop_token& stop) {
    auto engine = engine_.with(stop);
    const auto deadline = clock().now() + removal_limit;
    for (;; clock().sleep(removal_interval, stop)) {
        const auto down = nodes_down(engine);
        int staying = 0;
        int going = 0;
        for (const auto& task : engine.list_tasks({}))
            if (task.service == id && !has_ended(task) && !task.node.empty() &&
                !down.contains(task.node))
                ++(task.desired == "running" || task.desired == "ready" ? staying : going);
        if ((staying <= remaining && going == 0) || clock().now() > deadline)
            return;
    }
}

/// Managers let it go at once; their own engine still shows it until the last task has left it, and
/// answers a second removal in that time with a failure.
void ServiceCaller::remove_network(const RemoveNetwork& call, const std::stop_token& stop) {
    auto engine = engine_.with(stop);
    const auto deadline = clock().now() + call.patience;
    for (bool removed = false;; clock().sleep(removal_interval, stop)) {
        try {
            if (!removed)
                engine.remove_network(call.id);
            removed = true;
        } catch (const Error& error) {
            removed = error.message().find("not found") != std::string::npos;
            if (!removed && (!in_use(error) || clock().now() > deadline))
                throw;
        }
        if (removed && (!engine.inspect_network(call.id) || clock().now() > deadline))
            return;
    }
}

} // namespace orch::compose::swarm
