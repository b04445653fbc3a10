#include "compose/load/normalise.hpp"

#include "compose/load/values/items.hpp"
#include "compose/load/values/paths.hpp"
#include "compose/load/values/ports.hpp"
#include "compose/load/values/security_option.hpp"
#include "compose/load/values/sizes.hpp"
#include "compose/load/values/volumes.hpp"
#include "compose/load/values/words.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace orch::compose::load {

namespace {

using Texts = std::vector<std::string>;

std::string text(const yaml::Node& options, std::string_view key) {
    const auto* value = options.find(key);
    return value == nullptr || value->is(yaml::Type::null) ? "" : value->scalar;
}

bool flag(const yaml::Node& options, std::string_view key) {
    const auto* value = options.find(key);
    return value != nullptr && value->boolean;
}

/// The items of a list, or the one value.
Texts texts(const yaml::Node& options, std::string_view key) {
    Texts result;
    const auto* value = options.find(key);
    if (value == nullptr)
        return result;
    for (const auto& item : value->items)
        result.push_back(item.as_text());
    if (value->is_scalar())
        result.push_back(value->as_text());
    return result;
}

std::optional<Texts> command(const yaml::Node& options, std::string_view key) {
    const auto* value = options.find(key);
    if (value == nullptr)
        return std::nullopt;
    return value->is_scalar() ? values::split_words(value->scalar).value : texts(options, key);
}

std::map<std::string, std::string> text_map(const yaml::Node& options, std::string_view key) {
    std::map<std::string, std::string> result;
    if (const auto* value = options.find(key))
        for (const auto& [name, member] : values::as_mapping(*value, '=', false).entries)
            result[name.scalar] = member.is(yaml::Type::null) ? "" : member.as_text();
    return result;
}

template <class Parse>
std::optional<std::int64_t> number(const yaml::Node& options, std::string_view key, Parse parse) {
    const auto* value = options.find(key);
    if (value == nullptr)
        return std::nullopt;
    return parse(*value).value;
}

/// Every item through `parse`, which the check has seen to succeed.
template <class Parse>
auto parsed(const yaml::Node& options, std::string_view key, Parse parse) {
    std::vector<decltype(parse(std::string_view{}).value)> result;
    for (const auto& item : texts(options, key))
        result.push_back(parse(item).value);
    return result;
}

/// Each port once: "80" and "80/tcp" are the same, and ranges may overlap.
template <class Parse>
std::vector<Port> ports(const yaml::Node& options, std::string_view key, Parse parse) {
    std::vector<Port> result;
    std::set<std::tuple<std::string, std::string, int, std::string>> seen;
    for (auto& range : parsed(options, key, parse))
        for (auto& port : range)
            if (seen.emplace(port.host_ip, port.host_port, port.container_port, port.protocol)
                    .second)
                result.push_back(std::move(port));
    return result;
}

Texts extra_hosts(const yaml::Node& options) {
    Texts result;
    if (const auto* value = options.find("extra_hosts"))
        for (const auto& [host, address] : values::as_mapping(*value, ':', true).entries)
            result.push_back(host.scalar + ":" + address.as_text());
    std::sort(result.begin(), result.end());
    return result;
}

std::map<std::string, Ulimit> ulimits(const yaml::Node& options) {
    std::map<std::string, Ulimit> result;
    if (const auto* value = options.find("ulimits"))
        for (const auto& [name, limit] : value->entries)
            result[name.scalar] = values::parse_ulimit(limit).value;
    return result;
}

std::optional<Restart> restart(const yaml::Node& options) {
    const auto written = text(options, "restart");
    if (written.empty())
        return std::nullopt;
    return values::parse_restart(written).value;
}

void set_texts(const yaml::Node& options, Service& service) {
    service.container_name = text(options, "container_name");
    service.hostname = text(options, "hostname");
    service.domainname = text(options, "domainname");
    service.user = text(options, "user");
    service.working_dir = text(options, "working_dir");
    service.cgroup_parent = text(options, "cgroup_parent");
    service.cpuset = text(options, "cpuset");
    service.ipc = text(options, "ipc");
    service.pid = text(options, "pid");
    service.log_driver = text(options, "log_driver");
    service.mac_address = text(options, "mac_address");
    service.stop_signal = text(options, "stop_signal");
    service.volume_driver = text(options, "volume_driver");
}

void set_lists(const yaml::Node& options, Service& service) {
    service.command = command(options, "command");
    service.entrypoint = command(options, "entrypoint");
    service.labels = text_map(options, "labels");
    service.log_opt = text_map(options, "log_opt");
    service.ports = ports(options, "ports", values::parse_ports);
    service.expose = ports(options, "expose", values::parse_expose);
    service.links = parsed(options, "links", values::parse_link);
    service.external_links = parsed(options, "external_links", values::parse_link);
    service.devices = parsed(options, "devices", values::parse_device);
    service.cap_add = texts(options, "cap_add");
    service.cap_drop = texts(options, "cap_drop");
    service.dns = texts(options, "dns");
    service.dns_search = texts(options, "dns_search");
    service.extra_hosts = extra_hosts(options);
    service.ulimits = ulimits(options);
}

void set_numbers(const yaml::Node& options, Service& service) {
    service.cpu_shares = number(options, "cpu_shares", values::parse_integer);
    service.cpu_quota = number(options, "cpu_quota", values::parse_microseconds);
    service.mem_limit = number(options, "mem_limit", values::parse_bytes);
    service.memswap_limit = number(options, "memswap_limit", values::parse_bytes);
    service.mem_swappiness = number(options, "mem_swappiness", values::parse_integer);
    service.shm_size = number(options, "shm_size", values::parse_bytes);
    service.privileged = flag(options, "privileged");
    service.read_only = flag(options, "read_only");
    service.stdin_open = flag(options, "stdin_open");
    service.tty = flag(options, "tty");
}

bool is_readable_directory(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_directory(path, error) && ::access(path.c_str(), R_OK) == 0;
}

} // namespace

