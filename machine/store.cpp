#include "machine/store.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"
#include "machine/config_file.hpp"
#include "machine/name.hpp"

#include <algorithm>

namespace orch::machine {

namespace {

namespace stdfs = std::filesystem;

// A directory of this name is on its way out: listing skips it, the next removal sweeps it.
constexpr std::string_view removed_prefix = ".removed-";

Error does_not_exist(const std::string& name) {
    // One sentence too long, but word for word what scripts look for.
    return Error(
        Kind::not_found,
        "Docker machine \"{}\" does not exist. Use \"orch machine ls\" to list machines. Use \"orch "
        "machine create\" to add a new one.",
        name
    );
}

Location location(const Store& store, const std::string& name) {
    return {.store = store.root(), .certs = store.certs_dir(), .machine = store.machine_dir(name)};
}

} // namespace

Store::Store(stdfs::path root) : root_(std::move(root)) {}

std::vector<std::string> Store::names() const {
    std::vector<std::string> names;
    std::error_code error;
    for (stdfs::directory_iterator entry(root_ / "machines", error), end; entry != end;
         entry.increment(error)) {
        if (error)
            break;
        const auto name = entry->path().filename().string();
        if (!name.starts_with('.') && !entry->is_symlink(error) && entry->is_directory(error))
            names.push_back(name);
    }
    if (error && error != std::errc::no_such_file_or_directory)
        throw Error(
            Kind::denied, "cannot read {}: {}", (root_ / "machines").string(), error.message()
        );
    std::sort(names.begin(), names.end(), text::natural_less);
    return names;
}

bool Store::exists(const std::string& name) const {
    std::error_code ignored;
    return is_directory_name(name) && stdfs::is_directory(machine_dir(name), ignored);
}

void Store::require(const std::string& name) const {
    if (!exists(name))
        throw does_not_exist(name);
}

Machine Store::load(const std::string& name) const {
    require(name);
    const auto file = (machine_dir(name) / "config.json").string();
    try {
        auto config = json::parse_ordered(fs::read_file(file), file);
        return machine_from_json(std::move(config), name, location(*this, name), file);
    } catch (Error& error) {
        if (error.hint().empty() && exists(name))
            error.hint("restore the file, or forget the machine: orch machine rm -f {}", name);
        throw;
    }
}

void Store::save(const Machine& machine) const {
    fs::make_private_dir(machine_dir(machine.name));
    const auto config = json_from_machine(machine, location(*this, machine.name));
    fs::write_atomic(machine_dir(machine.name) / "config.json", json::to_go_text(config), 0600);
}

void Store::remove(const std::string& name) const {
    require(name);
    // First out of sight in one step, then file by file: a kill half way leaves no half machine.
    const auto hidden = root_ / "machines" / (std::string(removed_prefix) + name);
    fs::remove_tree(hidden);
    std::error_code error;
    stdfs::rename(machine_dir(name), hidden, error);
    if (error)
        throw Error(
            Kind::denied, "cannot remove {}: {}", machine_dir(name).string(), error.message()
        );
    fs::remove_tree(hidden);
}

fs::Lock Store::lock(
    const std::string& name, std::chrono::milliseconds patience, const std::stop_token& stop
) const {
    if (!is_directory_name(name))
        throw does_not_exist(name);
    return {root_ / "locks" / (name + ".lock"), patience, stop};
}

fs::Lock Store::lock_certs(const std::stop_token& stop) const {
    return {root_ / "locks" / ".certs.lock", std::chrono::minutes(1), stop};
}

AuthOptions Store::default_auth(const std::string& name) const {
    return machine::default_auth(location(*this, name));
}

} // namespace orch::machine
