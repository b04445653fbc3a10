// A directory as a tar stream, made while it is read: nothing is written to disk, memory stays
// flat.
#pragma once

#include "lib/archive/tar_write.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace orch::archive {

class TarSource {
  public:
    /// Whether a path (relative to the directory, '/' separated, no leading "./") is taken, and for
    /// a directory that is not taken whether something below may be.
    struct Verdict {
        bool take = true;
        bool descend = true;
    };

    using Filter = std::function<Verdict(const std::string& relative, bool is_directory)>;

    struct Options {
        Filter filter{};                // none: everything is taken
        std::vector<TarMember> added{}; // come last, in the place of files of the same path
        bool gzip = false;
        std::string as{};        // the directory (a single file, too) is an entry of this name
                                 // itself, and everything lies below it; empty: its contents only
        bool keep_owner = false; // else everything belongs to 0:0
    };

    /// Sorted by path; symbolic links stay links, and so do the further names of a file that has
    /// several; sockets are skipped; mode and mtime kept. The
    /// filter is not asked about the directory itself.
    TarSource(std::filesystem::path dir, Options options);
    ~TarSource();

    /// Fills the buffer with the next bytes; 0 at the end. Throws Error naming a file that cannot
    /// be read or that changed its size meanwhile.
    std::size_t read(std::span<char> buffer);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace orch::archive
