#include "compose/classic/nodes.hpp"

#include "compose/classic/hints.hpp"
#include "compose/classic/together.hpp"
#include "compose/swarm/copy_image.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/api_version.hpp"
#include "lib/engine/standalone.hpp"
#include "lib/log/log.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::compose::classic {

namespace {

bool begins_with(const Error& error, std::string_view words) {
    return text::lower(error.message()).starts_with(words);
}

/// What the scheduler says when no node may have the container; releases differ in the case.
bool is_about_placement(const Error& error) {
    return begins_with(error, "unable to find a node") || begins_with(error, "no resources");
}

/// Whether a node lacked the image. The manager then asks for one that has it by an affinity of its
/// own, and no other node may do.
bool lacks_image(const Error& error, const std::string& image) {
    if (is_about_placement(error))
        return error.message().find("[image==" + image + " ") != std::string::npos;
    return error.kind() == Kind::not_found || error.kind() == Kind::remote;
}

bool is_same_image(const std::string& id, const std::string& wanted) {
    const auto digits = [](const std::string& text) { return text.substr(text.find(':') + 1); };
    return digits(id).starts_with(digits(wanted));
}

/// "web: constraint:storage==ssd", for every service of the group that has hints.
std::vector<std::string> hints_of_group(const Project& project, const std::string& service) {
    Observed somewhere;
    somewhere.standalone.emplace();
    const Together together(project, somewhere);
    const auto* group = together.group_of(service);
    const auto names = group == nullptr ? std::set<std::string>{service} : group->services;
    std::vector<std::string> lines;
    for (const auto& name : names)
        if (const auto hints = hints_of(*project.find(name)); !hints.empty())
            lines.push_back(name + ": " + text::join(hints, ", "));
    return lines;
}

} // namespace

Error explained(const Error& error, const Project& project, const CreateContainer& call) {
    if (!is_about_placement(error))
        return error;
    std::vector<std::string> words; // its lines in one, for those who print lines
    for (const auto& line : text::split(error.message(), '\n'))
        if (const auto word = std::string(text::trim(line)); !word.empty())
            words.push_back(word);
    Error told(error.kind(), "{}", text::join(words, " "));
    for (auto& line : hints_of_group(project, call.service))
        told.detail(std::move(line));
    for (const auto& hint : call.hints)
        told.detail("from orch: " + hint);
    const auto* service = project.find(call.service);
    if (begins_with(error, "no resources") && service != nullptr && service->cpu_shares)
        told.hint("on a standalone swarm cpu_shares is a number of CPUs: {}", *service->cpu_shares);
    else if (!call.carried.empty())
        told.hint("its volumes are on that node; orch compose rm {} gives them up", call.service);
    else
        told.hint("what is tied by links, volumes_from or net goes to one node: their hints must "
                  "leave one; orch machine swarm ps shows labels and what is free");
    return told;
}

engine::ClassicInfo Nodes::info(const std::stop_token& stop) {
    const std::lock_guard lock(mutex_);
    if (!info_)
        info_ = engine::Standalone(manager_.with(stop)).info();
    return *info_;
}

std::string Nodes::newest_api() {
    std::string newest(engine::lowest_api);
    for (const auto& node : info({}).nodes)
        if (auto spoken = engine::api_of_engine(node.engine); engine::api_less(newest, spoken))
            newest = std::move(spoken);
    return newest;
}

std::vector<Nodes::Site>
Nodes::sites_of(const std::string& reference, const std::string& id, const std::stop_token& stop) {
    engine::Standalone manager(manager_.with(stop));
    std::vector<Site> sites;
    for (const auto& node : info(stop).nodes) {
        if (!node.healthy())
            continue;
        Site site{.node = node.name};
        for (const auto& image : manager.images(node.name)) {
            if (!is_same_image(image.id, id))
                continue;
            site.has_it = true;
            site.by_name = std::any_of(image.tags.begin(), image.tags.end(), [&](const auto& tag) {
                return tag == reference || tag == reference + ":latest";
            });
        }
        sites.push_back(std::move(site));
    }
    return sites;
}

