#include "compose/stats.hpp"

#include "compose/observe.hpp"
#include "compose/selection.hpp"
#include "lib/base/error.hpp"
#include "lib/tasks/group.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace orch::compose {

namespace {

constexpr std::chrono::milliseconds interval{1000};

class Meter {
  public:
    explicit Meter(const std::vector<ObservedContainer>& containers)
        : containers_(containers), left_(containers.size()) {
        for (const auto& container : containers)
            rows_.push_back({.id = container.id, .name = container.name});
    }

    /// Measures one container until it ends, or once. One that has gone away keeps an empty row.
    void
    measure(std::size_t index, engine::Engine engine, bool follow, const std::stop_token& stop) {
        try {
            if (containers_[index].running())
                engine.with(stop).stats(rows_[index].id, follow, [&](const engine::Usage& usage) {
                    const std::lock_guard lock(mutex_);
                    rows_[index].usage = usage;
                    return true;
                });
        } catch (const Error& error) {
            if (error.kind() != Kind::not_found && error.kind() != Kind::conflict)
                throw;
        }
        if (follow)
            forget(index);
        --left_;
    }

    [[nodiscard]] std::vector<StatsRow> rows() {
        const std::lock_guard lock(mutex_);
        return rows_;
    }

    [[nodiscard]] bool idle() const { return left_ == 0; }

  private:
    void forget(std::size_t index) {
        const std::lock_guard lock(mutex_);
        rows_[index].usage.reset();
    }

    const std::vector<ObservedContainer>& containers_;
    std::atomic<std::size_t> left_; // containers that are still measured

    std::mutex mutex_; // guards rows_
    std::vector<StatsRow> rows_;
};

} // namespace

void stats(
    const Project& project,
    const Hosts& hosts,
    const StatsOptions& options,
    const std::function<void(const std::vector<StatsRow>&)>& on_table,
    tasks::Clock& clock,
    Job& job
) {
    auto containers = containers_of(
        project, observe_containers(hosts, project.name), options.services, Oneoffs::with
    );
    std::erase_if(containers, [&](const auto& container) {
        return !options.all && !container.running();
    });
    std::sort(containers.begin(), containers.end(), [](const auto& a, const auto& b) {
        return a.name < b.name;
    });
    Meter meter(containers);
    tasks::Group group(containers.size(), job.stop);
    for (std::size_t i = 0; i < containers.size(); ++i)
        group.spawn([&, i](const std::stop_token& stop) {
            meter.measure(i, hosts.of(containers[i]), options.follow, stop);
        });
    while (options.follow && !meter.idle()) {
        clock.sleep(interval, job.stop);
        on_table(meter.rows());
    }
    group.wait();
    if (!options.follow)
        on_table(meter.rows());
}

} // namespace orch::compose
