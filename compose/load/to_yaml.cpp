// A project as a version 1 file.
#include "compose/load/load.hpp"
#include "compose/load/values/ports.hpp"
#include "compose/load/values/volumes.hpp"
#include "lib/base/text.hpp"
#include "lib/yaml/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

namespace orch::compose::load {

namespace {

using Texts = std::vector<std::string>;

/// A value: '$' is doubled, because loading interpolates it.
std::string value_text(std::string_view text) {
    return yaml::write_string(text::replace_all(std::string(text), "$", "$$"));
}

/// Always in quotes, as ports should be even where they need not.
std::string quoted_text(std::string_view text) {
    return yaml::write_quoted(text::replace_all(std::string(text), "$", "$$"));
}

/// The keys of one service; absent values leave no line.
class ServiceWriter {
  public:
    void text(const char* key, std::string_view value) {
        if (!value.empty())
            line(key, value_text(value));
    }

    void flag(const char* key, bool value) {
        if (value)
            line(key, "true");
    }

    void number(const char* key, const std::optional<std::int64_t>& value) {
        if (value)
            line(key, std::to_string(*value));
    }

    void list(const char* key, const Texts& items) {
        if (!items.empty())
            block(key, items, value_text);
    }

    void quoted_list(const char* key, const Texts& items) {
        if (!items.empty())
            block(key, items, quoted_text);
    }

    /// An empty list means something: no words instead of the image's.
    void words(const char* key, const std::optional<Texts>& words) {
        if (words && words->empty())
            line(key, "[]");
        else if (words)
            block(key, *words, value_text);
    }

    template <class Map, class Show>
    void mapping(const char* key, const Map& members, Show show) {
        if (members.empty())
            return;
        line(key, "");
        for (const auto& [name, member] : members) {
            const std::string written = show(member);
            lines_[key] += fmt::format(
                "    {}:{}{}\n", yaml::write_string(name), written.empty() ? "" : " ", written
            );
        }
    }

    [[nodiscard]] std::string finish() const {
        std::string result;
        for (const auto& [key, text] : lines_)
            result += text;
        return result;
    }

  private:
    void line(const char* key, const std::string& value) {
        lines_[key] = fmt::format("  {}:{}{}\n", key, value.empty() ? "" : " ", value);
    }

    template <class Show>
    void block(const char* key, const Texts& items, Show show) {
        line(key, "");
        for (const auto& item : items)
            lines_[key] += fmt::format("  - {}\n", show(item));
    }

    std::map<std::string, std::string> lines_; // by key
};

/// Each element of `items` through `show`.
template <class Items, class Show>
Texts each(const Items& items, Show show) {
    Texts result;
    for (const auto& item : items)
        result.push_back(show(item));
    return result;
}

std::string link_text(const Link& link) {
    return link.alias == link.service ? link.service : link.service + ":" + link.alias;
}

std::string from_text(const VolumesFrom& from) {
    return from.mode == "rw" ? from.source : from.source + ":" + from.mode;
}

std::string device_text(const Device& device) {
    return fmt::format("{}:{}:{}", device.host, device.container, device.permissions);
}

std::string ulimit_text(const Ulimit& limit) {
    if (limit.soft == limit.hard)
        return std::to_string(limit.soft);
    return fmt::format("{{hard: {}, soft: {}}}", limit.hard, limit.soft);
}

std::string variable_text(const std::optional<std::string>& value) {
    return value ? value_text(*value) : "";
}

std::string network_text(const NetworkMode& network) {
    switch (network.kind) {
    case NetworkMode::Kind::bridge:
        return {};
    case NetworkMode::Kind::mode:
        return network.name;
    case NetworkMode::Kind::service:
    case NetworkMode::Kind::container:
        return "container:" + network.name;
    }
    return {};
}

std::string restart_text(const Restart& restart) {
    return restart.max_retries == 0 ? restart.mode
                                    : fmt::format("{}:{}", restart.mode, restart.max_retries);
}

void write_texts(const Service& service, ServiceWriter& out) {
    out.text("image", service.image);
    if (service.build) {
        out.text("build", service.build->context);
        out.text("dockerfile", service.build->dockerfile);
    }
    out.text("cgroup_parent", service.cgroup_parent);
    out.text("container_name", service.container_name);
    out.text("cpuset", service.cpuset);
    out.text("domainname", service.domainname);
    out.text("hostname", service.hostname);
    out.text("ipc", service.ipc);
    out.text("log_driver", service.log_driver);
    out.text("mac_address", service.mac_address);
    out.text("net", network_text(service.network));
    out.text("pid", service.pid);
    out.text("restart", service.restart ? restart_text(*service.restart) : "");
    out.text("stop_signal", service.stop_signal);
    out.text("user", service.user);
    out.text("volume_driver", service.volume_driver);
    out.text("working_dir", service.working_dir);
}

void write_lists(const Service& service, ServiceWriter& out) {
    out.words("command", service.command);
    out.words("entrypoint", service.entrypoint);
    out.list("cap_add", service.cap_add);
    out.list("cap_drop", service.cap_drop);
    out.list("devices", each(service.devices, device_text));
    out.list("dns", service.dns);
    out.list("dns_search", service.dns_search);
    out.quoted_list("expose", each(service.expose, values::port_text));
    out.list("external_links", each(service.external_links, link_text));
    out.list("extra_hosts", service.extra_hosts);
    out.list("links", each(service.links, link_text));
    out.quoted_list("ports", each(service.ports, values::port_text));
    out.list("security_opt", service.security_opt);
    out.list("volumes", each(service.volumes, values::volume_text));
    out.list("volumes_from", each(service.volumes_from, from_text));
    out.mapping("environment", service.environment, variable_text);
    out.mapping("labels", service.labels, quoted_text);
    out.mapping("log_opt", service.log_opt, quoted_text);
    out.mapping("ulimits", service.ulimits, ulimit_text);
}

void write_numbers(const Service& service, ServiceWriter& out) {
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

std::string to_yaml(const Project& project) {
    std::map<std::string, std::string> blocks; // by service
    for (const auto& service : project.services) {
        ServiceWriter out;
        write_texts(service, out);
        write_lists(service, out);
        write_numbers(service, out);
        blocks[service.name] = yaml::write_string(service.name) + ":\n" + out.finish();
    }
    std::string result;
    for (const auto& [name, block] : blocks)
        result += block;
    return result.empty() ? "{}\n" : result;
}

} // namespace orch::compose::load
