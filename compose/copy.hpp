// Copies files between this computer and containers, as tar streams.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orch::compose {

struct CopyPlace {
    std::string service; // empty: this computer
    std::string path;    // "-" here: a tar stream
};

/// "web:/etc/hosts", or a path of this computer: without a colon, or beginning with '/' or '.'.
CopyPlace copy_place(const std::string& word);

struct CopyOptions {
    CopyPlace from;
    CopyPlace to;
    int index = 0;           // number of the container; 0: the first one, or all that are copied to
    bool oneoffs = false;    // containers of `run` are copied to, too
    bool keep_owner = false; // else what arrives belongs to root there, and to the user here
    bool follow_link = false;                            // a link as source is what it points to
    std::function<std::size_t(std::span<char>)> input{}; // for "-": next bytes, 0 at the end
    std::function<void(std::string_view)> output{};      // for "-"
};

/// Like `docker cp`: a directory lands in one that is there, and becomes one that is not; "DIR/."
/// is what is in it. Returns the containers that were copied from or to, by name. Throws
/// Error(not_found) for a service without containers, Error(invalid) for paths that do not fit.
std::vector<std::string>
copy(const Project& project, const Hosts& hosts, const CopyOptions& options, Job& job);

} // namespace orch::compose
