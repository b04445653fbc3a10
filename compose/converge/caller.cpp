#include "compose/converge/caller.hpp"

#include "compose/classic/hints.hpp"
#include "compose/converge/link_variables.hpp"
#include "compose/converge/of_service.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/api_version.hpp"
#include "lib/engine/standalone.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::compose {

namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

/// The first API version whose engines leave the variables of links out.
constexpr const char* no_link_variables_since = "1.52";

/// The first API version whose engines keep an IPC namespace to its container.
constexpr const char* private_ipc_since = "1.40";

/// Whether a service of the file joins the IPC namespace of `name`.
bool lends_ipc(const Project& project, const std::string& name) {
    return std::any_of(
        project.services.begin(),
        project.services.end(),
        [space = "service:" + name](const Service& service) { return service.ipc == space; }
    );
}

/// One that another container still uses stays, as it does when the engine removes a container
/// with its volumes.
void remove_unused_volume(const std::string& name, engine::Engine& engine) {
    try {
        engine.remove_volume(name);
    } catch (const Error& error) {
        if (error.kind() != Kind::conflict)
            throw;
    }
}

} // namespace

Caller::Caller(
    const Project& project,
    engine::Engine& engine,
    const ExecuteOptions& options,
    progress::Sink& progress
)
    : project_(project), engine_(engine), auth_(options.auth), build_(options.build),
      progress_(progress),
      services_(project.name, engine, options.auth, options.services, progress),
      nodes_(options.services.node_engine) {
    if (engine::Standalone(engine).there())
        classic_nodes_.emplace(engine, options.build.nodes, progress);
}

engine::Engine& Caller::engine_for(const Act& act) {
    if (act.node.empty())
        return engine_;
    if (!nodes_)
        throw Error(Kind::internal, "nobody has told how to reach the node {}", act.node);
    return nodes_(act.node);
}

void Caller::carry_out(const Act& act, const std::stop_token& stop) {
    auto engine = engine_for(act).with(stop);
    const Overloaded carry_out_call{
        [&](const PullImage& call) {
            if (!call.shared)
                pull_image(engine, {call.reference, act.subject, auth_}, progress_);
        },
        [&](const PushImage& call) {
            const auto& name = call.name.empty() ? call.reference : call.name;
            push_image(engine, call.reference, {name, act.subject, auth_}, progress_);
        },
        [&](const BuildImage& call) { build(call, engine, stop); },
        [&](const CreateContainer& call) {
            of_service("create container for", call.service, [&] { create(call, engine, stop); });
        },
        [&](const StartContainer& call) {
            of_service("start", call.service, [&] { engine.start_container(call.id); });
        },
        [&](const StopContainer& call) { engine.stop_container(call.id, call.grace); },
        [&](const KillContainer& call) { engine.kill_container(call.id, call.signal); },
        [&](const RestartContainer& call) { engine.restart_container(call.id, call.grace); },
        [&](const PauseContainer& call) { engine.pause_container(call.id); },
        [&](const UnpauseContainer& call) { engine.unpause_container(call.id); },
        [&](const RenameContainer& call) { engine.rename_container(call.id, call.name); },
        [&](const RemoveContainer& call) {
            engine.remove_container(call.id, call.volumes, call.force);
        },
        [&](const RemoveVolume& call) { remove_unused_volume(call.name, engine); },
        [&](const RemoveNetwork& call) {
            if (call.patience.count() > 0)
                services_.remove_network(call, stop);
            else
                engine.remove_network(call.id);
        },
        [&](const RemoveImage& call) { engine.remove_image(call.reference); },
        [&](const auto& call) { services_.carry_out(call, act.subject, stop); }};
    std::visit(carry_out_call, act.call);
}

void Caller::build(const BuildImage& call, engine::Engine& engine, const std::stop_token& stop) {
    const auto& service = *project_.find(call.service);
    const auto id = build_image(engine, project_, service, build_, progress_);
    if (classic_nodes_)
        classic_nodes_->spread_image(call.reference, id, stop);
}

