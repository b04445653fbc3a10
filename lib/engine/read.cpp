#include "lib/engine/read.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>

namespace orch::engine {

namespace {

using Json = nlohmann::json;

const Json& member(const Json& object, const char* key) {
    static const Json absent;
    if (!object.is_object())
        return absent;
    const auto found = object.find(key);
    return found == object.end() ? absent : *found;
}

std::string text_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::string text_at(const Json& object, const char* key) { return text_of(member(object, key)); }

template <class Number>
Number number_at(const Json& object, const char* key) {
    const auto& value = member(object, key);
    return value.is_number() ? value.get<Number>() : Number{};
}

bool flag_at(const Json& object, const char* key) {
    const auto& value = member(object, key);
    return value.is_boolean() && value.get<bool>();
}

std::vector<std::string> list_at(const Json& object, const char* key) {
    std::vector<std::string> items;
    const auto& value = member(object, key);
    if (value.is_string())
        items.push_back(value.get<std::string>()); // very old images: Entrypoint as text
    if (value.is_array())
        for (const auto& item : value)
            items.push_back(text_of(item));
    return items;
}

std::vector<std::string> keys_at(const Json& object, const char* key) {
    std::vector<std::string> keys;
    const auto& value = member(object, key);
    if (value.is_object())
        for (const auto& entry : value.items())
            keys.push_back(entry.key());
    return keys;
}

Labels labels_at(const Json& object, const char* key) {
    Labels labels;
    const auto& value = member(object, key);
    if (value.is_object())
        for (const auto& [name, content] : value.items())
            labels[name] = text_of(content);
    return labels;
}

std::string without_slash(std::string name) {
    if (name.starts_with('/'))
        name.erase(0, 1);
    return name;
}

/// RFC 3339 as the engine writes it, in UTC with up to nine digits: "2026-01-02T03:04:05.5Z".
/// Nanoseconds since 1970; 0 for the zero time of year 1 and for anything else.
std::int64_t nanoseconds_of(const std::string& time) {
    std::tm parts{};
    const char* rest = strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr || parts.tm_year < 70)
        return 0;
    std::int64_t fraction = 0;
    std::int64_t unit = 1'000'000'000;
    if (*rest == '.')
        for (++rest; *rest >= '0' && *rest <= '9' && unit > 1; ++rest)
            fraction += (*rest - '0') * (unit /= 10);
    return timegm(&parts) * std::int64_t{1'000'000'000} + fraction;
}

int to_port(const std::string& text) {
    return !text.empty() &&
                   std::all_of(
                       text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }
                   ) &&
                   text.size() <= 5
               ? std::stoi(text)
               : 0;
}

/// NetworkSettings.Ports: {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "53/udp": null}
std::vector<PublishedPort> published_ports(const Json& ports) {
    std::vector<PublishedPort> result;
    if (!ports.is_object())
        return result;
    for (const auto& [key, bindings] : ports.items()) {
        const auto slash = key.find('/');
        PublishedPort port{
            .container_port = to_port(key.substr(0, slash)),
            .protocol = slash == std::string::npos ? "tcp" : key.substr(slash + 1),
        };
        if (!bindings.is_array() || bindings.empty()) {
            result.push_back(port);
            continue;
        }
        for (const auto& binding : bindings) {
            port.ip = text_at(binding, "HostIp");
            port.host_port = to_port(text_at(binding, "HostPort"));
            result.push_back(port);
        }
    }
    return result;
}

/// NetworkSettings.Networks: {"bridge": {"IPAddress": "172.17.0.2"}}
std::map<std::string, std::string> addresses(const Json& networks) {
    std::map<std::string, std::string> result;
    if (networks.is_object())
        for (const auto& [name, endpoint] : networks.items())
            result[name] = text_at(endpoint, "IPAddress");
    return result;
}

std::vector<Mount> mounts(const Json& answer) {
    std::vector<Mount> result;
    if (!answer.is_array())
        return result;
    for (const auto& mount : answer)
        result.push_back({
            .type = text_at(mount, "Type"),
            .name = text_at(mount, "Name"),
            .source = text_at(mount, "Source"),
            .destination = text_at(mount, "Destination"),
            .mode = text_at(mount, "Mode"),
            .writable = flag_at(mount, "RW"),
        });
    return result;
}

/// As `docker stats` computes it: the container's share of what all processors did, times their
/// number. 0 for the first sample of a stream, which has none before it.
double cpu_percent(const Json& answer) {
    const auto& now = member(answer, "cpu_stats");
    const auto& before = member(answer, "precpu_stats");
    const auto total = [](const Json& sample) {
        return number_at<double>(member(sample, "cpu_usage"), "total_usage");
    };
    const auto system = number_at<double>(now, "system_cpu_usage");
    const auto system_before = number_at<double>(before, "system_cpu_usage");
    const auto used = total(now) - total(before);
    if (system_before <= 0 || system <= system_before || used <= 0)
        return 0;
    auto processors = number_at<double>(now, "online_cpus");
    if (processors <= 0)
        processors = static_cast<double>(member(member(now, "cpu_usage"), "percpu_usage").size());
    return used / (system - system_before) * processors * 100;
}

/// Without file pages that nobody has used lately: cgroup v1 and v2 name them differently.
std::uint64_t used_memory(const Json& memory) {
    const auto usage = number_at<std::uint64_t>(memory, "usage");
    const auto& details = member(memory, "stats");
    for (const auto* const name : {"total_inactive_file", "inactive_file"})
        if (const auto idle = number_at<std::uint64_t>(details, name); idle > 0)
            return idle < usage ? usage - idle : usage;
    return usage;
}

/// Its own name is the one with the fewest slashes: links have the names of others in front.
const std::string& shortest(const std::vector<std::string>& names) {
    static const std::string none;
    const auto slashes = [](const std::string& name) {
        return std::count(name.begin(), name.end(), '/');
    };
    const auto found =
        std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
            return slashes(a) < slashes(b);
        });
    return found == names.end() ? none : *found;
}

} // namespace

