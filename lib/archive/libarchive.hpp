// libarchive's functions, loaded when the first archive is written or read: with all that the
// library needs it would cost every start of the program 2 MiB. For this room only.
#pragma once

#include <archive.h>
#include <archive_entry.h>

namespace orch::archive {

struct Libarchive {
    decltype(&::archive_entry_copy_stat) entry_copy_stat;
    decltype(&::archive_entry_filetype) entry_filetype;
    decltype(&::archive_entry_free) entry_free;
    decltype(&::archive_entry_hardlink) entry_hardlink;
    decltype(&::archive_entry_new) entry_new;
    decltype(&::archive_entry_pathname) entry_pathname;
    decltype(&::archive_entry_perm) entry_perm;
    decltype(&::archive_entry_set_filetype) entry_set_filetype;
    decltype(&::archive_entry_set_gid) entry_set_gid;
    decltype(&::archive_entry_set_hardlink) entry_set_hardlink;
    decltype(&::archive_entry_set_mtime) entry_set_mtime;
    decltype(&::archive_entry_set_nlink) entry_set_nlink;
    decltype(&::archive_entry_set_pathname) entry_set_pathname;
    decltype(&::archive_entry_set_perm) entry_set_perm;
    decltype(&::archive_entry_set_size) entry_set_size;
    decltype(&::archive_entry_set_symlink) entry_set_symlink;
    decltype(&::archive_entry_set_uid) entry_set_uid;
    decltype(&::archive_entry_size) entry_size;
    decltype(&::archive_entry_symlink) entry_symlink;
    decltype(&::archive_error_string) error_string;
    decltype(&::archive_read_data) read_data;
    decltype(&::archive_read_data_block) read_data_block;
    decltype(&::archive_read_free) read_free;
    decltype(&::archive_read_new) read_new;
    decltype(&::archive_read_next_header) read_next_header;
    decltype(&::archive_read_open) read_open;
    decltype(&::archive_read_open_filename) read_open_filename;
    decltype(&::archive_read_support_filter_all) read_support_filter_all;
    decltype(&::archive_read_support_format_tar) read_support_format_tar;
    decltype(&::archive_set_error) set_error;
    decltype(&::archive_write_add_filter_gzip) write_add_filter_gzip;
    decltype(&::archive_write_close) write_close;
    decltype(&::archive_write_data) write_data;
    decltype(&::archive_write_data_block) write_data_block;
    decltype(&::archive_write_disk_new) write_disk_new;
    decltype(&::archive_write_disk_set_options) write_disk_set_options;
    decltype(&::archive_write_finish_entry) write_finish_entry;
    decltype(&::archive_write_free) write_free;
    decltype(&::archive_write_header) write_header;
    decltype(&::archive_write_new) write_new;
    decltype(&::archive_write_open) write_open;
    decltype(&::archive_write_set_bytes_per_block) write_set_bytes_per_block;
    decltype(&::archive_write_set_format_iso9660) write_set_format_iso9660;
    decltype(&::archive_write_set_format_option) write_set_format_option;
    decltype(&::archive_write_set_format_pax_restricted) write_set_format_pax_restricted;
};

/// Loaded by the first call, whatever thread makes it. Throws Error(unsupported) if the library is
/// not there.
const Libarchive& libarchive();

} // namespace orch::archive
