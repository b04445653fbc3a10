#include "lib/archive/packed_file.hpp"

#include "lib/archive/libarchive.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/failure.hpp"

#include <cerrno>
#include <unistd.h>

namespace orch::archive {

struct PackedFile::Handle {
    struct ::archive* archive = libarchive().read_new();
    Handle() = default;

    ~Handle() { libarchive().read_free(archive); }

    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    /// Throws unless libarchive's answer is good.
    void check(la_ssize_t result, const std::string& source) const {
        if (result >= ARCHIVE_WARN)
            return;
        const char* reason = libarchive().error_string(archive);
        throw Error(
            Kind::invalid,
            "cannot unpack {}: {}",
            source,
            reason == nullptr ? "it is broken" : reason
        );
    }
};

PackedFile::PackedFile(const std::filesystem::path& archive)
    : source_(archive.string()), handle_(std::make_unique<Handle>()) {
    constexpr std::size_t block = 1 << 20;
    if (::access(archive.c_str(), R_OK) != 0)
        throw fs::failure("read", archive, errno);
    auto* const handle = handle_->archive;
    libarchive().read_support_filter_all(handle);
    libarchive().read_support_format_tar(handle);
    handle_->check(libarchive().read_open_filename(handle, archive.c_str(), block), source_);
    archive_entry* entry = nullptr;
    for (;;) {
        const int result = libarchive().read_next_header(handle, &entry);
        if (result == ARCHIVE_EOF)
            throw Error(Kind::invalid, "there is no file in {}", source_);
        handle_->check(result, source_);
        if (libarchive().entry_filetype(entry) == AE_IFREG &&
            libarchive().entry_hardlink(entry) == nullptr)
            break;
    }
    const char* name = libarchive().entry_pathname(entry);
    name_ = name == nullptr ? "" : name;
    size_ = static_cast<std::uint64_t>(libarchive().entry_size(entry));
}

PackedFile::~PackedFile() = default;

std::size_t PackedFile::read(std::span<char> buffer) {
    const auto size = libarchive().read_data(handle_->archive, buffer.data(), buffer.size());
    handle_->check(size, source_);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
}

} // namespace orch::archive
