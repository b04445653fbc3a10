#include "lib/fs/failure.hpp"

#include <cerrno>
#include <cstring>

namespace orch::fs {

namespace {

Kind kind_of(int code) {
    switch (code) {
    case ENOENT:
        return Kind::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
        return Kind::denied;
    case EISDIR:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EINVAL:
        return Kind::invalid;
    default:
        return Kind::internal;
    }
}

} // namespace

Error failure(std::string_view deed, const std::filesystem::path& file, int code) {
    if (code == ENOSPC || code == EDQUOT) {
        Error full(Kind::internal, "cannot {} {}: the disk is full", deed, file.string());
        return full.hint("free some space on the file system of {}", file.parent_path().string());
    }
    return {kind_of(code), "cannot {} {}: {}", deed, file.string(), std::strerror(code)};
}

} // namespace orch::fs
