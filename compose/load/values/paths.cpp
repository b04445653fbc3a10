#include "compose/load/values/paths.hpp"

namespace orch::compose::load::values {

std::string normal_path(std::string_view path) {
    auto text = std::filesystem::path(path).lexically_normal().string();
    while (text.size() > 1 && text.ends_with('/'))
        text.pop_back();
    return text;
}

std::string expand_home(std::string_view path, const os::Environment& environment) {
    if (path != "~" && !path.starts_with("~/"))
        return std::string(path);
    return environment.home().string() + std::string(path.substr(1));
}

std::string absolute_path(
    std::string_view path, const std::filesystem::path& base, const os::Environment& environment
) {
    return normal_path((base / expand_home(path, environment)).string());
}

} // namespace orch::compose::load::values
