#include "drivers/docker/wishes.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <charconv>
#include <filesystem>
#include <limits>

namespace orch::drivers::docker {

namespace {

using Json = nlohmann::json;

/// "512m", "2g", "1073741824": as docker's own --memory.
std::int64_t parse_memory(const std::string& written) {
    constexpr std::string_view units = "bkmg";
    auto digits = text::lower(written);
    int shift = 0;
    if (!digits.empty())
        if (const auto unit = units.find(digits.back()); unit != std::string_view::npos) {
            shift = static_cast<int>(unit) * 10;
            digits.pop_back();
        }
    std::int64_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < 0 ||
        value > (std::numeric_limits<std::int64_t>::max() >> shift))
        throw Error(Kind::usage, "--docker-memory takes a size, not \"{}\"", written)
            .hint("sizes look like 512m or 2g");
    return value << shift;
}

bool is_port(std::string_view text) {
    int port = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, port);
    return parsed.ec == std::errc() && parsed.ptr == end && port > 0 && port < 65536;
}

/// "80", "8080:80", "127.0.0.1:8080:80/tcp" into {"80/tcp": [{"HostIp": .., "HostPort": ..}]}.
void add_publish(const std::string& written, Json& bindings) {
    const auto slash = std::min(written.find('/'), written.size());
    const auto protocol = slash == written.size() ? "tcp" : written.substr(slash + 1);
    auto parts = text::split(std::string_view(written).substr(0, slash), ':');
    const auto inside = parts.back();
    const auto outside = parts.size() > 1 ? parts[parts.size() - 2] : std::string();
    const auto address = parts.size() > 2 ? parts[0] : std::string();
    const bool known = protocol == "tcp" || protocol == "udp" || protocol == "sctp";
    if (parts.size() > 3 || !known || !is_port(inside) || !(outside.empty() || is_port(outside)))
        throw Error(Kind::usage, "--docker-publish takes a port, not \"{}\"", written)
            .hint("ports look like 8080:80, 127.0.0.1:8080:80 or 53:53/udp");
    bindings[inside + "/" + protocol].push_back({{"HostIp", address}, {"HostPort", outside}});
}

/// A path of this computer is made absolute; names of volumes stay.
std::string checked_volume(const std::string& written) {
    const auto colon = written.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == written.size() ||
        written[colon + 1] != '/')
        throw Error(Kind::usage, "--docker-volume takes SOURCE:PATH[:ro], not \"{}\"", written);
    if (written[0] != '.')
        return written;
    const auto source = std::filesystem::absolute(written.substr(0, colon)).lexically_normal();
    return source.string() + written.substr(colon);
}

} // namespace

Info info() {
    return {
        .name = "docker",
        .summary = "A container on the local engine that is a whole host: systemd, sshd, dockerd",
        .options =
            {
                {.name = "docker-image",
                 .env = "DOCKER_DRIVER_IMAGE",
                 .fallback = std::string(default_image),
                 .help =
                     "Image with systemd and sshd; the default one is built where it is missing, "
                     "others are pulled"},
                {.name = "docker-cpu-count",
                 .env = "",
                 .kind = OptionKind::integer,
                 .fallback = "0",
                 .help = "Processors that the machine may use at most; 0 for all"},
                {.name = "docker-memory",
                 .env = "",
                 .fallback = "0",
                 .help = "Memory that it may use at most, like 512m or 2g; 0 for all"},
                {.name = "docker-network",
                 .env = "",
                 .fallback = "orch",
                 .help = "Network of the machines; made where it is missing"},
                {.name = "docker-publish",
                 .env = "",
                 .kind = OptionKind::list,
                 .help = "Port of the machine to publish on the engine's host, like 8080:80"},
                {.name = "docker-volume",
                 .env = "",
                 .kind = OptionKind::list,
                 .help = "Directory or volume to show in the machine, like /srv:/srv:ro"},
                {.name = "docker-ssh-user",
                 .env = "",
                 .fallback = "docker",
                 .help = "User to log in as: root, or one with user id 1000 and sudo"},
                {.name = "docker-host",
                 .env = "ORCH_DOCKER_HOST",
                 .env_else = "DOCKER_HOST",
                 .env_unless = "DOCKER_MACHINE_NAME",
                 .fallback = "unix:///var/run/docker.sock",
                 .help = "Engine on which the machines run"},
                {.name = "docker-cert-path",
                 .env = "ORCH_DOCKER_CERT_PATH",
                 .env_else = "DOCKER_CERT_PATH",
                 .env_unless = "DOCKER_MACHINE_NAME",
                 .help =
                     "Directory with ca.pem, cert.pem and key.pem for a --docker-host that asks "
                     "for them"},
                {.name = "docker-runtime",
                 .env = "",
                 .help = "Runtime of the engine that needs no privileges, like sysbox-runc"},
            },
        .renames = true, // the record names the container and its token
    };
}

Wishes read_wishes(const Values& values) {
    Wishes wishes{
        .image = values.text("docker-image"),
        .cpus = values.integer("docker-cpu-count"),
        .memory = parse_memory(values.text("docker-memory")),
        .network = values.text("docker-network"),
        .publish = Json::object(),
        .user = values.text("docker-ssh-user"),
        .host = values.text("docker-host"),
        .certificates = values.text("docker-cert-path"),
        .runtime = values.text("docker-runtime"),
    };
    if (wishes.cpus < 0)
        throw Error(Kind::usage, "--docker-cpu-count takes a number from 0 on");
    for (const auto& port : values.list("docker-publish"))
        add_publish(port, wishes.publish);
    for (const auto& volume : values.list("docker-volume"))
        wishes.volumes.push_back(checked_volume(volume));
    for (const auto* network : {"host", "none", "bridge", "default"})
        if (wishes.network == network)
            throw Error(Kind::usage, "--docker-network cannot be \"{}\"", network)
                .hint("machines need a network of their own; any other name will do");
    return wishes;
}

} // namespace orch::drivers::docker
