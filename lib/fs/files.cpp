#include "lib/fs/files.hpp"

#include "lib/base/defer.hpp"
#include "lib/base/error.hpp"
#include "lib/base/fd.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace orch::fs {

namespace {

namespace stdfs = std::filesystem;

Kind kind_of(int code) {
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return Kind::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
        return Kind::denied;
    default:
        return Kind::invalid;
    }
}

Error failure(std::string_view what, const path& file, int code) {
    Error error(kind_of(code), "cannot {} {}: {}", what, file.string(), std::strerror(code));
    if (code == ENOSPC || code == EDQUOT)
        error.hint("make room on the disk, then try again");
    return error;
}

void write_all(int fd, std::string_view content, const path& file) {
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw failure("write", file, errno);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// The file itself when `file` is a symbolic link: a rename would replace the link.
path resolve(const path& file) {
    std::error_code ignored;
    const auto target =
        stdfs::is_symlink(file, ignored) ? stdfs::weakly_canonical(file, ignored) : file;
    return ignored ? file : target;
}

void sync_directory(const path& dir) {
    const Fd fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || (::fsync(fd.get()) != 0 && errno != EINVAL))
        throw failure("sync", dir, errno);
}

} // namespace

std::string read_file(const path& file) {
    const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        throw failure("read", file, errno);
    std::string content;
    char buffer[65536];
    for (;;) {
        const auto count = ::read(fd.get(), buffer, sizeof buffer);
        if (count == 0)
            return content;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw failure("read", file, errno);
        content.append(buffer, static_cast<std::size_t>(count));
    }
}

void write_atomic(const path& file, std::string_view content, unsigned mode) {
    const auto target = resolve(file);
    auto temporary =
        (target.parent_path() / ("." + target.filename().string() + ".tmp-XXXXXX")).string();
    Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd)
        throw failure("write", file, errno);
    bool renamed = false;
    const Defer remove_unless_renamed([&] {
        if (!renamed)
            ::unlink(temporary.c_str());
    });
    write_all(fd.get(), content, file);
    if (::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0)
        throw failure("write", file, errno);
    if (::fsync(fd.get()) != 0)
        throw failure("write", file, errno);
    // Some file systems report a full disk only here.
    if (::close(fd.release()) != 0)
        throw failure("write", file, errno);
    if (::rename(temporary.c_str(), target.c_str()) != 0)
        throw failure("write", file, errno);
    renamed = true;
    sync_directory(target.parent_path().empty() ? path(".") : target.parent_path());
}

void make_private_dir(const path& dir) {
    if (dir.empty() || ::mkdir(dir.c_str(), 0700) == 0)
        return;
    if (errno == ENOENT) {
        make_private_dir(dir.parent_path());
        if (::mkdir(dir.c_str(), 0700) == 0)
            return;
    }
    const int code = errno;
    if (code == EEXIST && stdfs::is_directory(dir))
        return;
    throw failure("make the directory", dir, code == EEXIST ? ENOTDIR : code);
}

void remove_tree(const path& dir) {
    std::error_code error;
    stdfs::remove_all(dir, error);
    if (error)
        throw failure("remove", dir, error.value());
}

} // namespace orch::fs
