// Where machines live on disk: docker-machine's own layout, shared with it.
#pragma once

#include "lib/fs/lock.hpp"
#include "machine/machine.hpp"

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace orch::machine {

/// Nothing is created on disk before something is saved. Any thread; every call reads the disk
/// anew.
class Store {
  public:
    /// `root` is absolute: ~/.docker/machine or MACHINE_STORAGE_PATH.
    explicit Store(std::filesystem::path root);

    [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

    [[nodiscard]] std::filesystem::path certs_dir() const { return root_ / "certs"; }

    [[nodiscard]] std::filesystem::path machine_dir(const std::string& name) const {
        return root_ / "machines" / name;
    }

    /// Names of all machines in natural order: the sub-directories of machines/ without leading
    /// dot.
    [[nodiscard]] std::vector<std::string> names() const;

    /// A machine exists if its directory does, even without a config.json. What is no single name
    /// (a path, a name with a dot in front) does not exist. Throws Error(denied) where this user
    /// may not look.
    [[nodiscard]] bool exists(const std::string& name) const;

    /// Throws Error(not_found) with docker-machine's sentence if there is no such machine.
    void require(const std::string& name) const;

    /// Reads config.json: versions 0 to 3; older ones are migrated in memory. Paths recorded below
    /// another store root (a moved store) are rewritten to this one. Throws Error: not_found
    /// (machine "X" does not exist, with a hint), invalid (file and byte offset; version from the
    /// future).
    [[nodiscard]] Machine load(const std::string& name) const;

    /// Writes config.json atomically, 0600, in docker-machine's format and key order; makes the
    /// directories 0700. Unknown keys of `raw` stay. A file of an older version becomes
    /// config.json.bak.
    void save(const Machine& machine) const;

    /// Removes the machine's directory and all in it; killed half way, it leaves no half machine in
    /// the list. Throws Error(not_found).
    void remove(const std::string& name) const;

    /// Renames the machine's directory, at once or not at all. What it holds stays as it is: load()
    /// finds it where it now lies. Throws Error: not_found, conflict if there is a `to`.
    void rename(const std::string& from, const std::string& to) const;

    /// Keeps other orch processes away from this machine, or from the whole store's certificates
    /// with lock_certs. Throws Error(conflict) after `patience`.
    [[nodiscard]] fs::Lock lock(
        const std::string& name, std::chrono::milliseconds patience, const std::stop_token& stop
    ) const;

    /// Whether another process works on the machine. For those who only look: never waits.
    [[nodiscard]] bool is_locked(const std::string& name) const;

    [[nodiscard]] fs::Lock lock_certs(const std::stop_token& stop) const;

    /// Who holds it decides for all clusters of this store: founding one, or changing its managers.
    [[nodiscard]] fs::Lock lock_swarms(const std::stop_token& stop) const;
    [[nodiscard]] fs::Lock lock_imports(const std::stop_token& stop) const;

    /// Option values of a new machine with the paths of this store.
    [[nodiscard]] AuthOptions default_auth(const std::string& name) const;

    /// A directory of this file system, complete, becomes the machine `name`. Throws
    /// Error(conflict) if there is one.
    void place(const std::filesystem::path& dir, const std::string& name) const;

  private:
    std::filesystem::path root_;
};

} // namespace orch::machine
