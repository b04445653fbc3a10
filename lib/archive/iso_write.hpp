// A few small files as the image of a CD: what virtual machines read their first settings from.
#pragma once

#include "lib/archive/tar_write.hpp"

#include <string>
#include <vector>

namespace orch::archive {

/// The bytes of an ISO 9660 image with Rock Ridge and Joliet names. `volume` is its label, at most
/// 16 characters, in upper case in the end; members have no directories and belong to root. Throws
/// Error(internal) for what no image can hold.
std::string iso_of(const std::string& volume, const std::vector<TarMember>& members);

} // namespace orch::archive