std::string ContainerSummary::name() const {
    const auto& own = shortest(names);
    return own.empty() ? id.substr(0, 12) : own.substr(own.rfind('/') + 1);
}

std::string ContainerSummary::node() const {
    const auto& own = shortest(names);
    const auto last = own.rfind('/');
    return last == std::string::npos || last == 0 ? "" : own.substr(1, last - 1);
}

Version read_version(const Json& answer) {
    return {
        .engine = text_at(answer, "Version"),
        .api = text_at(answer, "ApiVersion"),
        .min_api = text_at(answer, "MinAPIVersion"),
        .os = text_at(answer, "Os"),
        .arch = text_at(answer, "Arch"),
    };
}

ContainerSummary read_container_summary(const Json& answer) {
    ContainerSummary summary{
        .id = text_at(answer, "Id"),
        .names = list_at(answer, "Names"),
        .image = text_at(answer, "Image"),
        .image_id = text_at(answer, "ImageID"),
        .command = text_at(answer, "Command"),
        .state = text_at(answer, "State"),
        .status = text_at(answer, "Status"),
        .created = number_at<std::int64_t>(answer, "Created"),
        .labels = labels_at(answer, "Labels"),
        .mounts = mounts(member(answer, "Mounts")),
        .addresses = addresses(member(member(answer, "NetworkSettings"), "Networks")),
    };
    if (const auto& ports = member(answer, "Ports"); ports.is_array())
        for (const auto& port : ports)
            summary.ports.push_back({
                .ip = text_at(port, "IP"),
                .container_port = number_at<int>(port, "PrivatePort"),
                .host_port = number_at<int>(port, "PublicPort"),
                .protocol = text_at(port, "Type"),
            });
    return summary;
}

Container read_container(const Json& answer) {
    const auto& state = member(answer, "State");
    const auto& config = member(answer, "Config");
    const auto& host = member(answer, "HostConfig");
    const auto& network = member(answer, "NetworkSettings");
    return {
        .id = text_at(answer, "Id"),
        .name = without_slash(text_at(answer, "Name")),
        .created = text_at(answer, "Created"),
        .image_id = text_at(answer, "Image"),
        .image = text_at(config, "Image"),
        .status = text_at(state, "Status"),
        .exit_code = number_at<int>(state, "ExitCode"),
        .finished_nano = nanoseconds_of(text_at(state, "FinishedAt")),
        .tty = flag_at(config, "Tty"),
        .health = text_at(member(state, "Health"), "Status"),
        .entrypoint = list_at(config, "Entrypoint"),
        .command = list_at(config, "Cmd"),
        .env = list_at(config, "Env"),
        .labels = labels_at(config, "Labels"),
        .mounts = mounts(member(answer, "Mounts")),
        .links = list_at(host, "Links"),
        .network_mode = text_at(host, "NetworkMode"),
        .log_driver = text_at(member(host, "LogConfig"), "Type"),
        .ports = published_ports(member(network, "Ports")),
        .addresses = addresses(member(network, "Networks")),
        .node = text_at(member(answer, "Node"), "Name"),
    };
}

Image read_image(const Json& answer) {
    const auto& config = member(answer, "Config");
    return {
        .id = text_at(answer, "Id"),
        .tags = list_at(answer, "RepoTags"),
        .digests = list_at(answer, "RepoDigests"),
        .layers = list_at(member(answer, "RootFS"), "Layers"),
        .volumes = keys_at(config, "Volumes"),
        .exposed = keys_at(config, "ExposedPorts"),
        .env = list_at(config, "Env"),
        .labels = labels_at(config, "Labels"),
        .size = number_at<std::uint64_t>(answer, "Size"),
    };
}

