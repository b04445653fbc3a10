#include "compose/swarm/folders.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "lib/tasks/group.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <mutex>

namespace orch::compose::swarm {

namespace {

constexpr std::size_t parallel_calls = 8;

/// Engines look at mounts before they look for the image: with one that nobody has, asking makes
/// nothing.
constexpr auto no_image = "orch-no-such-image:probe";

bool has_something(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return false;
    return !std::filesystem::is_directory(path, ignored) ||
           !std::filesystem::is_empty(path, ignored);
}

std::set<std::string> paths_of(const Project& project) {
    std::set<std::string> paths;
    for (const auto& service : project.services)
        for (const auto& volume : service.volumes)
            if (volume.bind())
                paths.insert(volume.source);
    return paths;
}

/// Calls `visit` for each service whose volumes this one has: itself, and those it takes over.
void each_owner(
    const Project& project,
    const Service& service,
    std::set<std::string>& seen,
    const std::function<void(const Service&)>& visit
) {
    if (!seen.insert(service.name).second)
        return;
    visit(service);
    for (const auto& from : service.volumes_from)
        if (const auto* source = from.is_service ? project.find(from.source) : nullptr)
            each_owner(project, *source, seen, visit);
}

class Settler {
  public:
    Settler(Arrangement& arrangement, const Observed& observed, bool warn_only)
        : arrangement_(arrangement), observed_(observed), warn_only_(warn_only) {}

    void run() {
        for (const auto& service : arrangement_.project.services)
            if (const auto* place = arrangement_.selected.contains(service.name)
                                        ? arrangement_.place(service.name)
                                        : nullptr) {
                std::set<std::string> seen;
                each_owner(arrangement_.project, service, seen, [&](const Service& owner) {
                    for (const auto& volume : owner.volumes)
                        if (volume.bind())
                            settle(service.name, *place, owner, volume);
                });
            }
        leave_out();
        if (problems_.empty())
            return;
        Error error(orch::Kind::unsupported, "nodes lack folders that services mount");
        for (const auto& problem : problems_)
            error.detail(problem);
        throw std::move(error.hint(
            "copy a folder to each node that may run the service (orch machine scp -r), keep the "
            "service where it is (constraint:node==NAME), or begin with an empty one: "
            "--compatibility=warn"
        ));
    }

  private:
    void settle(
        const std::string& service,
        const placement::Place& place,
        const Service& owner,
        const Volume& volume
    ) {
        std::vector<std::string> without;
        for (const auto& node : place.nodes) {
            const auto missing = observed_.folders.missing.find(node);
            if (missing != observed_.folders.missing.end() &&
                missing->second.contains(volume.source))
                without.push_back(node);
        }
        if (without.empty())
            return;
        if (in_build_context(owner, volume)) {
            left_out_.insert({owner.name, volume.target});
            warn(fmt::format(
                "{}: volumes: {} is not on {}; {} has what its image was built with",
                owner.name,
                volume.source,
                text::join(without, ", "),
                volume.target
            ));
            return;
        }
        const auto line = fmt::format(
            "{}: volumes: {} is not on {}", owner.name, volume.source, text::join(without, ", ")
        );
        const bool content = observed_.folders.here.contains(volume.source);
        if (content && !warn_only_) {
            add(problems_, line + ", but here it is not empty");
            return;
        }
        if (content)
            warn(line + "; it is made empty there");
        for (const auto& node : without)
            make(node, volume.source, service);
    }

    static void add(std::vector<std::string>& lines, const std::string& line) {
        if (std::find(lines.begin(), lines.end(), line) == lines.end())
            lines.push_back(line);
    }

    void warn(const std::string& line) { add(arrangement_.warnings, line); }

    void make(const std::string& node, const std::string& path, const std::string& service) {
        auto& folders = arrangement_.folders;
        const bool known = std::any_of(folders.begin(), folders.end(), [&](const auto& folder) {
            return folder.node == node && folder.path == path;
        });
        if (!known)
            folders.push_back({node, path, service});
    }

    void leave_out() {
        for (auto& service : arrangement_.project.services)
            std::erase_if(service.volumes, [&](const Volume& volume) {
                return volume.bind() && left_out_.contains({service.name, volume.target});
            });
    }

    Arrangement& arrangement_;
    const Observed& observed_;
    bool warn_only_;
    std::set<std::pair<std::string, std::string>> left_out_; // service and path in it
    std::vector<std::string> problems_;
};

} // namespace

bool in_build_context(const Service& service, const Volume& volume) {
    if (!service.build || service.build->remote() || !volume.bind())
        return false;
    const auto context = std::filesystem::path(service.build->context).lexically_normal();
    const auto below =
        std::filesystem::path(volume.source).lexically_normal().lexically_relative(context);
    return !below.empty() && *below.begin() != "..";
}

bool lacks(engine::Engine engine, const std::string& path) {
    try {
        engine.create_container(
            {},
            {{"Image", no_image},
             {"HostConfig",
              {{"Mounts", {{{"Type", "bind"}, {"Source", path}, {"Target", "/probe"}}}}}}}
        );
    } catch (const Error& error) {
        if (error.kind() != orch::Kind::invalid && error.kind() != orch::Kind::not_found)
            throw;
        return error.message().find("bind source path does not exist") != std::string::npos;
    }
    return false;
}

Folders look_for_folders(
    const Project& project,
    const placement::Cluster& cluster,
    const NodeEngine& node_engine,
    const std::stop_token& stop
) {
    Folders folders;
    const auto paths = paths_of(project);
    if (paths.empty() || !node_engine)
        return folders;
    std::copy_if(
        paths.begin(), paths.end(), std::inserter(folders.here, folders.here.end()), has_something
    );
    std::mutex mutex; // guards folders.missing while tasks run
    tasks::Group group(parallel_calls, stop);
    for (const auto& node : cluster)
        group.spawn([&](const std::stop_token& stopped) {
            try {
                auto engine = node_engine(node.id).with(stopped);
                for (const auto& path : paths)
                    if (lacks(engine, path)) {
                        const std::lock_guard lock(mutex);
                        folders.missing[node.name].insert(path);
                    }
            } catch (const Error& error) {
                if (error.kind() == orch::Kind::cancelled)
                    throw;
                log::debug("compose", "{}: {}", node.name, error.message());
            }
        });
    group.wait();
    return folders;
}

void settle_folders(Arrangement& arrangement, const Observed& observed, bool warn_only) {
    Settler(arrangement, observed, warn_only).run();
}

void make_folders(
    engine::Engine engine, const std::string& image, const std::vector<std::string>& paths
) {
    nlohmann::json binds = nlohmann::json::array();
    for (const auto& path : paths)
        binds.push_back(fmt::format("{}:/folder{}", path, binds.size()));
    const auto made = engine.create_container(
        {},
        {{"Image", image},
         {"Entrypoint", {"/orch-makes-folders"}}, // which no image has
         {"HostConfig", {{"Binds", binds}, {"NetworkMode", "none"}}}}
    );
    std::string said;
    try {
        engine.start_container(made.id);
    } catch (const Error& error) {
        if (error.kind() == orch::Kind::cancelled)
            throw;
        said = error.message();
    }
    engine.remove_container(made.id, true, true);
    for (const auto& path : paths)
        if (lacks(engine, path))
            throw Error(orch::Kind::remote, "cannot make {}: {}", path, said);
}

} // namespace orch::compose::swarm
