// What the Docker Engine API answers, as far as orch reads it. Field names follow the API
// reference.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace orch::engine {

using Labels = std::map<std::string, std::string>;

/// GET /_ping, /version
struct Version {
    std::string engine;  // "20.10.24+dfsg1"
    std::string api;     // highest the engine speaks: "1.41"
    std::string min_api; // lowest; empty if the engine does not say
    std::string os;      // "linux"
    std::string arch;    // "amd64"
};

struct PublishedPort {
    std::string ip; // empty: not published
    int container_port = 0;
    int host_port = 0;    // 0: not published
    std::string protocol; // "tcp"
    bool operator==(const PublishedPort&) const = default;
};

struct Mount {
    std::string type; // "volume", "bind", "tmpfs"
    std::string name; // of a volume
    std::string source;
    std::string destination;
    std::string mode;
    bool writable = true;
};

/// One row of GET /containers/json.
struct ContainerSummary {
    std::string id;
    std::vector<std::string> names; // as answered: "/web", link names "/web/db" as well
    std::string image;
    std::string image_id;
    std::string command;
    std::string state;        // created running paused restarting removing exited dead
    std::string status;       // "Up 3 minutes"
    std::int64_t created = 0; // seconds since 1970
    Labels labels;
    std::vector<PublishedPort> ports;
    std::vector<Mount> mounts;
    std::map<std::string, std::string> addresses{}; // network name -> IPv4 address

    /// Its own name without slash: of `names` the one with the fewest slashes, its last component.
    [[nodiscard]] std::string name() const;

    /// In a list of a standalone swarm, where names begin with it; else empty.
    [[nodiscard]] std::string node() const;
};

/// GET /containers/ID/json
struct Container {
    std::string id;
    std::string name;    // without slash
    std::string created; // RFC 3339 with nanoseconds, as answered
    std::string image_id;
    std::string image;  // Config.Image
    std::string status; // State.Status
    int exit_code = 0;
    std::int64_t finished_nano = 0; // State.FinishedAt in nanoseconds since 1970; 0: never ended
    bool tty = false;
    std::string health; // State.Health.Status, or empty
    std::vector<std::string> entrypoint;
    std::vector<std::string> command;
    std::vector<std::string> env;
    Labels labels;
    std::vector<Mount> mounts;
    std::vector<std::string> links; // HostConfig.Links: "/db:/web/alias"
    std::string network_mode;
    std::string log_driver;
    std::vector<PublishedPort> ports;             // NetworkSettings.Ports
    std::map<std::string, std::string> addresses; // network name -> IPv4 address
    std::string node{};                           // of a standalone swarm: its name

    [[nodiscard]] bool running() const { return status == "running" || status == "restarting"; }
};

/// GET /images/NAME/json
struct Image {
    std::string id;
    std::vector<std::string> tags;
    std::vector<std::string> digests; // "redis@sha256:..." of registries that it was pulled from
    std::vector<std::string> layers;  // RootFS.Layers: "sha256:..." of each, the lowest first
    std::vector<std::string> volumes; // Config.Volumes
    std::vector<std::string> exposed; // Config.ExposedPorts: "6379/tcp"
    std::vector<std::string> env;     // Config.Env
    Labels labels;                    // Config.Labels
    std::uint64_t size = 0;           // bytes
};

struct Network {
    std::string id;
    std::string name;
    std::string driver;
    std::string scope;
    Labels labels;
};

/// GET /networks/NAME
struct NetworkDetails {
    Network network;
    std::vector<std::string> subnets;   // IPAM.Config: "172.18.0.0/16"
    std::vector<std::string> addresses; // of the containers that run in it, without mask
};

struct Volume {
    std::string name;
    Labels labels;
    std::string driver;
};

struct Created {
    std::string id;
    std::vector<std::string> warnings;
};

/// One object of a pull, push or build stream (streamformatter.go in moby).
struct StreamEvent {
    std::string id;     // layer
    std::string status; // "Downloading"
    std::string stream; // build output text
    std::uint64_t current = 0;
    std::uint64_t total = 0;
    bool progress = false;  // of a layer: one of very many
    std::string aux_id;     // the built image's id
    std::string aux_digest; // of the pushed image
};

/// GET /events
struct EngineEvent {
    std::string type;   // "container"
    std::string action; // "start", "die"
    std::string id;
    Labels attributes;
    std::int64_t time_nano = 0;
};

} // namespace orch::engine
