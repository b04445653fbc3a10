#include "compose/container_spec.hpp"

#include "compose/hash.hpp"
#include "compose/observed.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::compose {

namespace {

using Json = nlohmann::json;

std::string port_key(const Port& port) {
    return fmt::format("{}/{}", port.container_port, port.protocol);
}

/// Names of networks that every engine has; links and addresses of others belong to the endpoint.
bool built_in(const std::string& network) {
    return network.empty() || network == "default" || network == "bridge" || network == "host" ||
           network == "none" || network.starts_with("container:");
}

void set_if(Json& object, const char* key, const std::string& value) {
    if (!value.empty())
        object[key] = value;
}

void set_if(Json& object, const char* key, const std::vector<std::string>& values) {
    if (!values.empty())
        object[key] = values;
}

template <class Value>
void set_if(Json& object, const char* key, const std::optional<Value>& value) {
    if (value)
        object[key] = *value;
}

Json environment(const Service& service, const ContainerFacts& facts) {
    Json result = Json::array();
    for (const auto& [name, value] : service.environment)
        result.push_back(value ? name + "=" + *value : name);
    for (const auto& hint : facts.hints)
        result.push_back(hint);
    for (const auto* more : {&facts.link_variables, &facts.proxies})
        for (const auto& [name, value] : *more)
            if (!service.environment.contains(name))
                result.push_back(name + "=" + value);
    return result;
}

Json container_labels(
    const Project& project,
    const Service& service,
    const CreateContainer& call,
    const ContainerFacts& facts
) {
    Json result = service.labels; // of the user; ours win
    std::vector<std::string> files;
    for (const auto& file : project.files)
        files.push_back(file.string());
    result[labels::project] = project.name;
    result[labels::service] = service.name;
    result[labels::version] = ORCH_VERSION;
    if (call.slug.empty()) {
        result[labels::oneoff] = "False";
        result[labels::number] = std::to_string(call.number);
        result[labels::config_hash] = config_hash(service);
    } else {
        result[labels::oneoff] = "True";
        result[labels::slug] = call.slug;
    }
    result[labels::working_dir] = project.dir.string();
    result[labels::config_files] = text::join(files, ",");
    result[labels::image_id] = facts.image_id;
    set_if(result, labels::depends_on, text::join(facts.depends_on, ","));
    std::vector<std::string> addresses;
    for (const auto& [name, address] : facts.link_addresses)
        addresses.push_back(name + "=" + address);
    set_if(result, labels::link_addresses, text::join(addresses, ","));
    set_if(result, labels::carried_volumes, text::join(call.carried_anonymous, ","));
    return result;
}

Json exposed_ports(const Service& service) {
    Json result = Json::object();
    for (const auto* ports : {&service.ports, &service.expose})
        for (const auto& port : *ports)
            result[port_key(port)] = Json::object();
    return result;
}

Json port_bindings(const Service& service) {
    Json result = Json::object();
    for (const auto& port : service.ports)
        result[port_key(port)].push_back({{"HostIp", port.host_ip}, {"HostPort", port.host_port}});
    return result;
}

Json volume_paths(const Service& service) {
    Json result = Json::object();
    for (const auto& volume : service.volumes)
        result[volume.target] = Json::object();
    return result;
}

Json binds(const Service& service, const CreateContainer& call) {
    Json result = Json::array();
    const auto add = [&result](const Volume& volume) {
        result.push_back(fmt::format("{}:{}:{}", volume.source, volume.target, volume.mode));
    };
    for (const auto& volume : service.volumes) {
        const bool hidden =
            std::any_of(call.carried.begin(), call.carried.end(), [&](const Volume& carried) {
                return carried.target == volume.target;
            });
        if (!volume.anonymous() && !hidden)
            add(volume);
    }
    for (const auto& volume : call.carried)
        add(volume);
    return result;
}

Json link_texts(const CreateContainer& call) {
    Json result = Json::array();
    for (const auto& link : call.links)
        result.push_back(link.service + ":" + link.alias);
    return result;
}

Json devices(const Service& service) {
    Json result = Json::array();
    for (const auto& device : service.devices)
        result.push_back(
            {{"PathOnHost", device.host},
             {"PathInContainer", device.container},
             {"CgroupPermissions", device.permissions}}
        );
    return result;
}

Json ulimits(const Service& service) {
    Json result = Json::array();
    for (const auto& [name, limit] : service.ulimits)
        result.push_back({{"Name", name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
    return result;
}

void set_limits(Json& host, const Service& service) {
    set_if(host, "CapAdd", service.cap_add);
    set_if(host, "CapDrop", service.cap_drop);
    set_if(host, "SecurityOpt", service.security_opt);
    set_if(host, "CgroupParent", service.cgroup_parent);
    set_if(host, "CpusetCpus", service.cpuset);
    set_if(host, "CpuShares", service.cpu_shares);
    set_if(host, "CpuQuota", service.cpu_quota);
    set_if(host, "Memory", service.mem_limit);
    set_if(host, "MemorySwap", service.memswap_limit);
    set_if(host, "MemorySwappiness", service.mem_swappiness);
    set_if(host, "ShmSize", service.shm_size);
    if (!service.devices.empty())
        host["Devices"] = devices(service);
    if (!service.ulimits.empty())
        host["Ulimits"] = ulimits(service);
}

Json host_config(const Service& service, const CreateContainer& call) {
    Json host{
        {"Binds", binds(service, call)},
        {"Links", built_in(call.network_mode) ? link_texts(call) : Json::array()},
        {"PortBindings", port_bindings(service)},
        {"VolumesFrom", call.volumes_from},
        {"LogConfig", {{"Type", service.log_driver}, {"Config", service.log_opt}}},
        {"Privileged", service.privileged},
        {"ReadonlyRootfs", service.read_only}};
    set_if(host, "NetworkMode", call.network_mode);
    set_if(host, "IpcMode", call.ipc);
    set_if(host, "PidMode", call.pid);
    set_if(host, "VolumeDriver", service.volume_driver);
    set_if(host, "Dns", service.dns);
    set_if(host, "DnsSearch", service.dns_search);
    set_if(host, "ExtraHosts", service.extra_hosts);
    if (service.restart)
        host["RestartPolicy"] = {
            {"Name", service.restart->mode}, {"MaximumRetryCount", service.restart->max_retries}};
    set_limits(host, service);
    return host;
}

/// What belongs to the container's end of its network; null if nothing does.
Json endpoint(const Service& service, const CreateContainer& call, const ContainerFacts& facts) {
    Json result;
    if (!built_in(call.network_mode) && !call.links.empty())
        result["Links"] = link_texts(call);
    if (!built_in(call.network_mode))
        set_if(result, "Aliases", call.aliases);
    if (facts.endpoint_mac)
        set_if(result, "MacAddress", service.mac_address);
    return result;
}

} // namespace

Json keeper_body(
    const Project& project,
    const Service& service,
    const CreateContainer& call,
    const std::vector<std::string>& hints
) {
    Json kept = Json::array();
    for (const auto& volume : call.carried)
        kept.push_back(fmt::format("{}:{}:{}", volume.source, volume.target, volume.mode));
    auto body_labels = container_labels(
        project, service, call, {.image = call.keeper_image, .image_id = call.keeper_image}
    );
    body_labels[labels::config_hash] = "";
    return {
        {"Image", call.keeper_image},
        {"Env", hints},
        {"Labels", std::move(body_labels)},
        {"HostConfig", {{"Binds", std::move(kept)}}}};
}

Json create_body(
    const Project& project,
    const Service& service,
    const CreateContainer& call,
    const ContainerFacts& facts
) {
    Json body{
        {"Image", facts.image},
        {"Env", environment(service, facts)},
        {"Labels", container_labels(project, service, call, facts)},
        {"ExposedPorts", exposed_ports(service)},
        {"Volumes", volume_paths(service)},
        {"AttachStdin", call.attached && service.stdin_open},
        {"AttachStdout", call.attached},
        {"AttachStderr", call.attached},
        {"StdinOnce", call.attached && service.stdin_open},
        {"OpenStdin", service.stdin_open},
        {"Tty", service.tty},
        {"NetworkDisabled", false},
        {"HostConfig", host_config(service, call)}};
    if (facts.share_ipc && call.ipc.empty())
        body["HostConfig"]["IpcMode"] = "shareable";
    set_if(body, "Cmd", service.command);
    set_if(body, "Entrypoint", service.entrypoint);
    set_if(body, "Hostname", service.hostname);
    set_if(body, "Domainname", service.domainname);
    set_if(body, "User", service.user);
    set_if(body, "WorkingDir", service.working_dir);
    set_if(body, "StopSignal", service.stop_signal);
    if (!facts.endpoint_mac)
        set_if(body, "MacAddress", service.mac_address);
    if (auto end = endpoint(service, call, facts); !end.is_null()) {
        const auto& network = call.network_mode;
        const bool unnamed = network.empty() || network == "default";
        body["NetworkingConfig"]["EndpointsConfig"][unnamed ? "bridge" : network] = std::move(end);
    }
    return body;
}

} // namespace orch::compose
