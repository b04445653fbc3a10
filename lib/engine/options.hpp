// What calls to an engine may be asked for besides their names.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace orch::engine {

/// Label and other filters of a list call: {"label": {"a=b"}, "status": {"running"}}.
using Filters = std::map<std::string, std::vector<std::string>>;

struct LogOptions {
    bool follow = false;
    bool timestamps = false;
    std::string tail = "all";         // or a number
    std::string since{};              // seconds since 1970, may have a fraction
    std::string until{};              // the same
    std::function<void()> on_pause{}; // after every piece that came in one go
};

struct BuildOptions {
    std::string tag;
    std::string dockerfile{}; // path inside the context; empty: Dockerfile
    bool no_cache = false;
    bool pull = false;
    bool keep = false; // the intermediate containers
    bool force_rm = false;
    std::uint64_t memory = 0; // bytes that a step may use; 0: no limit
    std::string remote{};     // a URL context instead of a tar stream
    std::map<std::string, std::string> args{};
    std::string registries{}; // the X-Registry-Config value or empty
};

} // namespace orch::engine
