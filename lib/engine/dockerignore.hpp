// .dockerignore with the engine's matching rules: the last pattern that matches decides, a pattern
// that matches a directory speaks for all below it.
#pragma once

#include "lib/archive/tar_source.hpp"
#include "lib/engine/path_pattern.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::engine {

class Dockerignore {
  public:
    /// Parses the text of the file: comments, trimming, leading '/', '!' exceptions. Throws
    /// Error(invalid) "SOURCE:LINE: ..." for a bad pattern.
    Dockerignore(std::string_view text, std::string_view source);

    /// Whether the file or directory `relative` is left out of the context.
    [[nodiscard]] bool excludes(const std::string& relative) const;

    /// For TarSource; the Dockerfile and .dockerignore themselves are always sent.
    [[nodiscard]] archive::TarSource::Filter filter(const std::string& dockerfile) const;

  private:
    struct Rule {
        PathPattern pattern;
        bool exception = false;
    };

    std::vector<Rule> rules_;
};

} // namespace orch::engine
