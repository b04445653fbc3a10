// A directory of a test's own, removed with all in it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace orch::test {

class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// Writes a file below, with the directories on its way; its full path.
    std::filesystem::path write(const std::string& name, std::string_view content) const;

    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
        return path_ / name;
    }

  private:
    std::filesystem::path path_;
};

} // namespace orch::test
