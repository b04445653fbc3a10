#include "tests/support/temp_dir.hpp"

#include <fstream>
#include <stdexcept>

namespace orch::test {

std::filesystem::path TempDir::write(const std::string& name, std::string_view content) const {
    const auto file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << content;
    if (!out.flush())
        throw std::runtime_error("cannot write " + file.string());
    return file;
}

} // namespace orch::test
