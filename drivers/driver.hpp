// A driver knows one way to make a host. It sees neither the store nor TLS nor provisioning: it
// maps wishes to facts about one host.
#pragma once

#include "drivers/option.hpp"
#include "lib/ssh/shell.hpp"
#include "lib/world.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace orch::drivers {

/// The `Driver` object of config.json: understood by its driver alone, no secrets in it.
using Record = nlohmann::ordered_json;

/// A key of a record that stays out of the `Driver` object: config.json has it among orch's own.
/// For drivers whose object belongs to somebody else.
inline constexpr auto beside_record = "Orch";

enum class State {
    none,
    running,
    paused,
    saved,
    stopped,
    stopping,
    starting,
    error,
    timeout,
    not_found
};

/// docker-machine's word: "Running" ...; empty for none.
std::string_view state_name(State state);

enum class Power { start, stop, restart, kill };

/// docker-machine's word: "start" ...
std::string_view power_name(Power power);

/// What a driver is and can, as data.
struct Info {
    std::string name;    // "generic"
    std::string summary; // one line for help
    std::vector<Option> options;
    bool provisions = true; // false: there is no host to log in to and to install an engine on
    bool renames = false;   // finds its host by its record alone: the machine may get another name
    bool boots = true; // create() starts a new host, which may refuse logins until it is set up
    std::string while_stopped{}; // what a stopped machine goes on to cost, as a sentence
};

/// What a driver object may use.
struct Access {
    World& world;
    std::filesystem::path dir;   // the machine's own directory; exists when create() is called
    std::filesystem::path store; // the store's root; recorded as StorePath
    std::string machine;         // the machine's name
};

struct Request {
    Values values;
    bool swarm_master = false; // some drivers open a port for it
    std::string swarm_host;
    std::string swarm_discovery;
    std::string engine_install_url; // some drivers install the engine themselves
};

/// Saves a partial record: called as soon as something exists that costs money or must be undone.
using Checkpoint = std::function<void(const Record&)>;

/// Where a host answers.
struct Reach {
    std::string address; // IP or host name; empty while unknown
    std::string url;     // engine URL, "tcp://10.0.0.7:2376"; empty if there is none
    int engine_port = 0; // where the engine listens on the host itself; 0: the URL's port
    std::string cluster; // where other machines of the store reach it; empty: at `address`
    int patience = 1;    // how many times longer than others its host takes to start
    std::filesystem::path console{}; // what it printed at its last start; empty: nobody knows
    ssh::Address ssh;                // without known_hosts: the machine layer pins host keys
};

/// Versions of a host's system.
struct Replaced {
    std::string before;
    std::string after;
};

class Driver {
  public:
    virtual ~Driver() = default;

    /// Before anything costs money: throws Error naming the option that is wrong.
    virtual void check(const Request& request, Job& job) = 0;

    /// Makes the host; returns what is needed to find it again.
    virtual Record create(const Request& request, const Checkpoint& save, Job& job) = 0;

    /// The record of a host that the provider has already, by the provider's id or name for it.
    /// Makes nothing. Throws Error(unsupported) where there is no provider to ask,
    /// Error(not_found).
    virtual Record adopt(const Request& request, const std::string& id, Job& job);

    /// Pure: the provider's id of the host; empty while there is none.
    [[nodiscard]] virtual std::string host_id(const Record&) const { return {}; }

    /// Asks for the state; may correct the record's address. Throws only on cancellation or when
    /// the provider cannot be asked.
    virtual State refresh(Record& record, Job& job) = 0;

    /// Throws Error(unsupported) where the driver cannot.
    virtual void power(Record& record, Power power, Job& job) = 0;

    /// Replaces the system of a host that has no packages (boot2docker's CD), which restarts it.
    /// Nothing where packages are to be upgraded instead.
    virtual std::optional<Replaced> upgrade(Record&, Job&) { return std::nullopt; }

    /// Succeeds if it is gone already.
    virtual void remove(const Record& record, Job& job) = 0;

    /// Pure: read from the record.
    [[nodiscard]] virtual Reach reach(const Record& record) const = 0;

    /// Whether reach() is more than a guess. If not, refresh() puts what is missing into the
    /// record.
    [[nodiscard]] virtual bool knows_reach(const Record&) const { return true; }
};

/// Copies a private key of the user, and its public half if there is one, into the machine's
/// directory, and sets SSHKeyPath to the copy.
void import_key(const Access& access, const std::filesystem::path& key, Record& record);

} // namespace orch::drivers
