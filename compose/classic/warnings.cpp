#include "compose/classic/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace orch::compose::classic {

namespace {

constexpr std::int64_t shares_of_all = 1024; // what an engine calls one whole share

/// The second number of "0 / 2".
std::int64_t cpus_of(const engine::ClassicNode& node) {
    std::int64_t cpus = 0;
    if (const auto mark = node.cpus.rfind(' '); mark != std::string::npos)
        std::from_chars(node.cpus.data() + mark + 1, node.cpus.data() + node.cpus.size(), cpus);
    return cpus;
}

std::int64_t most_cpus(const engine::ClassicInfo& info) {
    std::int64_t most = 0;
    for (const auto& node : info.nodes)
        most = std::max(most, cpus_of(node));
    return most;
}

bool is_below(const std::string& path, const std::string& dir) {
    return path == dir || path.starts_with(dir + "/");
}

} // namespace

std::vector<std::string> warnings_of(
    const Service& service, const engine::ClassicInfo& info, const std::filesystem::path& dir
) {
    std::vector<std::string> warnings;
    const auto most = most_cpus(info);
    if (service.cpu_shares && most > 0 && *service.cpu_shares > most) {
        const auto meant = (*service.cpu_shares * most + shares_of_all / 2) / shares_of_all;
        warnings.push_back(fmt::format(
            "Service \"{}\": cpu_shares is a number of CPUs on a standalone swarm, and no node has "
            "{}; {} may be meant",
            service.name,
            *service.cpu_shares,
            std::clamp<std::int64_t>(meant, 1, most)
        ));
    }
    if (info.nodes.size() > 1)
        for (const auto& volume : service.volumes)
            if (volume.bind() && is_below(volume.source, dir.string()))
                warnings.push_back(fmt::format(
                    "Service \"{}\" mounts {}: each node of the swarm has a folder of its own "
                    "under "
                    "that name, made empty where there is none",
                    service.name,
                    volume.source
                ));
    return warnings;
}

} // namespace orch::compose::classic
