#include "compose/run.hpp"

#include "compose/build.hpp"
#include "compose/classic/together.hpp"
#include "compose/converge/notices.hpp"
#include "compose/converge/roster.hpp"
#include "compose/load/values/ports.hpp"
#include "compose/load/values/volumes.hpp"
#include "compose/load/values/words.hpp"
#include "compose/observe.hpp"
#include "compose/pull.hpp"
#include "compose/selection.hpp"
#include "lib/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace orch::compose {

std::string new_slug() {
    std::random_device random;
    std::string slug;
    while (slug.size() < 64)
        slug += fmt::format("{:08x}", random());
    return slug;
}

namespace {

/// Throws Error(usage) for what cannot be read.
template <class Value>
Value require(load::values::Parsed<Value> parsed, const char* option, const std::string& text) {
    if (!parsed.ok())
        throw Error(Kind::usage, "{} {}: {}", option, text, parsed.problem);
    return std::move(parsed.value);
}

void set_command(Service& service, const OneoffChanges& changes) {
    if (changes.entrypoint) {
        auto words = require(
            load::values::split_words(*changes.entrypoint), "--entrypoint", *changes.entrypoint
        );
        if (words.empty())
            words.emplace_back(); // takes the image's away
        service.entrypoint = std::move(words);
        service.command = changes.command;
    } else if (!changes.command.empty()) {
        service.command = changes.command;
    }
}

void set_environment(
    Service& service, const OneoffChanges& changes, const os::Environment& environment
) {
    for (const auto& word : changes.environment) {
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        if (name.empty())
            throw Error(Kind::usage, "-e {}: a variable needs a name", word);
        service.environment[name] = equals == std::string::npos
                                        ? environment.get(name)
                                        : std::optional(word.substr(equals + 1));
    }
}

void set_ports(Service& service, const OneoffChanges& changes) {
    if (changes.service_ports && !changes.publish.empty())
        throw Error(
            Kind::usage, "Service port mapping and manual port mapping can not be used together"
        );
    if (!changes.service_ports)
        service.ports.clear();
    for (const auto& text : changes.publish)
        for (auto& port : require(load::values::parse_ports(text), "-p", text))
            service.ports.push_back(std::move(port));
}

void add_volumes(
    Service& service,
    const OneoffChanges& changes,
    const std::filesystem::path& base,
    const os::Environment& environment
) {
    for (const auto& text : changes.volumes) {
        auto volume = require(load::values::parse_volume(text), "-v", text);
        load::values::resolve_source(volume, !service.volume_driver.empty(), base, environment);
        std::erase_if(service.volumes, [&](const Volume& other) {
            return other.target == volume.target;
        });
        service.volumes.push_back(std::move(volume));
    }
}

void bring_up_dependencies(
    const Project& project,
    const Service& service,
    engine::Engine& engine,
    const RunOptions& options,
    Job& job
) {
    const auto dependencies = service.dependencies();
    if (options.no_deps || dependencies.empty())
        return;
    UpOptions wanted;
    wanted.what.services = dependencies;
    wanted.what.recreate = Recreate::never;
    wanted.what.remove_orphans = options.remove_orphans;
    wanted.what.ignore_orphans = options.ignore_orphans;
    wanted.pull = options.pull == PullPolicy::never ? PullPolicy::never : PullPolicy::missing;
    wanted.how = options.how;
    up(project, engine, wanted, job);
}

void remove_orphans(Plan& plan, const Project& project, const Observed& observed) {
    for (const auto* orphan : orphans_of(project, observed.containers)) {
        plan.begin_task("Removing orphan container", orphan->name);
        plan.add(
            {.act = {RemoveContainer{.id = orphan->id, .force = true}, orphan->name},
             .cause = "its service is not in the file"}
        );
    }
}

} // namespace

