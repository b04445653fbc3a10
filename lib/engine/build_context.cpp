#include "lib/engine/build_context.hpp"

#include "lib/archive/tar_source.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/dockerignore.hpp"
#include "lib/fs/files.hpp"

#include <memory>

namespace orch::engine {

std::function<std::size_t(std::span<char>)>
build_context(const std::filesystem::path& dir, const std::string& dockerfile) {
    const auto name =
        std::filesystem::path(dockerfile.empty() ? "Dockerfile" : dockerfile).lexically_normal();
    if (name.is_absolute() || *name.begin() == "..")
        throw Error(Kind::unsupported, "{} is not inside of {}", name.string(), dir.string())
            .hint("an engine builds only from a Dockerfile in the folder that it gets");
    std::error_code unreadable; // the reading itself reports it
    if (!std::filesystem::exists(dir / name, unreadable) && !unreadable)
        throw Error(Kind::not_found, "there is no {} to build from", (dir / name).string())
            .hint("write one, or name another file with the key dockerfile");
    const auto ignore_file = dir / ".dockerignore";
    const auto ignore = std::filesystem::exists(ignore_file, unreadable)
                            ? fs::read_file(ignore_file)
                            : std::string();
    const auto filter = Dockerignore(ignore, ignore_file.string()).filter(name.string());
    // Shared because std::function wants to be copied; there is one reader.
    const auto source = std::make_shared<archive::TarSource>(dir, filter);
    return [source](std::span<char> buffer) { return source->read(buffer); };
}

} // namespace orch::engine
