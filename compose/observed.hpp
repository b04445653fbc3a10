// What an engine has of a project, as a value that decisions are made from.
#pragma once

#include "lib/engine/classic_info.hpp"
#include "lib/engine/types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::compose {

namespace labels {
/// The image a container was made from. Compared on its own: on some engines one name stands for
/// different ids on different nodes.
inline constexpr const char* image_id = "orch.image-id";
/// Ids of the containers that this one was tied to when it was made, separated by commas.
inline constexpr const char* depends_on = "orch.depends-on";
/// Anonymous volumes taken over from a predecessor, separated by commas: the engine counts them as
/// named and would never delete them.
inline constexpr const char* carried_volumes = "orch.carried-volumes";
/// Addresses that the variables of its links were made from: "p_db_1=172.17.0.2,..". Only where
/// orch sets the variables, because the engine does not.
inline constexpr const char* link_addresses = "orch.link-addresses";
} // namespace labels

struct ObservedContainer {
    std::string id;
    std::string name;
    std::string service; // may be one that the file no longer has
    int number = 0;
    bool oneoff = false;
    std::string state;        // created running paused restarting removing exited dead
    std::int64_t created = 0; // seconds since 1970
    std::string config_hash;
    std::string image_id;                     // what it was made from
    std::vector<std::string> depends_on;      // ids
    std::vector<std::string> carried_volumes; // names
    std::vector<engine::Mount> mounts;
    std::string address{};                               // on the default bridge
    std::map<std::string, std::string> link_addresses{}; // by container name
    std::string node{};                                  // id of the swarm's; empty: one engine
    std::string host{};                                  // the standalone swarm's node, by name

    [[nodiscard]] bool running() const; // in whatever way: paused and restarting count

    /// It was moved out of the way of its successor: its name begins with its own short id.
    [[nodiscard]] bool set_aside() const;

    /// Its name without the mark of one that was set aside.
    [[nodiscard]] std::string proper_name() const;
};

/// A container outside the project that a service names.
struct Outsider {
    std::string id;
    bool running = false;
    std::string host{}; // as in ObservedContainer
};

struct Observed {
    std::vector<ObservedContainer> containers;   // by service, number, then age, oldest first
    std::map<std::string, engine::Image> images; // by reference and, for older ones, by id
    std::map<std::string, Outsider> outsiders;   // by the name in the file

    /// The manager of a standalone swarm, if that is what was asked.
    std::optional<engine::ClassicInfo> standalone{};

    /// There, the ids that each node has for the references of the project: a pull of last year
    /// left another one than that of yesterday.
    std::map<std::string, std::map<std::string, std::string>> node_images{};

    /// The id that a container of the reference is to have; empty if there is no such image. The
    /// one of its own node counts, but for images that are built: those come from one place.
    [[nodiscard]] std::string
    image_for(const ObservedContainer& container, const std::string& reference, bool built) const;

    /// Regular containers of a service, in order.
    [[nodiscard]] std::vector<const ObservedContainer*> of(std::string_view service) const;

    /// A running container that the variables of this one's links name by an address that it no
    /// longer has; null if there is none. Engines give addresses anew at each start.
    [[nodiscard]] const ObservedContainer* moved_away_from(const ObservedContainer& container
    ) const;
};

/// "0123456789ab_" of the container's id: what is put before the name of one that is set aside.
std::string aside_prefix(const std::string& id);

} // namespace orch::compose
