#include "lib/archive/tar_text.hpp"

#include "lib/base/error.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace orch::archive {

namespace {

struct ArchiveFree {
    void operator()(struct archive* archive) const { archive_write_free(archive); }
};

struct EntryFree {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

la_ssize_t append(struct archive*, void* text, const void* data, std::size_t size) {
    static_cast<std::string*>(text)->append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
}

void require(struct archive* tar, la_ssize_t result, const std::string& path) {
    if (result < ARCHIVE_OK)
        throw Error(Kind::internal, "cannot pack {}: {}", path, archive_error_string(tar));
}

void add(struct archive* tar, const TarMember& member) {
    const std::unique_ptr<archive_entry, EntryFree> entry(archive_entry_new());
    const bool directory = member.path.ends_with('/');
    archive_entry_set_pathname(entry.get(), member.path.c_str());
    archive_entry_set_filetype(entry.get(), directory ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry.get(), member.mode);
    archive_entry_set_uid(entry.get(), member.owner);
    archive_entry_set_gid(entry.get(), member.owner);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.content.size()));
    require(tar, archive_write_header(tar, entry.get()), member.path);
    require(
        tar, archive_write_data(tar, member.content.data(), member.content.size()), member.path
    );
}

} // namespace

std::string tar_of(const std::vector<TarMember>& members) {
    std::string text;
    const std::unique_ptr<struct archive, ArchiveFree> tar(archive_write_new());
    archive_write_set_format_pax_restricted(tar.get());
    archive_write_set_bytes_per_block(tar.get(), 0);
    archive_write_open(tar.get(), &text, nullptr, &append, nullptr);
    for (const auto& member : members)
        add(tar.get(), member);
    require(tar.get(), archive_write_close(tar.get()), "the archive");
    return text;
}

} // namespace orch::archive
