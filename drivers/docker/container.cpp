#include "drivers/docker/container.hpp"

#include "drivers/docker/network.hpp"
#include "lib/os/capabilities.hpp"

#include <fmt/core.h>

#include <filesystem>

namespace orch::drivers::docker {

namespace {

using Json = nlohmann::json;

#ifdef __linux__
constexpr bool linux_here = true;
#else
constexpr bool linux_here = false; // the engine lives in a virtual machine
#endif

bool has_option(const Json& info, std::string_view name) {
    const auto options = info.find("SecurityOptions");
    if (options == info.end() || !options->is_array())
        return false;
    for (const auto& option : *options)
        if (option.is_string() && option.get<std::string>().find(name) != std::string::npos)
            return true;
    return false;
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host.starts_with("127.") || host == "[::1]";
}

/// On another computer nobody here knows what there is.
bool exists_there(const Placement& placement, const char* path) {
    std::error_code error;
    return !placement.reach_host.empty() || std::filesystem::exists(path, error);
}

/// Where the outer machine has not all capabilities itself, --privileged fails, and the same must
/// be said piece by piece.
void add_rights(const Plan& plan, Json& host) {
    host["SecurityOpt"] = {"seccomp=unconfined", "apparmor=unconfined", "label=disable"};
    host["CgroupnsMode"] = "private";
    if (plan.user_namespaces)
        host["UsernsMode"] = "host";
    if (!plan.wishes.runtime.empty()) {
        host["Runtime"] = plan.wishes.runtime; // it gives what is needed by itself
        return;
    }
    if (plan.privileged) {
        host["Privileged"] = true;
        return;
    }
    host["CapAdd"] = os::capability_names(plan.capabilities);
    host["MaskedPaths"] = Json::array();
    host["ReadonlyPaths"] = Json::array();
    host["DeviceCgroupRules"] = {"a *:* rwm"};
    host["Devices"] = Json::array();
    for (const auto* device : {"/dev/fuse", "/dev/net/tun"})
        if (exists_there(plan.placement, device))
            host["Devices"].push_back(
                {{"PathOnHost", device}, {"PathInContainer", device}, {"CgroupPermissions", "rwm"}}
            );
}

Json binds_of(const Plan& plan) {
    Json binds = Json::array();
    // The engine inside cannot keep its data on the overlay that the container itself lives on.
    binds.push_back(plan.volumes.at(0) + ":/var/lib/docker");
    binds.push_back(plan.volumes.at(1) + ":/var/lib/containerd");
    if (exists_there(plan.placement, "/lib/modules"))
        binds.push_back("/lib/modules:/lib/modules:ro");
    for (const auto& volume : plan.wishes.volumes)
        binds.push_back(volume);
    return binds;
}

Json ports_of(const Plan& plan) {
    auto ports = plan.wishes.publish;
    if (!plan.placement.bind.empty())
        for (const int port : {ssh_port, engine_port})
            ports[fmt::format("{}/tcp", port)].push_back(
                {{"HostIp", plan.placement.bind}, {"HostPort", ""}}
            );
    return ports;
}

Json exposed(const Json& bindings) {
    Json ports = Json::object();
    for (const auto& binding : bindings.items())
        ports[binding.key()] = Json::object();
    return ports;
}

Json endpoint_of(const Plan& plan) {
    if (plan.address.empty())
        return Json::object();
    return {{"IPAMConfig", {{"IPv4Address", plan.address}}}};
}

Json host_config(const Plan& plan) {
    Json host{
        {"Binds", binds_of(plan)},
        {"Tmpfs", {{"/run", "exec,mode=755"}, {"/run/lock", ""}, {"/tmp", "exec,mode=1777"}}},
        {"NetworkMode", plan.wishes.network},
        {"PortBindings", ports_of(plan)},
        {"RestartPolicy", {{"Name", "no"}}},
        {"Init", false},
    };
    if (plan.wishes.cpus > 0)
        host["NanoCpus"] = std::int64_t{1'000'000'000} * plan.wishes.cpus;
    if (plan.wishes.memory > 0) {
        host["Memory"] = plan.wishes.memory;
        host["MemorySwap"] = plan.wishes.memory; // the same: no swap besides
    }
    add_rights(plan, host);
    return host;
}

} // namespace

Placement placement_of(const engine::Endpoint& endpoint, const Json& info) {
    if (!endpoint.socket.empty()) {
        const bool inside = info.value("OperatingSystem", "") == "Docker Desktop" ||
                            has_option(info, "name=rootless") || !linux_here;
        return inside ? Placement{"127.0.0.1", "127.0.0.1"} : Placement{};
    }
    return {endpoint.host, is_loopback(endpoint.host) ? "127.0.0.1" : "0.0.0.0"};
}

bool maps_users(const Json& info) { return has_option(info, "name=userns"); }

Json labels_of(const std::string& machine, const std::string& token) {
    return {{own_label, "1"}, {"orch-machine", machine}, {token_label, token}};
}

Json container_body(const Plan& plan) {
    auto labels = labels_of(plan.machine, plan.token);
    labels[network_label] = plan.wishes.network;
    if (!plan.address.empty())
        labels[address_label] = plan.address;
    const auto ports = ports_of(plan);
    return {
        {"Image", plan.wishes.image},
        {"Hostname", plan.machine},
        {"Tty", true}, // the boot's messages go to the log of the container
        {"Env", {"container=docker"}},
        {"StopSignal", "SIGRTMIN+3"}, // systemd's word for an orderly halt
        {"Labels", labels},
        {"ExposedPorts", exposed(ports)},
        {"HostConfig", host_config(plan)},
        {"NetworkingConfig", {{"EndpointsConfig", {{plan.wishes.network, endpoint_of(plan)}}}}},
    };
}

} // namespace orch::drivers::docker
