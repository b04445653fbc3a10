// Compose files that say something wrong; the details are what, each with its place.
#pragma once

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <string>
#include <utility>
#include <vector>

namespace orch::compose::load {

/// Kind invalid.
class InvalidFiles : public Error {
  public:
    explicit InvalidFiles(std::vector<std::string> files)
        : Error(
              Kind::invalid,
              "the compose {} {} not valid",
              (files.size() == 1 ? "file " : "files ") + text::join(files, ", "),
              files.size() == 1 ? "is" : "are"
          ),
          files_(std::move(files)) {}

    /// As they were named, in order; "standard input".
    [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }

  private:
    std::vector<std::string> files_;
};

} // namespace orch::compose::load
