#include "lib/archive/tar_write.hpp"

#include "lib/archive/libarchive.hpp"
#include "lib/base/error.hpp"

#include <memory>

namespace orch::archive {

namespace {

struct ArchiveFree {
    void operator()(struct archive* archive) const { libarchive().write_free(archive); }
};

struct EntryFree {
    void operator()(archive_entry* entry) const { libarchive().entry_free(entry); }
};

la_ssize_t append(struct archive*, void* text, const void* data, std::size_t size) {
    static_cast<std::string*>(text)->append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
}

void require(struct archive* tar, la_ssize_t result, const std::string& path) {
    if (result < ARCHIVE_OK)
        throw Error(Kind::internal, "cannot pack {}: {}", path, libarchive().error_string(tar));
}

void add(struct archive* tar, const TarMember& member) {
    const std::unique_ptr<archive_entry, EntryFree> entry(libarchive().entry_new());
    const bool directory = member.path.ends_with('/');
    libarchive().entry_set_pathname(entry.get(), member.path.c_str());
    libarchive().entry_set_filetype(entry.get(), directory ? AE_IFDIR : AE_IFREG);
    libarchive().entry_set_perm(entry.get(), member.mode);
    libarchive().entry_set_uid(entry.get(), member.owner);
    libarchive().entry_set_gid(entry.get(), member.owner);
    libarchive().entry_set_size(entry.get(), static_cast<la_int64_t>(member.content.size()));
    libarchive().entry_set_mtime(entry.get(), 0, 0);
    require(tar, libarchive().write_header(tar, entry.get()), member.path);
    require(
        tar, libarchive().write_data(tar, member.content.data(), member.content.size()), member.path
    );
}

} // namespace

std::string tar_of(const std::vector<TarMember>& members) {
    std::string text;
    const std::unique_ptr<struct archive, ArchiveFree> tar(libarchive().write_new());
    libarchive().write_set_format_pax_restricted(tar.get());
    libarchive().write_set_bytes_per_block(tar.get(), 0);
    libarchive().write_open(tar.get(), &text, nullptr, &append, nullptr);
    for (const auto& member : members)
        add(tar.get(), member);
    require(tar.get(), libarchive().write_close(tar.get()), "the archive");
    return text;
}

} // namespace orch::archive
