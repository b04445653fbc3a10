// A directory of a test's own, removed with all in it.
#pragma once

#include "lib/fs/temp_folder.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace orch::test {

class TempDir {
  public:
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return folder_.path(); }

    /// Writes a file below, with the directories on its way; its full path.
    std::filesystem::path write(const std::string& name, std::string_view content) const;

    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
        return folder_ / name;
    }

  private:
    // Not below TMPDIR: the path of a socket has at most 107 bytes.
    fs::TempFolder folder_{"/tmp", "orch-test-"};
};

} // namespace orch::test
