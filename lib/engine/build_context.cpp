#include "lib/engine/build_context.hpp"

#include "lib/archive/tar_source.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/dockerignore.hpp"
#include "lib/fs/files.hpp"

#include <fmt/format.h>

#include <memory>
#include <random>

namespace orch::engine {

namespace {

namespace stdfs = std::filesystem;

constexpr const char* ignore_name = ".dockerignore";

bool is_outside(const stdfs::path& relative) { return *relative.begin() == ".."; }

void require_file(const stdfs::path& file) {
    std::error_code unreadable; // the reading itself reports it
    if (stdfs::is_directory(file, unreadable))
        throw Error(Kind::invalid, "{} is a folder, no Dockerfile", file.string())
            .hint("name the file in it with the key dockerfile");
    if (!stdfs::exists(file, unreadable) && !unreadable)
        throw Error(Kind::not_found, "there is no {} to build from", file.string())
            .hint("write one, or name another file with the key dockerfile");
}

void require_folder(const stdfs::path& dir) {
    std::error_code unreadable;
    if (!stdfs::exists(dir, unreadable) && !unreadable)
        throw Error(Kind::not_found, "there is no folder {} to build from", dir.string());
    if (!stdfs::is_directory(dir, unreadable) && !unreadable)
        throw Error(Kind::invalid, "{} is no folder to build from", dir.string());
}

/// Random, as docker's own client does it: no file of the folder has it.
std::string name_for_outsider() {
    std::random_device random;
    std::string digits;
    while (digits.size() < 20)
        digits += fmt::format("{:08x}", random());
    return ".dockerfile." + digits.substr(0, 20);
}

/// The Dockerfile from elsewhere, and a .dockerignore that keeps it out of what COPY sees.
std::vector<archive::TarMember>
with_outsider(const stdfs::path& dockerfile, const std::string& name, const std::string& ignore) {
    auto lines = ignore;
    if (!lines.empty() && !lines.ends_with('\n'))
        lines += '\n';
    if (lines.empty())
        lines = std::string(ignore_name) + "\n"; // there is none to be seen
    return {
        {.path = ignore_name, .content = lines + name + "\n"},
        {.path = name, .content = fs::read_file(dockerfile)}};
}

} // namespace

BuildContext build_context(const stdfs::path& dir, const std::string& dockerfile, bool gzip) {
    require_folder(dir);
    const auto file = (dir / (dockerfile.empty() ? "Dockerfile" : dockerfile)).lexically_normal();
    require_file(file);
    const auto ignore_file = dir / ignore_name;
    std::error_code unreadable;
    const auto ignore = stdfs::exists(ignore_file, unreadable) ? fs::read_file(ignore_file) : "";
    const auto relative = file.lexically_relative(dir.lexically_normal());
    archive::TarSource::Options options{.gzip = gzip};
    auto name = relative.string();
    if (is_outside(relative)) {
        name = name_for_outsider();
        options.added = with_outsider(file, name, ignore);
    }
    options.filter = Dockerignore(ignore, ignore_file.string()).filter(name);
    // Shared because std::function wants to be copied; there is one reader.
    const auto source = std::make_shared<archive::TarSource>(dir, std::move(options));
    return {[source](std::span<char> buffer) { return source->read(buffer); }, name};
}

} // namespace orch::engine
