// The regular files of a tar stream, for tests that look into one.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace orch::test {

/// Content by path, without a leading "./". Reads ustar, GNU long names and pax paths. Throws
/// std::runtime_error for what is no tar archive.
std::map<std::string, std::string> read_tar(std::string_view archive);

} // namespace orch::test
