// What the engine tells about the inside of a container: its processes, what they use, its files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orch::engine {

/// GET /containers/ID/top: a table as `ps` on the engine's host prints it.
struct Processes {
    std::vector<std::string> titles;
    std::vector<std::vector<std::string>> rows;
};

/// One sample of GET /containers/ID/stats.
struct Usage {
    double cpu_percent = 0;           // of one processor since the sample before; may exceed 100
    std::uint64_t memory = 0;         // bytes, without what the kernel only keeps for later
    std::uint64_t memory_limit = 0;   // bytes; 0: unknown
    std::uint64_t received = 0;       // bytes, over all networks
    std::uint64_t sent = 0;           // the same
    std::uint64_t blocks_read = 0;    // bytes
    std::uint64_t blocks_written = 0; // bytes
    std::uint64_t processes = 0;      // threads count, too

    [[nodiscard]] double memory_percent() const {
        return memory_limit == 0
                   ? 0
                   : 100 * static_cast<double>(memory) / static_cast<double>(memory_limit);
    }
};

/// HEAD /containers/ID/archive: one path, links not followed.
struct PathStat {
    std::string name; // last component
    std::uint64_t size = 0;
    bool directory = false;
    bool link = false;
    std::string link_target; // absolute, inside the container
};

} // namespace orch::engine
