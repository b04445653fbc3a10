#include "lib/archive/write.hpp"

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

void add(struct archive* archive, const TarMember& member) {
    const std::unique_ptr<archive_entry, EntryFree> entry(libarchive().entry_new());
    const bool directory = member.path.ends_with('/');
    libarchive().entry_set_pathname(entry.get(), member.path.c_str());
    libarchive().entry_set_filetype(entry.get(), directory ? AE_IFDIR : AE_IFREG);
    libarchive().entry_set_perm(entry.get(), member.mode);
    libarchive().entry_set_uid(entry.get(), member.owner);
    libarchive().entry_set_gid(entry.get(), member.owner);
    libarchive().entry_set_size(entry.get(), static_cast<la_int64_t>(member.content.size()));
    libarchive().entry_set_mtime(entry.get(), 0, 0);
    require_written(archive, libarchive().write_header(archive, entry.get()), member.path);
    require_written(
        archive,
        libarchive().write_data(archive, member.content.data(), member.content.size()),
        member.path
    );
}

} // namespace

void require_written(struct archive* archive, la_ssize_t result, const std::string& path) {
    if (result < ARCHIVE_OK)
        throw Error(Kind::internal, "cannot pack {}: {}", path, libarchive().error_string(archive));
}

std::string write_members(
    const std::vector<TarMember>& members, const std::function<void(struct archive*)>& choose
) {
    std::string text;
    const std::unique_ptr<struct archive, ArchiveFree> archive(libarchive().write_new());
    choose(archive.get());
    libarchive().write_set_bytes_per_block(archive.get(), 0);
    libarchive().write_open(archive.get(), &text, nullptr, &append, nullptr);
    for (const auto& member : members)
        add(archive.get(), member);
    require_written(archive.get(), libarchive().write_close(archive.get()), "the archive");
    return text;
}

} // namespace orch::archive