Service oneoff_service(
    const Service& service,
    const OneoffChanges& changes,
    const std::filesystem::path& base,
    const os::Environment& environment
) {
    auto wanted = service;
    wanted.restart.reset();
    wanted.tty = changes.tty;
    wanted.stdin_open = changes.input;
    wanted.links.push_back({service.name, service.name});
    set_command(wanted, changes);
    set_environment(wanted, changes, environment);
    set_ports(wanted, changes);
    add_volumes(wanted, changes, base, environment);
    for (const auto& word : changes.labels) {
        const auto equals = std::min(word.find('='), word.size());
        wanted.labels[word.substr(0, equals)] =
            equals == word.size() ? "" : word.substr(equals + 1);
    }
    wanted.cap_add.insert(wanted.cap_add.end(), changes.cap_add.begin(), changes.cap_add.end());
    wanted.cap_drop.insert(wanted.cap_drop.end(), changes.cap_drop.begin(), changes.cap_drop.end());
    if (!changes.user.empty())
        wanted.user = changes.user;
    if (!changes.working_dir.empty())
        wanted.working_dir = changes.working_dir;
    return wanted;
}

Project with_service(Project project, const Service& wanted) {
    for (auto& service : project.services)
        if (service.name == wanted.name)
            service = wanted;
    return project;
}

std::vector<std::size_t> add_image(
    Plan& plan,
    const Project& project,
    const Service& service,
    bool there,
    const RunOptions& options
) {
    const auto reference = project.image_of(service);
    if (service.build && (options.build || !there)) {
        plan.begin_task("Building", service.name);
        return {plan.add({.act = {BuildImage{service.name, reference}, service.name}})};
    }
    if (service.build || (there && options.pull != PullPolicy::always))
        return {};
    if (!there && options.pull == PullPolicy::never)
        throw Error(
            Kind::invalid,
            "Service '{}' needs the image {}, which the engine does not have",
            service.name,
            reference
        );
    plan.begin_task("Pulling", reference);
    return {plan.add({.act = {PullImage{reference}, reference}})};
}

CreateContainer
oneoff_call(const Project& project, const Service& service, const RunOptions& options) {
    CreateContainer call{.service = service.name, .slug = new_slug(), .attached = !options.detach};
    call.name = options.name.empty() ? project.oneoff_name(service, call.slug) : options.name;
    if (options.use_aliases)
        call.aliases = {service.name};
    return call;
}

Oneoff create_by(
    Plan plan,
    CreateContainer call,
    std::vector<std::size_t> before,
    const Project& project,
    engine::Engine& engine,
    const RunOptions& options,
    Job& job
) {
    const auto name = call.name;
    plan.begin_task("Creating", name);
    plan.add({.act = {std::move(call), name}, .after = std::move(before)});
    execute(plan, project, engine, options.how, job);
    const auto created = engine.inspect_container(name);
    if (!created)
        throw Error(Kind::not_found, "the container {} was removed as soon as it was made", name);
    return {.id = created->id, .name = name};
}

Oneoff create_oneoff(
    const Project& project,
    const Service& wanted,
    engine::Engine& engine,
    const RunOptions& options,
    Job& job
) {
    bring_up_dependencies(project, *project.find(wanted.name), engine, options, job);
    const auto changed = with_service(project, wanted);
    const auto& service = *changed.find(wanted.name);
    const auto observed = observe(engine, changed, job.stop);
    Plan plan;
    if (options.remove_orphans)
        remove_orphans(plan, project, observed);
    const bool there = observed.images.contains(changed.image_of(service));
    auto before = add_image(plan, changed, service, there, options);
    auto call = oneoff_call(changed, service, options);
    Roster roster(changed, observed, {});
    roster.set_node(service.name, classic::node_of_links(service, observed));
    roster.resolve(service, call, plan.warnings);
    return create_by(
        std::move(plan), std::move(call), std::move(before), changed, engine, options, job
    );
}

} // namespace orch::compose
