#include "lib/archive/libarchive.hpp"

#include "lib/os/library.hpp"

namespace orch::archive {

namespace {

Libarchive load() {
    const os::Library library("libarchive.so.13"); // the same since 2013
    Libarchive archive{};
    library.find(archive.entry_copy_stat, "archive_entry_copy_stat");
    library.find(archive.entry_filetype, "archive_entry_filetype");
    library.find(archive.entry_free, "archive_entry_free");
    library.find(archive.entry_hardlink, "archive_entry_hardlink");
    library.find(archive.entry_new, "archive_entry_new");
    library.find(archive.entry_pathname, "archive_entry_pathname");
    library.find(archive.entry_perm, "archive_entry_perm");
    library.find(archive.entry_set_filetype, "archive_entry_set_filetype");
    library.find(archive.entry_set_gid, "archive_entry_set_gid");
    library.find(archive.entry_set_hardlink, "archive_entry_set_hardlink");
    library.find(archive.entry_set_mtime, "archive_entry_set_mtime");
    library.find(archive.entry_set_nlink, "archive_entry_set_nlink");
    library.find(archive.entry_set_pathname, "archive_entry_set_pathname");
    library.find(archive.entry_set_perm, "archive_entry_set_perm");
    library.find(archive.entry_set_size, "archive_entry_set_size");
    library.find(archive.entry_set_symlink, "archive_entry_set_symlink");
    library.find(archive.entry_set_uid, "archive_entry_set_uid");
    library.find(archive.entry_size, "archive_entry_size");
    library.find(archive.entry_symlink, "archive_entry_symlink");
    library.find(archive.error_string, "archive_error_string");
    library.find(archive.read_data, "archive_read_data");
    library.find(archive.read_data_block, "archive_read_data_block");
    library.find(archive.read_free, "archive_read_free");
    library.find(archive.read_new, "archive_read_new");
    library.find(archive.read_next_header, "archive_read_next_header");
    library.find(archive.read_open, "archive_read_open");
    library.find(archive.read_open_filename, "archive_read_open_filename");
    library.find(archive.read_support_filter_all, "archive_read_support_filter_all");
    library.find(archive.read_support_format_tar, "archive_read_support_format_tar");
    library.find(archive.set_error, "archive_set_error");
    library.find(archive.write_add_filter_gzip, "archive_write_add_filter_gzip");
    library.find(archive.write_close, "archive_write_close");
    library.find(archive.write_data, "archive_write_data");
    library.find(archive.write_data_block, "archive_write_data_block");
    library.find(archive.write_disk_new, "archive_write_disk_new");
    library.find(archive.write_disk_set_options, "archive_write_disk_set_options");
    library.find(archive.write_finish_entry, "archive_write_finish_entry");
    library.find(archive.write_free, "archive_write_free");
    library.find(archive.write_header, "archive_write_header");
    library.find(archive.write_new, "archive_write_new");
    library.find(archive.write_open, "archive_write_open");
    library.find(archive.write_set_bytes_per_block, "archive_write_set_bytes_per_block");
    library.find(archive.write_set_format_iso9660, "archive_write_set_format_iso9660");
    library.find(archive.write_set_format_option, "archive_write_set_format_option");
    library.find(
        archive.write_set_format_pax_restricted, "archive_write_set_format_pax_restricted"
    );
    return archive;
}

} // namespace

const Libarchive& libarchive() {
    static const Libarchive archive = load();
    return archive;
}

} // namespace orch::archive
