#include "compose/top.hpp"

#include "compose/observe.hpp"
#include "compose/selection.hpp"
#include "lib/tasks/group.hpp"

#include <algorithm>

namespace orch::compose {

namespace {

constexpr std::size_t parallel_calls = 8;

} // namespace

std::vector<TopTable>
top(const Project& project, const Hosts& hosts, const std::vector<std::string>& services, Job& job
) {
    auto containers =
        containers_of(project, observe_containers(hosts, project.name), services, Oneoffs::with);
    std::erase_if(containers, [](const auto& container) { return !container.running(); });
    std::vector<TopTable> tables(containers.size());
    tasks::Group group(parallel_calls, job.stop);
    for (std::size_t i = 0; i < containers.size(); ++i)
        group.spawn([&, i](const std::stop_token& stop) {
            tables[i] = {
                containers[i].name, hosts.of(containers[i]).with(stop).top(containers[i].id)};
        });
    group.wait();
    std::sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) {
        return a.container < b.container;
    });
    return tables;
}

} // namespace orch::compose
