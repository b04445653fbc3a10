#include "lib/fs/temp_folder.hpp"

#include "lib/fs/failure.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace orch::fs {

TempFolder::TempFolder(const std::filesystem::path& parent, const std::string& prefix) {
    auto name = (parent / prefix).string() + std::string(6, 'X'); // mkdtemp() replaces these
    if (::mkdtemp(name.data()) == nullptr)
        throw failure("create", name, errno);
    path_ = name;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

} // namespace orch::fs
