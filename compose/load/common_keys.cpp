#include "compose/load/common_keys.hpp"

#include "compose/load/values/ports.hpp"
#include "compose/load/values/volumes.hpp"

#include <fmt/format.h>

namespace orch::compose::load {

namespace {

std::string device_text(const Device& device) {
    return fmt::format("{}:{}:{}", device.host, device.container, device.permissions);
}

std::string ulimit_text(const Ulimit& limit) {
    if (limit.soft == limit.hard)
        return std::to_string(limit.soft);
    return fmt::format("{{hard: {}, soft: {}}}", limit.hard, limit.soft);
}

std::string restart_text(const Restart& restart) {
    return restart.max_retries == 0 ? restart.mode
                                    : fmt::format("{}:{}", restart.mode, restart.max_retries);
}

void write_texts(const Service& service, KeyWriter& out) {
    out.text("cgroup_parent", service.cgroup_parent);
    out.text("container_name", service.container_name);
    out.text("cpuset", service.cpuset);
    out.text("domainname", service.domainname);
    out.text("hostname", service.hostname);
    out.text("ipc", service.ipc);
    out.text("mac_address", service.mac_address);
    out.text("pid", service.pid);
    out.text("restart", service.restart ? restart_text(*service.restart) : "");
    out.text("stop_signal", service.stop_signal);
    out.text("user", service.user);
    out.text("working_dir", service.working_dir);
}

void write_lists(const Service& service, KeyWriter& out) {
    out.words("command", service.command);
    out.words("entrypoint", service.entrypoint);
    out.list("cap_add", service.cap_add);
    out.list("cap_drop", service.cap_drop);
    out.list("devices", each(service.devices, device_text));
    out.list("dns", service.dns);
    out.list("dns_search", service.dns_search);
    out.quoted_list("expose", each(service.expose, values::port_text));
    out.list("extra_hosts", service.extra_hosts);
    out.quoted_list("ports", each(service.ports, values::port_text));
    out.list("volumes", each(service.volumes, values::volume_text));
    out.mapping("labels", service.labels, quoted_text);
    out.mapping("ulimits", service.ulimits, ulimit_text);
}

void write_numbers(const Service& service, KeyWriter& out) {
    out.number("cpu_quota", service.cpu_quota);
    out.number("cpu_shares", service.cpu_shares);
    out.number("mem_limit", service.mem_limit);
    out.number("mem_swappiness", service.mem_swappiness);
    out.number("memswap_limit", service.memswap_limit);
    out.number("shm_size", service.shm_size);
    out.flag("privileged", service.privileged);
    out.flag("read_only", service.read_only);
    out.flag("stdin_open", service.stdin_open);
    out.flag("tty", service.tty);
}

} // namespace

std::string link_text(const Link& link) {
    return link.alias == link.service ? link.service : link.service + ":" + link.alias;
}

std::string variable_text(const std::optional<std::string>& value) {
    return value ? value_text(*value) : "";
}

void write_common(const Service& service, KeyWriter& out) {
    write_texts(service, out);
    write_lists(service, out);
    write_numbers(service, out);
}

} // namespace orch::compose::load
