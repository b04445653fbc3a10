// Images as tar archives, to bring them from one engine to another.
#pragma once

#include "lib/engine/engine.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orch::engine {

/// Throws as Engine does.
class ImageArchives {
  public:
    explicit ImageArchives(Engine engine) : engine_(std::move(engine)) {}

    /// An image, with the name that it is asked for by; false ends it.
    void
    save(const std::string& reference, const std::function<bool(std::string_view bytes)>& on_bytes);

    /// `archive` fills a buffer with the next bytes, 0 at the end. What the engine says inside its
    /// answer throws, too.
    void load(const std::function<std::size_t(std::span<char>)>& archive);

    /// Ids of all images that there are.
    std::vector<std::string> ids();

    /// Whether images live in containerd: an archive then has to be whole.
    bool in_containerd();

  private:
    Engine engine_;
};

} // namespace orch::engine