Network read_network(const Json& answer) {
    return {
        .id = text_at(answer, "Id"),
        .name = text_at(answer, "Name"),
        .driver = text_at(answer, "Driver"),
        .scope = text_at(answer, "Scope"),
        .labels = labels_at(answer, "Labels"),
    };
}

NetworkDetails read_network_details(const Json& answer) {
    NetworkDetails details{.network = read_network(answer)};
    if (const auto& pools = member(member(answer, "IPAM"), "Config"); pools.is_array())
        for (const auto& pool : pools)
            details.subnets.push_back(text_at(pool, "Subnet"));
    if (const auto& containers = member(answer, "Containers"); containers.is_object())
        for (const auto& container : containers) {
            const auto address = text_at(container, "IPv4Address");
            details.addresses.push_back(address.substr(0, address.find('/')));
        }
    return details;
}

Volume read_volume(const Json& answer) {
    return {
        .name = text_at(answer, "Name"),
        .labels = labels_at(answer, "Labels"),
        .driver = text_at(answer, "Driver"),
    };
}

Processes read_processes(const Json& answer) {
    Processes processes{.titles = list_at(answer, "Titles")};
    if (const auto& rows = member(answer, "Processes"); rows.is_array())
        for (const auto& row : rows) {
            auto& cells = processes.rows.emplace_back();
            for (const auto& cell : row)
                cells.push_back(text_of(cell));
        }
    return processes;
}

Usage read_usage(const Json& answer) {
    const auto& memory = member(answer, "memory_stats");
    Usage usage{
        .cpu_percent = cpu_percent(answer),
        .memory = used_memory(memory),
        .memory_limit = number_at<std::uint64_t>(memory, "limit"),
        .processes = number_at<std::uint64_t>(member(answer, "pids_stats"), "current"),
    };
    if (const auto& networks = member(answer, "networks"); networks.is_object())
        for (const auto& network : networks) {
            usage.received += number_at<std::uint64_t>(network, "rx_bytes");
            usage.sent += number_at<std::uint64_t>(network, "tx_bytes");
        }
    const auto& blocks = member(member(answer, "blkio_stats"), "io_service_bytes_recursive");
    if (blocks.is_array())
        for (const auto& entry : blocks) {
            const auto operation = text::lower(text_at(entry, "op"));
            if (operation == "read")
                usage.blocks_read += number_at<std::uint64_t>(entry, "value");
            if (operation == "write")
                usage.blocks_written += number_at<std::uint64_t>(entry, "value");
        }
    return usage;
}

PathStat read_path_stat(const Json& answer) {
    constexpr std::uint64_t directory_bit = 1U << 31U; // Go's os.FileMode
    constexpr std::uint64_t link_bit = 1U << 27U;
    const auto mode = number_at<std::uint64_t>(answer, "mode");
    return {
        .name = text_at(answer, "name"),
        .size = number_at<std::uint64_t>(answer, "size"),
        .directory = (mode & directory_bit) != 0,
        .link = (mode & link_bit) != 0,
        .link_target = text_at(answer, "linkTarget"),
    };
}

Created read_created(const Json& answer) {
    return {.id = text_at(answer, "Id"), .warnings = list_at(answer, "Warnings")};
}

int read_exit_code(const Json& answer) {
    if (const auto problem = text_at(member(answer, "Error"), "Message"); !problem.empty())
        throw Error(Kind::remote, "{}", problem);
    return number_at<int>(answer, "StatusCode");
}

EngineEvent read_event(const Json& answer) {
    const auto& actor = member(answer, "Actor");
    return {
        .type = text_at(answer, "Type"),
        .action = text_at(answer, "Action"),
        .id = text_at(actor, "ID"),
        .attributes = labels_at(actor, "Attributes"),
        .time_nano = number_at<std::int64_t>(answer, "timeNano"),
    };
}

StreamEvent read_stream_event(const Json& answer) {
    auto failure = text_at(member(answer, "errorDetail"), "message");
    if (failure.empty())
        failure = text_at(answer, "error");
    if (!failure.empty())
        throw Error(Kind::remote, "{}", text::trim(failure));
    const auto& amount = member(answer, "progressDetail");
    return {
        .id = text_at(answer, "id"),
        .status = text_at(answer, "status"),
        .stream = text_at(answer, "stream"),
        .current = number_at<std::uint64_t>(amount, "current"),
        .total = number_at<std::uint64_t>(amount, "total"),
        .progress = answer.contains("progressDetail") || answer.contains("progress"),
        .aux_id = text_at(member(answer, "aux"), "ID"),
        .aux_digest = text_at(member(answer, "aux"), "Digest"),
    };
}

} // namespace orch::engine
