// What every machine verb begins with: the store, the drivers, and the machines that were named.
#pragma once

#include "cmd/session.hpp"
#include "machine/connection.hpp"
#include "machine/context.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace orch::cmd::machine {

/// A machine as it is stored, with the way to it.
struct Target {
    orch::machine::Machine machine;
    std::unique_ptr<drivers::Driver> driver;

    [[nodiscard]] drivers::Reach reach() const { return driver->reach(machine.record); }
};

class Fleet {
  public:
    explicit Fleet(Session& session);

    /// With drivers that know already what they were asked.
    Fleet(Session& session, drivers::Registry registry);

    [[nodiscard]] const orch::machine::Store& store() const noexcept { return store_; }

    [[nodiscard]] const drivers::Registry& registry() const noexcept { return registry_; }

    [[nodiscard]] orch::machine::Context context() const {
        return {store_, registry_, session_.world, docker_dir_};
    }

    /// The machine with its driver, and the way to its host as far as it is known; a driver that
    /// has to be asked for that is asked. Throws as Store::load and require_driver do.
    [[nodiscard]] Target open(const std::string& name) const;

    /// The driver of a machine that is there and can be read; else empty.
    [[nodiscard]] std::string driver_of(const std::string& name) const;

    /// Whether the machine is there, but its create did not come to the end.
    [[nodiscard]] bool is_unfinished(const std::string& name) const;

    /// The names, or "default" if there are none and there is a machine of that name. Throws
    /// Error(invalid) otherwise.
    [[nodiscard]] std::vector<std::string> or_default(std::vector<std::string> names) const;

    /// The same, and every machine of them is there. Throws Error(not_found) that tells of all that
    /// are not, so that a slip of the fingers touches nothing.
    [[nodiscard]] std::vector<std::string> existing(std::vector<std::string> names) const;

    /// The one name, or "default". Throws Error(invalid) for several.
    [[nodiscard]] std::string single(const std::vector<std::string>& names) const;

    /// The machine's URL; throws Error(not_found) "Host is not running" unless its host runs.
    [[nodiscard]] std::string running_url(Target& target, Job& job) const;

    /// The URL of the machine's engine, or of its swarm: proved, so that env and config give out
    /// something that works. Throws with docker-machine's words.
    [[nodiscard]] std::string checked_url(Target& target, bool swarm, Job& job) const;

    /// Writes the docker context `as` for the machine; throws as orch::machine::write_context does.
    void write_context(const std::string& name, const std::string& as) const;

    /// Runs `work` for all machines at the same time; every failure is reported with its machine,
    /// in the order of the names. The exit code.
    int for_each(
        const std::vector<std::string>& names,
        const std::function<void(const std::string& name, Job& job)>& work,
        progress::Sink& progress
    ) const;

  private:
    [[nodiscard]] std::optional<orch::machine::Machine> readable(const std::string& name) const;

    Session& session_;
    orch::machine::Store store_;
    drivers::Registry registry_;
    std::filesystem::path docker_dir_;
};

/// The positional NAMES of a verb, completed with the machines of the store.
CLI::Option* add_names(
    CLI::App& verb,
    Session& session,
    std::vector<std::string>& names,
    const std::string& help = "Machines (default)"
);

/// The same, but completion offers only machines whose state is accepted; one that does not tell
/// its state within a moment is offered too.
CLI::Option* add_names_by_state(
    CLI::App& verb,
    Session& session,
    std::vector<std::string>& names,
    std::function<bool(drivers::State)> accepts
);

/// The positional NAME of a verb that takes further words.
CLI::Option* add_name(CLI::App& verb, Session& session, std::string& name);

/// The user's name for certificate subjects: $USER, else "unknown".
std::string owner(const Session& session);

} // namespace orch::cmd::machine
