// One account of DigitalOcean and what is asked of it. https://docs.digitalocean.com/reference/api/
#pragma once

#include "drivers/driver.hpp"
#include "drivers/kit/api.hpp"
#include "drivers/kit/secrets.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::digitalocean {

using kit::Json;

/// Throws what kit::Api throws, in all that asks.
class Account {
  public:
    /// With the token of `secrets`, or the one that an old record holds. Throws Error(denied)
    /// without one.
    Account(
        const Access& access, const kit::Secrets& secrets, const Record& record, const Job& job
    );

    /// GET of a path below the base; nothing for what is not there. `what` names it in errors.
    std::optional<Json> find(std::string_view what, const std::string& path);

    /// All pages of a list, "droplets" for example.
    std::vector<Json> list(const std::string& kind, const std::string& query = "");

    /// Nothing for 0, too.
    std::optional<Json> droplet(long long id);

    /// Whether the create of a droplet failed, which its status does not tell.
    bool create_failed(long long droplet);

    std::vector<Json> tagged(const std::string& tag);

    /// The id of the key with that MD5 fingerprint.
    std::optional<long long> key(const std::string& fingerprint);

    /// The id of the firewall of that name.
    std::optional<std::string> firewall(const std::string& name);

    /// Make one thing each, even if an answer is lost. Return its id.
    long long
    make_key(const std::string& name, std::string_view line, const std::string& fingerprint);
    std::string make_firewall(const Json& body);
    long long make_droplet(const Json& body, const std::string& tag);

    /// A tag that is there already is right, too.
    void make_tag(const std::string& name);

    /// DELETE; succeeds if it is gone already.
    void remove(std::string_view what, const std::string& path);

    /// Starts an action of a droplet, after others that are under way; returns it, or nothing if
    /// the droplet is in the wanted state already.
    std::optional<Json> act(long long droplet, const std::string& type);

    /// Returns when the action is over. Throws Error(remote) if it failed, Error(timeout).
    void wait(const Json& action);

  private:
    const Access& access_;
    const Job& job_;
    kit::Api api_;
};

/// docker-machine's state of a droplet.
State state_of(const Json& droplet);

/// IPAddress and PrivateIPAddress of the record.
void note_addresses(const Json& droplet, Record& record);

/// The tag of all that one create made; it is in the record.
std::string mark_of(const Record& record);

/// The name of the machine's own firewall.
std::string firewall_name(const Record& record);

} // namespace orch::drivers::digitalocean
