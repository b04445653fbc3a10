#include "machine/store.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/failure.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"
#include "lib/log/log.hpp"
#include "machine/config_file.hpp"
#include "machine/migrate.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>

namespace orch::machine {

namespace {

using FileStatus = struct stat; // the function of that name hides the type

namespace stdfs = std::filesystem;

constexpr std::string_view removed_prefix = ".removed-";

/// Whether `name` can be a directory of machines/ that is listed: a single step down, no dot in
/// front. Names from the command line come here unchecked.
bool can_be_listed(const std::string& name) {
    return !name.empty() && name[0] != '.' && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos;
}

Error does_not_exist(const std::string& name) {
    // A long sentence, but word for word what scripts look for.
    return Error(
        Kind::not_found,
        "Docker machine \"{}\" does not exist. Use \"orch machine ls\" to list machines. Use "
        "\"orch machine create\" to add a new one.",
        name
    );
}

/// Calls `visit` with every directory entry; a directory that is not there has none.
template <class Visit>
void each_entry(const stdfs::path& dir, Visit&& visit) {
    std::error_code error;
    stdfs::directory_iterator entry(dir, error);
    for (; !error && entry != stdfs::directory_iterator(); entry.increment(error))
        visit(*entry);
    if (error && error != std::errc::no_such_file_or_directory)
        throw fs::failure("list", dir, error.value());
}

/// Directories that a killed or failed remove() left behind. Nobody asked for them now, so a
/// failure is only logged.
void sweep(const stdfs::path& machines) {
    std::vector<stdfs::path> leftovers;
    each_entry(machines, [&](const stdfs::directory_entry& entry) {
        if (entry.path().filename().string().starts_with(removed_prefix))
            leftovers.push_back(entry.path());
    });
    for (const auto& leftover : leftovers) {
        try {
            fs::remove_tree(leftover);
        } catch (const Error& error) {
            log::debug("store", "{}", error.message());
        }
    }
}

/// A pipe would never end, a device neither; the size guards against a mistake.
std::string read_config(const stdfs::path& file) {
    constexpr std::uintmax_t most = 16 << 20;
    std::error_code unknown; // is told by reading it
    const auto status = stdfs::status(file, unknown);
    if (stdfs::exists(status) && !stdfs::is_regular_file(status))
        throw Error(Kind::invalid, "{} is no file", file.string());
    if (const auto size = stdfs::file_size(file, unknown); !unknown && size > most)
        throw Error(Kind::invalid, "{} is too large for a config.json", file.string());
    return fs::read_file(file);
}

/// docker-machine keeps the file as it was before a migration beside the new one.
void keep_old_version(const stdfs::path& file) {
    try {
        const auto text = fs::read_file(file);
        if (config_version(json::parse_ordered(text, file.string())) < newest_config_version)
            fs::write_atomic(file.string() + ".bak", text, 0600);
    } catch (const Error& error) {
        if (error.kind() != Kind::not_found && error.kind() != Kind::invalid)
            throw;
    }
}

} // namespace

Store::Store(stdfs::path root) : root_(std::move(root)) {}

std::vector<std::string> Store::names() const {
    std::vector<std::string> names;
    each_entry(root_ / "machines", [&](const stdfs::directory_entry& entry) {
        std::error_code gone; // removed since it was listed
        auto name = entry.path().filename().string();
        if (entry.symlink_status(gone).type() == stdfs::file_type::directory && can_be_listed(name))
            names.push_back(std::move(name));
    });
    std::sort(names.begin(), names.end(), text::natural_less);
    return names;
}

bool Store::exists(const std::string& name) const {
    if (!can_be_listed(name))
        return false;
    std::error_code error;
    const bool found = stdfs::is_directory(machine_dir(name), error);
    if (error == std::errc::permission_denied) // "no" might be a lie
        throw fs::failure("look for", machine_dir(name), error.value());
    return found;
}

void Store::require(const std::string& name) const {
    if (!exists(name))
        throw does_not_exist(name);
}

Machine Store::load(const std::string& name) const {
    require(name);
    const Place place{root_, name};
    try {
        return parse_config(read_config(place.file()), place);
    } catch (Error& error) {
        if (error.kind() == Kind::not_found && !exists(name)) // removed a moment ago
            throw does_not_exist(name);
        const auto way_out = fmt::format("orch machine rm -f {} removes what is left", name);
        if (error.kind() == Kind::not_found)
            throw Error(Kind::invalid, "machine \"{}\" has no {}", name, place.file().string())
                .hint("{}", way_out);
        if (error.hint().empty())
            error.hint("repair the file; {}", way_out);
        throw;
    }
}

void Store::save(const Machine& machine) const {
    if (!can_be_listed(machine.name))
        throw Error(Kind::invalid, "\"{}\" cannot be the name of a machine", machine.name);
    const Place place{root_, machine.name};
    const auto text = format_config(machine, place);
    fs::make_private_dir(place.dir());
    keep_old_version(place.file());
    fs::write_atomic(place.file(), text, 0600);
}

void Store::remove(const std::string& name) const {
    require(name);
    const auto dir = machine_dir(name);
    sweep(dir.parent_path());

    // Renamed first: whoever is killed while deleting leaves no half machine in the list. The inode
    // makes the new name unique for as long as there is something of that name.
    FileStatus status{};
    if (::lstat(dir.c_str(), &status) != 0)
        throw fs::failure("remove", dir, errno);
    const auto grave = dir.parent_path() / fmt::format("{}{}", removed_prefix, status.st_ino);
    if (::rename(dir.c_str(), grave.c_str()) != 0)
        throw fs::failure("remove", dir, errno);
    fs::remove_tree(grave);
}

void Store::rename(const std::string& from, const std::string& to) const {
    require(from);
    if (!can_be_listed(to))
        throw Error(Kind::invalid, "\"{}\" cannot be the name of a machine", to);
    place(machine_dir(from), to);
}

void Store::place(const stdfs::path& dir, const std::string& name) const {
    const auto target = machine_dir(name);
    if (::renameat2(AT_FDCWD, dir.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0)
        return;
    if (errno == EEXIST)
        throw Error(Kind::conflict, "Docker machine \"{}\" already exists", name)
            .hint("choose another name, or remove it first: orch machine rm {}", name);
    // Old network file systems do not know the flag; who calls holds the lock of the name.
    if (errno != EINVAL || stdfs::exists(stdfs::symlink_status(target)) ||
        ::rename(dir.c_str(), target.c_str()) != 0)
        throw fs::failure("rename", dir, errno);
}

fs::Lock Store::lock(
    const std::string& name, std::chrono::milliseconds patience, const std::stop_token& stop
) const {
    if (!can_be_listed(name))
        throw does_not_exist(name);
    return doing("machine \"" + name + "\"", [&] {
        return fs::Lock(root_ / "locks" / (name + ".lock"), patience, stop);
    });
}

bool Store::is_locked(const std::string& name) const {
    return can_be_listed(name) && fs::Lock::is_held(root_ / "locks" / (name + ".lock"));
}

fs::Lock Store::lock_certs(const std::stop_token& stop) const {
    constexpr std::chrono::minutes patience(1); // a key pair and a signature take far less
    // With a dot in front, no machine's lock can have the name.
    return doing("the certificates of this store", [&] {
        return fs::Lock(root_ / "locks" / ".certs.lock", patience, stop);
    });
}

fs::Lock Store::lock_swarms(const std::stop_token& stop) const {
    constexpr std::chrono::minutes patience(10); // managers come and go one after the other
    return doing("the swarms of this store", [&] {
        return fs::Lock(root_ / "locks" / ".swarms.lock", patience, stop);
    });
}

fs::Lock Store::lock_imports(const std::stop_token& stop) const {
    constexpr std::chrono::minutes patience(1);
    return doing("the imports into this store", [&] {
        return fs::Lock(root_ / "locks" / ".imports.lock", patience, stop);
    });
}

AuthOptions Store::default_auth(const std::string& name) const {
    return machine::default_auth({root_, name});
}

} // namespace orch::machine
