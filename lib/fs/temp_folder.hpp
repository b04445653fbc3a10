// A folder of our own that removes itself.
#pragma once

#include <filesystem>
#include <string>

namespace orch::fs {

class TempFolder {
  public:
    /// Makes `parent`/`prefix` and six letters more, for this user only. Throws Error as failure().
    TempFolder(const std::filesystem::path& parent, const std::string& prefix);
    ~TempFolder(); // with all in it
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
        return path_ / name;
    }

  private:
    std::filesystem::path path_;
};

} // namespace orch::fs
