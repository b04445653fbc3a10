#include "compose/swarm/service_spec.hpp"

#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace orch::compose::swarm {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t whole_cpu = 1'000'000'000; // NanoCPUs
constexpr std::int64_t cpu_period = 100'000;      // microseconds, the engine's
constexpr std::size_t digest_size = 12;

/// The engine expands Go templates in some texts on the node; a file of version 1 means them as
/// they are written.
std::string untemplated(const std::string& text) {
    return text::replace_all(text, "{{", R"({{"{{"}})");
}

void set_if(Json& object, const char* key, const std::string& value) {
    if (!value.empty())
        object[key] = value;
}

void set_if(Json& object, const char* key, const std::vector<std::string>& values) {
    if (!values.empty())
        object[key] = values;
}

Json object_labels(const Project& project, const Service& service) {
    return {
        {labels::stack, project.name},
        {compose::labels::project, project.name},
        {compose::labels::service, service.name},
        {compose::labels::oneoff, "False"},
        {compose::labels::version, ORCH_VERSION}};
}

Json container_labels(const Project& project, const Service& service) {
    Json result = service.labels; // of the user; ours win
    result.update(object_labels(project, service));
    return result;
}

/// A name without a value would stay without one: an engine cannot ask our environment.
Json environment(const Project& project, const Service& service, const SpecFacts& facts) {
    Json result = Json::array();
    auto variables = link_variables(project, service, facts.image_ports);
    for (const auto& [name, value] : service.environment) {
        variables.erase(name);
        result.push_back(value ? name + "=" + untemplated(*value) : name);
    }
    for (const auto& [name, value] : variables)
        result.push_back(name + "=" + untemplated(value));
    return result;
}

Json mount(const Project& project, const Service& owner, const Volume& volume) {
    Json result{
        {"Type", volume.bind() ? "bind" : "volume"},
        {"Source",
         volume.anonymous() ? volume_name(project, owner, volume.target)
                            : untemplated(volume.source)},
        {"Target", untemplated(volume.target)}};
    for (const auto& word : text::split(volume.mode, ',')) {
        if (word == "ro")
            result["ReadOnly"] = true;
        else if (word == "nocopy")
            result["VolumeOptions"]["NoCopy"] = true;
        else if (volume.bind() && (word.ends_with("shared") || word.ends_with("slave") || word.ends_with("private")))
            result["BindOptions"]["Propagation"] = word;
    }
    if (!volume.bind() && !owner.volume_driver.empty())
        result["VolumeOptions"]["DriverConfig"]["Name"] = owner.volume_driver;
    return result;
}

/// The mounts of a service and, behind them, of those whose volumes it takes over. Of two at one
/// path the first counts.
class Mounts {
  public:
    explicit Mounts(const Project& project) : project_(project) {}

    void add(const Service& service, bool read_only) {
        if (!seen_.insert(service.name).second)
            return;
        for (const auto& volume : service.volumes)
            if (paths_.insert(volume.target).second) {
                mounts_.push_back(mount(project_, service, volume));
                if (read_only)
                    mounts_.back()["ReadOnly"] = true;
            }
        for (const auto& from : service.volumes_from)
            if (const auto* source = from.is_service ? project_.find(from.source) : nullptr)
                add(*source, read_only || from.mode == "ro");
    }

    void add(Json mount) {
        if (paths_.insert(mount["Target"]).second)
            mounts_.push_back(std::move(mount));
    }

    Json take() { return std::move(mounts_); }

  private:
    const Project& project_;
    std::set<std::string> seen_;
    std::set<std::string> paths_;
    Json mounts_ = Json::array();
};

Json mounts(const Project& project, const Service& service) {
    Mounts result(project);
    result.add(service, false);
    if (service.shm_size)
        result.add(
            {{"Type", "tmpfs"},
             {"Target", "/dev/shm"},
             {"TmpfsOptions", {{"SizeBytes", *service.shm_size}}}}
        );
    return result.take();
}

/// "HOST:IP" of the file is "IP HOST" here.
std::vector<std::string> hosts(const Service& service) {
    std::vector<std::string> result;
    for (const auto& entry : service.extra_hosts) {
        const auto colon = entry.find(':');
        result.push_back(entry.substr(colon + 1) + " " + entry.substr(0, colon));
    }
    return result;
}

Json ulimits(const Service& service) {
    Json result = Json::array();
    for (const auto& [name, limit] : service.ulimits)
        result.push_back({{"Name", name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
    return result;
}

/// The part of an option behind its name: "label:user:x" and "label=user:x" are the same.
std::string_view behind(const std::string& option, std::string_view name) {
    const bool found = option.size() > name.size() && option.starts_with(name) &&
                       (option[name.size()] == ':' || option[name.size()] == '=');
    return found ? std::string_view(option).substr(name.size() + 1) : std::string_view();
}

void set_selinux(Json& privileges, std::string_view label) {
    constexpr std::pair<std::string_view, const char*> members[] = {
        {"user:", "User"}, {"role:", "Role"}, {"type:", "Type"}, {"level:", "Level"}};
    auto& context = privileges["SELinuxContext"];
    if (label == "disable")
        context["Disable"] = true;
    for (const auto& [prefix, member] : members)
        if (label.starts_with(prefix))
            context[member] = label.substr(prefix.size());
}

Json privileges(const Service& service) {
    Json result = Json::object();
    for (const auto& option : service.security_opt) {
        if (option.starts_with("no-new-privileges"))
            result["NoNewPrivileges"] = true;
        else if (const auto label = behind(option, "label"); !label.empty())
            set_selinux(result, label);
        else if (const auto profile = behind(option, "seccomp"); profile == "unconfined")
            result["Seccomp"]["Mode"] = "unconfined";
        else if (profile.starts_with('{'))
            result["Seccomp"] = {{"Mode", "custom"}, {"Profile", base64::encode(profile)}};
        else if (behind(option, "apparmor") == "unconfined")
            result["AppArmor"]["Mode"] = "disabled";
    }
    return result;
}

void set_dns(Json& container, const Service& service) {
    if (!service.dns.empty())
        container["DNSConfig"]["Nameservers"] = service.dns;
    if (!service.dns_search.empty())
        container["DNSConfig"]["Search"] = service.dns_search;
}

Json container_spec(const Project& project, const Service& service, const SpecFacts& facts) {
    Json container{
        {"Image", facts.image},
        {"Labels", container_labels(project, service)},
        {"Env", environment(project, service, facts)},
        {"Mounts", mounts(project, service)}};
    if (service.entrypoint)
        container["Command"] = *service.entrypoint;
    if (service.command)
        container["Args"] = *service.command;
    const auto full_name = service.domainname.empty() || service.hostname.empty()
                               ? service.hostname
                               : service.hostname + "." + service.domainname;
    set_if(container, "Hostname", untemplated(full_name));
    set_if(container, "Dir", service.working_dir);
    set_if(container, "User", service.user);
    set_if(container, "StopSignal", service.stop_signal);
    set_if(container, "Hosts", hosts(service));
    set_if(container, "CapabilityAdd", service.cap_add);
    set_if(container, "CapabilityDrop", service.cap_drop);
    set_dns(container, service);
    if (service.tty)
        container["TTY"] = true;
    if (service.read_only)
        container["ReadOnly"] = true;
    if (!service.ulimits.empty())
        container["Ulimits"] = ulimits(service);
    if (auto found = privileges(service); !found.empty())
        container["Privileges"] = std::move(found);
    return container;
}

/// Absent means "no" in a file of version 1, and "any" to the engine.
Json restart_policy(const Service& service) {
    const auto mode = service.restart ? service.restart->mode : "no";
    if (mode == "always" || mode == "unless-stopped")
        return {{"Condition", "any"}};
    if (mode != "on-failure")
        return {{"Condition", "none"}};
    Json policy{{"Condition", "on-failure"}};
    if (service.restart->max_retries > 0)
        policy["MaxAttempts"] = service.restart->max_retries;
    return policy;
}

Json limits(const Service& service) {
    Json result = Json::object();
    if (service.mem_limit)
        result["MemoryBytes"] = *service.mem_limit;
    if (service.cpu_quota && *service.cpu_quota > 0)
        result["NanoCPUs"] = *service.cpu_quota * (whole_cpu / cpu_period);
    return result;
}

Json placement_of(const SpecFacts& facts) {
    Json result{{"Constraints", facts.place.constraints}};
    for (const auto& constraint : facts.place.at_first)
        result["Constraints"].push_back(constraint);
    if (facts.place.max_replicas > 0)
        result["MaxReplicas"] = facts.place.max_replicas;
    return result;
}

bool on_host_network(const Service& service) {
    return service.network.kind == NetworkMode::Kind::mode && service.network.name == "host";
}

Json networks(const Project& project, const Service& service, const SpecFacts& facts) {
    if (on_host_network(service))
        return Json::array({{{"Target", "host"}}});
    return Json::array(
        {{{"Target", facts.network}, {"Aliases", aliases(project, service, facts.replicas)}}}
    );
}

Json ports(const Service& service) {
    Json result = Json::array();
    if (on_host_network(service))
        return result;
    for (const auto& port : service.ports) {
        Json entry{
            {"Protocol", port.protocol},
            {"TargetPort", port.container_port},
            {"PublishMode", "host"}};
        if (!port.host_port.empty())
            entry["PublishedPort"] = std::stoi(port.host_port);
        result.push_back(std::move(entry));
    }
    return result;
}

Json task_template(const Project& project, const Service& service, const SpecFacts& facts) {
    Json task{
        {"ContainerSpec", container_spec(project, service, facts)},
        {"RestartPolicy", restart_policy(service)},
        {"Placement", placement_of(facts)},
        {"Networks", networks(project, service, facts)}};
    if (auto found = limits(service); !found.empty())
        task["Resources"]["Limits"] = std::move(found);
    if (service.mem_limit) // what the standalone swarm reckoned with
        task["Resources"]["Reservations"]["MemoryBytes"] = *service.mem_limit;
    if (!service.log_driver.empty())
        task["LogDriver"] = {{"Name", service.log_driver}, {"Options", service.log_opt}};
    return task;
}

} // namespace

std::string service_name(const Project& project, const Service& service) {
    return project.name + "_" + service.name;
}

std::string network_name(const Project& project) { return project.name + "_default"; }

std::string volume_name(const Project& project, const Service& service, const std::string& target) {
    return fmt::format(
        "{}_{}_{}", project.name, service.name, tls::sha256_hex(target).substr(0, digest_size)
    );
}

Json service_spec(const Project& project, const Service& service, const SpecFacts& facts) {
    Json spec{
        {"Name", service_name(project, service)},
        {"Labels", object_labels(project, service)},
        {"TaskTemplate", task_template(project, service, facts)},
        {"Mode", {{"Replicated", {{"Replicas", facts.replicas}}}}},
        {"EndpointSpec", {{"Mode", "dnsrr"}, {"Ports", ports(service)}}}};
    spec["Labels"][labels::stack_image] = project.image_of(service);
    return spec;
}

std::string spec_hash(const Project& project, const Service& service, const SpecFacts& facts) {
    auto stable = facts;
    stable.replicas = 1;
    auto spec = service_spec(project, service, stable);
    spec.erase("Mode");
    spec["Labels"].erase(compose::labels::version);
    spec["TaskTemplate"]["ContainerSpec"]["Labels"].erase(compose::labels::version);
    return tls::sha256_hex(spec.dump(-1, ' ', false, Json::error_handler_t::replace));
}

} // namespace orch::compose::swarm
