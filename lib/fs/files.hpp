// Files and directories, written so that a crash or a full disk never leaves half a file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace orch::fs {

using std::filesystem::path;

/// The whole content. Throws Error(not_found) if there is no such file, Error(denied) or
/// Error(internal) otherwise, always naming the path and the system's reason.
std::string read_file(const path& file);

/// Replaces or creates `file` in one step: a temporary file beside it is written, synced, given the
/// permission bits `mode` and renamed over it; the directory is synced. Symbolic links stay, the
/// file they lead to is replaced; under root its owner stays, too. On failure the old content is
/// untouched and the temporary file is gone. Throws Error naming the path and the reason.
void write_atomic(const path& file, std::string_view content, unsigned mode);

/// Makes `dir` and missing parents with permissions 0700; an existing directory is left as it is.
void make_private_dir(const path& dir);

/// Removes `dir` and all below it; nothing there is fine. Symbolic links are removed, not followed.
void remove_tree(const path& dir);

} // namespace orch::fs
