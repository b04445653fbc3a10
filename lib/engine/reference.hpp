// Image references as people write them.
#pragma once

#include <string>
#include <string_view>

namespace orch::engine {

struct Reference {
    std::string repository; // "redis", "host:5000/a/b"
    std::string tag;        // "latest" if none was given, or a digest "sha256:..."
    bool operator==(const Reference&) const = default;
};

/// "host:5000/a/b:1" is {"host:5000/a/b", "1"}, "a@sha256:x" is {"a", "sha256:x"}.
Reference split_reference(std::string_view reference);

/// For a URL path: slashes stay, as the engine's routes expect them.
std::string escape_reference(std::string_view reference);

} // namespace orch::engine
