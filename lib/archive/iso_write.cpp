#include "lib/archive/iso_write.hpp"

#include "lib/archive/write.hpp"

namespace orch::archive {

std::string iso_of(const std::string& volume, const std::vector<TarMember>& members) {
    return write_members(members, [&](struct archive* archive) {
        const auto set = [&](const char* option, const char* value) {
            require_written(
                archive,
                libarchive().write_set_format_option(archive, "iso9660", option, value),
                volume
            );
        };
        libarchive().write_set_format_iso9660(archive);
        set("volume-id", volume.c_str());
        set("pad", nullptr); // no 300 KiB of zeros at the end, which only burnt discs need
    });
}

} // namespace orch::archive