void Nodes::copy_by_machines(
    const std::string& reference,
    const std::vector<Site>& sites,
    const engine::Image& image,
    const swarm::NodeEngine& engines,
    const std::stop_token& stop
) {
    Job job{stop, progress_};
    std::optional<engine::Engine> source;
    std::vector<swarm::ImageTarget> targets;
    for (const auto& site : sites) {
        auto& engine = engines(site.node);
        if (!site.has_it)
            targets.push_back({site.node, engine});
        else if (!source)
            source = engine;
    }
    swarm::copy_image({*source, reference, image}, targets, {}, job);
}

/// It takes an archive to every node, whatever they have: all of it has to be in there.
void Nodes::copy_by_manager(
    const std::string& reference, const engine::Image& image, const std::stop_token& stop
) {
    Job job{stop, progress_};
    auto whole = image;
    whole.layers.clear();
    const auto manager = manager_.with(stop);
    const auto where = "all nodes, as " + reference;
    swarm::copy_image({manager, image.id, whole}, {{where, manager}}, {}, job);
}

void Nodes::copy(
    const std::string& reference,
    const std::vector<Site>& sites,
    const engine::Image& image,
    const std::stop_token& stop
) {
    if (nodes_of_) {
        try {
            const auto engines = nodes_of_(manager_);
            for (const auto& site : sites)
                engines(site.node);
            copy_by_machines(reference, sites, image, engines, stop);
            return;
        } catch (const Error& error) {
            if (error.kind() != Kind::not_found)
                throw;
            log::debug("compose", "{}; {} goes through the manager", error.message(), reference);
        }
    }
    // The name stands for the old image on other nodes, and the manager would send any of them.
    copy_by_manager(reference, image, stop);
    manager_.with(stop).tag_image(image.id, reference);
}

void Nodes::spread_image(
    const std::string& reference, const std::string& id, const std::stop_token& stop
) {
    const std::lock_guard lock(spreading_);
    const auto sites = sites_of(reference, id, stop);
    const auto has_it = [](const Site& site) { return site.has_it; };
    if (std::none_of(sites.begin(), sites.end(), has_it))
        return;
    auto manager = manager_.with(stop);
    const auto image = manager.inspect_image(id);
    if (!image)
        return; // somebody removed it meanwhile
    const bool nameless = std::any_of(sites.begin(), sites.end(), [](const Site& site) {
        return site.has_it && !site.by_name;
    });
    if (nameless)
        manager.tag_image(image->id, reference); // on every node that has it
    if (!std::all_of(sites.begin(), sites.end(), has_it))
        copy(reference, sites, *image, stop);
}

/// Whether there is an image that only some nodes have; it is brought to the others, once.
bool Nodes::comes_from_node(const std::string& reference, const std::stop_token& stop) {
    const auto image = manager_.with(stop).inspect_image(reference);
    if (!image)
        return false;
    {
        const std::lock_guard lock(spreading_);
        if (!spread_.insert(reference).second)
            return true; // by another thread, or in vain
    }
    spread_image(reference, image->id, stop);
    return true;
}

engine::Created Nodes::create_container(
    const Project& project,
    const CreateContainer& call,
    const nlohmann::json& body,
    const std::stop_token& stop
) {
    auto manager = manager_.with(stop);
    try {
        try {
            return manager.create_container(call.name, body);
        } catch (const Error& error) {
            const auto image = body.at("Image").get<std::string>();
            if (!lacks_image(error, image) || !comes_from_node(image, stop))
                throw;
        }
        return manager.create_container(call.name, body);
    } catch (const Error& error) {
        throw explained(error, project, call);
    }
}

} // namespace orch::compose::classic
