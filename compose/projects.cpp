#include "compose/projects.hpp"

#include "compose/model/project.hpp"
#include "compose/swarm/convergence.hpp"
#include "compose/swarm/ps.hpp"
#include "compose/swarm/task_containers.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/services.hpp"
#include "lib/log/log.hpp"
#include "lib/tasks/group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace orch::compose {

namespace {

struct Tally {
    std::map<std::string, int> states;
    std::vector<std::string> files; // each once, in order of appearance

    void add_files(const std::string& listed) {
        for (const auto& file : text::split(listed, ','))
            if (!file.empty() && std::find(files.begin(), files.end(), file) == files.end())
                files.push_back(file);
    }

    [[nodiscard]] std::string status() const {
        std::vector<std::string> parts;
        for (const auto& [state, count] : states)
            parts.push_back(fmt::format("{}({})", state, count));
        return text::join(parts, ", ");
    }
};

class Tallies {
  public:
    explicit Tallies(const ProjectsOptions& options) : options_(options) {}

    /// Any thread.
    void add(engine::Engine& engine) {
        const auto containers =
            engine.list_containers({{"label", {labels::project}}}, options_.all);
        const std::lock_guard lock(mutex_);
        for (const auto& container : containers)
            if (!swarm_ || !swarm::name_of_task(container.labels))
                count(container.labels, container.state);
    }

    /// Tasks as the manager knows them, then the containers of its nodes.
    void add_swarm(const Hosts& hosts) {
        swarm_ = true;
        for (const auto& service :
             engine::Services(hosts.front()).list({{"label", {labels::project}}})) {
            const auto tasks = hosts.front().list_tasks({{"service", {service.id}}});
            for (const auto* task : swarm::current_tasks(tasks)) {
                const auto state = swarm::container_state(*task);
                if (options_.all || state == "running")
                    count(service.labels, state);
            }
            if (options_.all && service.replicas == 0)
                count(service.labels, "exited");
        }
        tasks::Group group(parallel_nodes, {});
        for (const auto& node : hosts.front().list_nodes())
            if (node.ready())
                group.spawn([this, &hosts, id = node.id](const std::stop_token& stop) {
                    try {
                        auto engine = hosts.nodes()(id).with(stop);
                        add(engine);
                    } catch (const Error& error) {
                        if (error.kind() == Kind::cancelled)
                            throw;
                        log::debug("compose", "{}", error.message());
                    }
                });
        group.wait();
    }

    [[nodiscard]] std::vector<ProjectRow> rows() const {
        std::vector<ProjectRow> rows;
        for (const auto& [name, tally] : tallies_)
            rows.push_back({name, tally.status(), text::join(tally.files, ",")});
        return rows;
    }

  private:
    void count(const engine::Labels& labels, const std::string& state) {
        const auto name = labels.find(labels::project);
        if (name == labels.end() || name->second.find(options_.name) == std::string::npos)
            return;
        auto& tally = tallies_[name->second];
        ++tally.states[state];
        if (const auto files = labels.find(labels::config_files); files != labels.end())
            tally.add_files(files->second);
    }

    static constexpr std::size_t parallel_nodes = 32;

    const ProjectsOptions& options_;
    bool swarm_ = false;
    std::mutex mutex_; // guards tallies_ while nodes are asked
    std::map<std::string, Tally> tallies_;
};

} // namespace

std::vector<ProjectRow> projects(const Hosts& hosts, const ProjectsOptions& options) {
    Tallies tallies(options);
    if (hosts.swarm())
        tallies.add_swarm(hosts);
    else
        tallies.add(hosts.front());
    return tallies.rows();
}

} // namespace orch::compose
