#include "lib/engine/build_context.hpp"

#include "lib/archive/tar_source.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/dockerignore.hpp"
#include "lib/fs/files.hpp"

#include <memory>

namespace orch::engine {

std::function<std::size_t(std::span<char>)>
build_context(const std::filesystem::path& dir, const std::string& dockerfile) {
    const auto recipe = dir / (dockerfile.empty() ? "Dockerfile" : dockerfile);
    if (!std::filesystem::exists(recipe))
        throw Error(Kind::not_found, "there is no {} to build from", recipe.string())
            .hint("write one, or name another file with the key dockerfile");
    const auto ignore_file = dir / ".dockerignore";
    const auto ignore =
        std::filesystem::exists(ignore_file) ? fs::read_file(ignore_file) : std::string();
    const auto filter = Dockerignore(ignore, ignore_file.string()).filter(dockerfile);
    // Shared because std::function wants to be copied; there is one reader.
    const auto source = std::make_shared<archive::TarSource>(dir, filter);
    return [source](std::span<char> buffer) { return source->read(buffer); };
}

} // namespace orch::engine
