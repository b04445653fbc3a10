// One large file out of a compressed tar archive, read as it comes: disk images are published so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace orch::archive {

class PackedFile {
  public:
    /// Opens the first plain file in `archive`, which may be compressed with gzip, xz, bzip2 or
    /// zstd. Throws Error(invalid) if there is none, not_found or denied for the archive.
    explicit PackedFile(const std::filesystem::path& archive);
    ~PackedFile();
    PackedFile(const PackedFile&) = delete;
    PackedFile& operator=(const PackedFile&) = delete;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Bytes of the unpacked file, holes included.
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    /// Fills the buffer with the next bytes, zeros for holes; 0 at the end. Throws Error(invalid)
    /// for an archive that is broken or cut off.
    std::size_t read(std::span<char> buffer);

  private:
    struct Handle;
    std::string source_;
    std::unique_ptr<Handle> handle_;
    std::string name_;
    std::uint64_t size_ = 0;
};

} // namespace orch::archive
