// One service of a version 1 file after loading: every value typed, checked and absolute.
#pragma once

#include "lib/yaml/node.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace orch::compose {

using Labels = std::map<std::string, std::string>;

struct Build {
    std::string context;    // absolute directory, or a URL that the engine fetches
    std::string dockerfile; // empty: Dockerfile
    bool operator==(const Build&) const = default;

    [[nodiscard]] bool remote() const; // the context is a URL
};

struct Port {
    std::string host_ip;   // empty: all addresses
    std::string host_port; // empty: the engine chooses; "8000-8010": the engine picks one of these
    int container_port = 0;
    std::string protocol = "tcp";
    bool operator==(const Port&) const = default;
};

struct Volume {
    std::string source; // absolute host path or a volume's name; empty: anonymous
    std::string target; // absolute path in the container
    std::string mode;   // "rw", "ro", "z" ...; as written, "rw" if nothing was
    bool operator==(const Volume&) const = default;

    [[nodiscard]] bool anonymous() const { return source.empty(); }

    [[nodiscard]] bool bind() const { return !source.empty() && source.front() == '/'; }
};

struct Link {
    std::string service; // or a container's name, for external links
    std::string alias;
    bool operator==(const Link&) const = default;
};

struct VolumesFrom {
    std::string source; // a service of the file, else a container
    std::string mode = "rw";
    bool is_service = true;
    bool operator==(const VolumesFrom&) const = default;
};

struct Restart {
    std::string mode; // "no", "always", "on-failure", "unless-stopped"; the engine checks it
    int max_retries = 0;
    bool operator==(const Restart&) const = default;
};

struct Device {
    std::string host;
    std::string container;
    std::string permissions = "rwm";
    bool operator==(const Device&) const = default;
};

struct Ulimit {
    std::int64_t soft = 0;
    std::int64_t hard = 0;
    bool operator==(const Ulimit&) const = default;
};

/// `net:` of a service.
struct NetworkMode {
    enum class Kind { bridge, mode, service, container };
    Kind kind = Kind::bridge; // not given; a written `net: bridge` is a mode
    std::string
        name; // "host", "none", "bridge", a network; the service or container for the others
    bool operator==(const NetworkMode&) const = default;
};

struct Service {
    std::string name;
    yaml::Mark mark; // where its name stands

    std::string image; // as written; empty with `build`
    std::optional<Build> build;
    std::optional<std::vector<std::string>> command;
    std::optional<std::vector<std::string>> entrypoint;
    std::map<std::string, std::optional<std::string>> environment; // nothing: passed as a bare name
    std::vector<std::string> env_files; // as written; `environment` has their variables already
    Labels labels;

    std::vector<Port> ports;
    std::vector<Port> expose; // container_port and protocol only
    std::vector<Volume> volumes;
    std::vector<VolumesFrom> volumes_from;
    std::vector<Link> links;
    std::vector<Link> external_links;
    NetworkMode network;

    std::string container_name;
    std::string hostname;
    std::string domainname;
    std::string user;
    std::string working_dir;
    std::optional<Restart> restart;

    std::vector<std::string> cap_add;
    std::vector<std::string> cap_drop;
    std::vector<std::string> dns;
    std::vector<std::string> dns_search;
    std::vector<std::string> extra_hosts; // "HOST:IP", sorted
    std::vector<std::string> security_opt;
    std::vector<Device> devices;
    std::map<std::string, Ulimit> ulimits;
    std::string cgroup_parent;
    std::string cpuset;
    std::string ipc; // "host", "container:X", "service:X" ...; as written
    std::string pid; // the same
    std::string log_driver;
    std::map<std::string, std::string> log_opt;
    std::string mac_address;
    std::string stop_signal;
    std::string volume_driver;
    std::optional<std::int64_t> cpu_shares;
    std::optional<std::int64_t> cpu_quota;      // microseconds
    std::optional<std::int64_t> mem_limit;      // bytes
    std::optional<std::int64_t> memswap_limit;  // bytes, -1 unlimited
    std::optional<std::int64_t> mem_swappiness; // 0 to 100
    std::optional<std::int64_t> shm_size;       // bytes
    bool privileged = false;
    bool read_only = false;
    bool stdin_open = false;
    bool tty = false;

    /// Services of the file that must be there first, each once: links, volumes_from, net, ipc and
    /// pid.
    [[nodiscard]] std::vector<std::string> dependencies() const;

    bool operator==(const Service&) const = default;
};

} // namespace orch::compose
