// Small tar files whose content is in memory: written the same every time, read with suspicion.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct archive;

namespace orch::archive {

/// Writes plain files in the ustar format (pax only for what that cannot hold). Owner 0:0, time 0.
class TarWriter {
  public:
    TarWriter();
    ~TarWriter();
    TarWriter(const TarWriter&) = delete;
    TarWriter& operator=(const TarWriter&) = delete;

    void add(const std::string& name, std::string_view content, unsigned mode);

    /// The whole archive; nothing can be added afterwards.
    std::string finish();

  private:
    struct Freer {
        void operator()(struct ::archive* archive) const;
    };

    std::string bytes_;
    std::unique_ptr<struct ::archive, Freer> archive_; // writes to bytes_ until it is freed
};

struct TarFile {
    std::string name; // relative, '/' between its parts, none of them empty, "." or ".."
    std::string content;
    unsigned mode = 0;
};

struct TarLimits {
    std::size_t files = 10'000;
    std::uint64_t file_size = 1 << 20;
    std::uint64_t total_size = 256 << 20;
};

/// Reads an archive to its end mark and hands over its plain files; directories are passed over.
/// `read` fills a buffer with the next bytes, 0 at the end. Throws Error(invalid), naming `source`
/// and the entry, for absolute names and such that lead out, links, devices, entries beyond the
/// limits, names that come twice, an archive that is cut off or none at all.
void read_tar(
    const std::function<std::size_t(std::span<char>)>& read,
    const std::string& source,
    const TarLimits& limits,
    const std::function<void(TarFile)>& visit
);

} // namespace orch::archive