Service Normaliser::run(const RawService& raw) {
    Service service;
    service.name = raw.name;
    service.mark = raw.mark;
    set_source(raw, service);
    set_texts(raw.options, service);
    set_lists(raw.options, service);
    set_numbers(raw.options, service);
    service.restart = restart(raw.options);
    service.env_files = texts(raw.options, "env_file");
    service.environment = environments_.resolve(raw.options);
    set_volumes(raw, service);
    set_sharing(raw, service);
    set_security(raw, service);
    return service;
}

void Normaliser::set_source(const RawService& raw, Service& service) {
    service.image = text(raw.options, "image");
    const auto* context = raw.options.find("build");
    if (context == nullptr)
        return;
    service.build =
        Build{.context = context->scalar, .dockerfile = text(raw.options, "dockerfile")};
    if (service.build->remote())
        return;
    service.build->context = values::absolute_path(
        context->scalar, context_.base_of(context->mark), context_.environment
    );
    if (source_.check_builds && !is_readable_directory(service.build->context))
        context_.findings.add(
            context->mark,
            "build path {} either does not exist, is not accessible, or is not a "
            "valid URL.",
            service.build->context
        );
}

void Normaliser::set_volumes(const RawService& raw, Service& service) {
    const auto* list = raw.options.find("volumes");
    if (list == nullptr)
        return;
    std::map<std::string, std::string> mounted; // container path -> the text of its volume
    for (const auto& item : list->items) {
        auto volume = values::parse_volume(item.scalar).value;
        values::resolve_source(
            volume,
            raw.options.find("volume_driver") != nullptr,
            context_.base_of(item.mark),
            context_.environment
        );
        const auto [earlier, fresh] = mounted.emplace(volume.target, values::volume_text(volume));
        if (!fresh)
            context_.findings.add(
                item.mark,
                "Duplicate mount points: [{}, {}]",
                earlier->second,
                values::volume_text(volume)
            );
        service.volumes.push_back(std::move(volume));
    }
}

void Normaliser::set_sharing(const RawService& raw, Service& service) {
    service.volumes_from = parsed(raw.options, "volumes_from", values::parse_volumes_from);
    for (auto& from : service.volumes_from)
        from.is_service = services_.find(from.source) != nullptr;
    constexpr std::string_view prefix = "container:";
    const auto net = text(raw.options, "net");
    if (net.empty())
        return;
    service.network = {.kind = NetworkMode::Kind::mode, .name = net};
    if (net.starts_with(prefix)) {
        service.network.name = net.substr(prefix.size());
        const bool known = services_.find(service.network.name) != nullptr;
        service.network.kind = known ? NetworkMode::Kind::service : NetworkMode::Kind::container;
    }
}

void Normaliser::set_security(const RawService& raw, Service& service) {
    const auto* list = raw.options.find("security_opt");
    if (list == nullptr)
        return;
    for (const auto& item : list->items) {
        auto option = values::resolve_security_option(
            item.scalar, context_.base_of(item.mark), context_.environment, source_.read_profiles
        );
        if (!option.ok())
            context_.findings.add(item.mark, "{}", option.problem);
        service.security_opt.push_back(std::move(option.value));
    }
}

} // namespace orch::compose::load
