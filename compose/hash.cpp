#include "compose/hash.hpp"

#include "lib/tls/digest.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::compose {

namespace {

using Json = nlohmann::json;

/// Goes up with every change of the canonical form; a later release can still compute older ones.
constexpr int scheme = 1;

Json sorted(std::vector<Json> items) {
    std::sort(items.begin(), items.end());
    return items;
}

Json sorted(const std::vector<std::string>& items) {
    return sorted(std::vector<Json>(items.begin(), items.end()));
}

template <class Item, class Form>
Json forms(const std::vector<Item>& items, Form form) {
    std::vector<Json> result;
    for (const auto& item : items)
        result.push_back(form(item));
    return result;
}

template <class Item, class Form>
Json sorted_forms(const std::vector<Item>& items, Form form) {
    return sorted(forms(items, form).template get<std::vector<Json>>());
}

Json port_form(const Port& port) {
    return Json::array({port.host_ip, port.host_port, port.container_port, port.protocol});
}

Json link_form(const Link& link) { return Json::array({link.service, link.alias}); }

Json volume_form(const Volume& volume) {
    return Json::array({volume.source, volume.target, volume.mode});
}

Json environment_form(const Service& service) {
    Json form = Json::object();
    for (const auto& [name, value] : service.environment)
        form[name] = value ? Json(*value) : Json();
    return form;
}

Json ulimits_form(const Service& service) {
    Json form = Json::object();
    for (const auto& [name, limit] : service.ulimits)
        form[name] = Json::array({limit.soft, limit.hard});
    return form;
}

Json network_form(const NetworkMode& network) {
    switch (network.kind) {
    case NetworkMode::Kind::bridge:
        return {};
    case NetworkMode::Kind::mode:
        return network.name;
    case NetworkMode::Kind::service:
        return Json::array({"service", network.name});
    case NetworkMode::Kind::container:
        return Json::array({"container", network.name});
    }
    return {};
}

bool says_nothing(const Json& value) {
    return value.is_null() || value == "" || value == false ||
           (value.is_structured() && value.empty());
}

/// Collects what was given and drops the rest.
class Form {
  public:
    void add(const char* key, Json value) {
        if (!says_nothing(value))
            json_[key] = std::move(value);
    }

    template <class Value>
    void add_if(const char* key, const std::optional<Value>& value) {
        if (value) // an empty command is not the image's own command: both count
            json_[key] = *value;
    }

    [[nodiscard]] Json take() { return std::move(json_); }

  private:
    Json json_ = Json::object();
};

void add_process(Form& form, const Service& service) {
    form.add("image", service.image);
    form.add_if("command", service.command);
    form.add_if("entrypoint", service.entrypoint);
    form.add("environment", environment_form(service));
    form.add("labels", service.labels);
    form.add("container_name", service.container_name);
    form.add("hostname", service.hostname);
    form.add("domainname", service.domainname);
    form.add("user", service.user);
    form.add("working_dir", service.working_dir);
    form.add("stop_signal", service.stop_signal);
    form.add("stdin_open", service.stdin_open);
    form.add("tty", service.tty);
    if (service.restart)
        form.add("restart", Json::array({service.restart->mode, service.restart->max_retries}));
}

void add_connections(Form& form, const Service& service) {
    form.add("ports", sorted_forms(service.ports, port_form));
    form.add("expose", sorted_forms(service.expose, port_form));
    form.add("links", sorted_forms(service.links, link_form));
    form.add("external_links", sorted_forms(service.external_links, link_form));
    form.add("net", network_form(service.network));
    form.add("dns", service.dns);
    form.add("dns_search", service.dns_search);
    form.add("extra_hosts", sorted(service.extra_hosts));
    form.add("mac_address", service.mac_address);
    form.add("ipc", service.ipc);
    form.add("pid", service.pid);
    form.add("volumes", sorted_forms(service.volumes, volume_form));
    form.add("volume_driver", service.volume_driver);
    // The first of two sources that share a path wins: their order means something.
    form.add("volumes_from", forms(service.volumes_from, [](const VolumesFrom& from) {
                 return Json::array({from.source, from.mode, from.is_service});
             }));
}

void add_limits(Form& form, const Service& service) {
    form.add("cap_add", sorted(service.cap_add));
    form.add("cap_drop", sorted(service.cap_drop));
    form.add("security_opt", sorted(service.security_opt));
    form.add("devices", sorted_forms(service.devices, [](const Device& device) {
                 return Json::array({device.host, device.container, device.permissions});
             }));
    form.add("ulimits", ulimits_form(service));
    form.add("cgroup_parent", service.cgroup_parent);
    form.add("cpuset", service.cpuset);
    form.add("log_driver", service.log_driver);
    form.add("log_opt", service.log_opt);
    form.add_if("cpu_shares", service.cpu_shares);
    form.add_if("cpu_quota", service.cpu_quota);
    form.add_if("mem_limit", service.mem_limit);
    form.add_if("memswap_limit", service.memswap_limit);
    form.add_if("mem_swappiness", service.mem_swappiness);
    form.add_if("shm_size", service.shm_size);
    form.add("privileged", service.privileged);
    form.add("read_only", service.read_only);
}

} // namespace

Json canonical_form(const Service& service) {
    Form form;
    form.add("scheme", scheme);
    add_process(form, service);
    add_connections(form, service);
    add_limits(form, service);
    return form.take();
}

std::string config_hash(const Service& service) {
    // Values of an environment may hold any bytes; those that are not UTF-8 must not throw here.
    return tls::sha256_hex(
        canonical_form(service).dump(-1, ' ', false, Json::error_handler_t::replace)
    );
}

} // namespace orch::compose