std::vector<std::string>
Caller::hints_of(const CreateContainer& call, engine::Engine& engine) const {
    auto hints = call.hints;
    if (!call.beside.empty())
        if (const auto other = engine.inspect_container(call.beside))
            hints.push_back(
                classic::on_node(other->node, classic::is_rescheduled(*project_.find(call.service)))
            );
    return hints;
}

void Caller::create(
    const CreateContainer& call, engine::Engine& engine, const std::stop_token& stop
) {
    const auto& service = *project_.find(call.service);
    nlohmann::json body;
    if (call.keeper_image.empty())
        body = create_body(project_, service, call, gather(service, call, engine));
    else
        body = keeper_body(project_, service, call, call.hints);
    const auto created = classic_nodes_
                             ? classic_nodes_->create_container(project_, call, body, stop)
                             : engine.create_container(call.name, body);
    {
        const std::lock_guard lock(mutex_);
        made_[call.name] = created.id;
    }
    for (const auto& warning : created.warnings)
        progress_.emit({.id = call.name, .status = progress::Status::warning, .text = warning});
}

ContainerFacts
Caller::gather(const Service& service, const CreateContainer& call, engine::Engine& engine) {
    ContainerFacts facts{.image = project_.image_of(service)};
    const auto found = image(facts.image, engine);
    if (found)
        facts.image_id = found->id;
    facts.proxies = build_.proxies;
    facts.depends_on = ids_of(call.depends_on);
    facts.share_ipc = lends_ipc(project_, service.name) && engine.speaks(private_ipc_since);
    if (classic_nodes_)
        facts.hints = hints_of(call, engine);
    else if (!service.mac_address.empty()) // such a manager knows the old place only
        facts.endpoint_mac = engine.speaks("1.44");
    if (!call.links.empty() && !engine_sets_link_variables(engine))
        add_links(call, found ? &*found : nullptr, engine, facts);
    return facts;
}

/// The same image serves many containers: it is asked for once.
std::optional<engine::Image> Caller::image(const std::string& reference, engine::Engine& engine) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = images_.find(reference); known != images_.end())
            return known->second;
    }
    auto found = engine.inspect_image(reference);
    if (found) {
        const std::lock_guard lock(mutex_);
        images_.emplace(reference, *found);
    }
    return found;
}

/// What the image or the file sets was always stronger than what a link brings.
void Caller::add_links(
    const CreateContainer& call,
    const engine::Image* image,
    engine::Engine& engine,
    ContainerFacts& facts
) {
    std::map<std::string, std::optional<engine::Container>> targets;
    auto& variables = facts.link_variables;
    for (const auto& link : call.links) {
        if (!targets.contains(link.service))
            targets[link.service] = engine.inspect_container(link.service);
        if (const auto& target = targets[link.service])
            add_link_variables(call.name, link.alias, *target, variables);
    }
    for (const auto& [name, target] : targets)
        if (target && !link_address(*target).empty())
            facts.link_addresses[name] = link_address(*target);
    if (image != nullptr)
        for (const auto& entry : image->env)
            variables.erase(entry.substr(0, entry.find('=')));
}

bool Caller::engine_sets_link_variables(engine::Engine& engine) {
    const std::lock_guard lock(mutex_);
    if (!sets_link_variables_)
        sets_link_variables_ = engine::api_less(
            classic_nodes_ ? classic_nodes_->newest_api() : engine.version().api,
            no_link_variables_since
        );
    return *sets_link_variables_;
}

std::vector<std::string> Caller::ids_of(const std::vector<Peer>& peers) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& peer : peers)
        if (const auto& id = peer.id.empty() ? made_[peer.name] : peer.id; !id.empty())
            ids.push_back(id);
    std::sort(ids.begin(), ids.end());
    return ids;
}

} // namespace orch::compose
