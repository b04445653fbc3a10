#include "lib/archive/tar_write.hpp"

#include "lib/archive/write.hpp"

namespace orch::archive {

std::string tar_of(const std::vector<TarMember>& members) {
    return write_members(members, [](struct archive* archive) {
        libarchive().write_set_format_pax_restricted(archive);
    });
}

} // namespace orch::archive
