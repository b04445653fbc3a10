#include "drivers/qemu/wishes.hpp"

#include "drivers/kit/images.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <filesystem>
#include <optional>
#include <unistd.h>

namespace orch::drivers::qemu {

namespace {

std::optional<int> number_in(std::string_view text, int least, int most) {
    int value = 0;
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < least || value > most)
        return std::nullopt;
    return value;
}

std::optional<int> port_in(std::string_view text) { return number_in(text, 1, 65535); }

bool is_ipv4(const std::string& text) {
    in_addr address{};
    return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

int least(const Values& values, const std::string& option, int minimum) {
    const int value = values.integer(option);
    if (value < minimum)
        throw Error(Kind::usage, "--{} takes a number from {} on, not {}", option, minimum, value);
    return value;
}

int processors(const Values& values) {
    const int wish = values.integer("qemu-cpu-count");
    if (wish == -1)
        return static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    if (wish < 1)
        throw Error(Kind::usage, "--qemu-cpu-count takes a number from 1 on, or -1 for all");
    return wish;
}

std::string absolute_file(const Values& values, const std::string& option) {
    const auto& written = values.text(option);
    if (written.empty())
        return {};
    const auto path = std::filesystem::absolute(written).lexically_normal();
    if (!std::filesystem::is_regular_file(path))
        throw Error(Kind::usage, "--{}: there is no file {}", option, path.string());
    return path.string();
}

/// "192.0.2.7/24"
std::string network_address(const Values& values) {
    const auto& written = values.text("qemu-network-address");
    const auto slash = written.find('/');
    const bool good =
        written.empty() || (slash != std::string::npos && is_ipv4(written.substr(0, slash)) &&
                            number_in(written.substr(slash + 1), 1, 32));
    if (!good)
        throw Error(Kind::usage, "--qemu-network-address takes ADDRESS/PREFIX, not \"{}\"", written)
            .hint("addresses look like 192.0.2.7/24");
    return written;
}

std::string gateway(const Values& values) {
    const auto& written = values.text("qemu-network-gateway");
    if (!written.empty() && !is_ipv4(written))
        throw Error(Kind::usage, "--qemu-network-gateway takes an address, not \"{}\"", written);
    if (!written.empty() && values.text("qemu-network-address").empty())
        throw Error(Kind::usage, "--qemu-network-gateway needs --qemu-network-address")
            .hint("without an address, DHCP says which way leads out");
    return written;
}

/// What is a user's name for useradd, and nothing else for a shell or YAML.
std::string user_name(const Values& values) {
    const auto& name = values.text("qemu-ssh-user");
    constexpr auto* letters = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    if (name.empty() || name.size() > 32 || name.front() == '-' ||
        name.find_first_not_of(letters) != std::string::npos)
        throw Error(Kind::usage, "--qemu-ssh-user takes a user's name, not \"{}\"", name);
    return name;
}

void refuse_double_ports(const std::vector<Publish>& publish) {
    for (auto one = publish.begin(); one != publish.end(); ++one)
        for (auto other = publish.begin(); other != one; ++other)
            if (one->host == other->host && one->protocol == other->protocol &&
                (one->address == other->address || one->address.empty() || other->address.empty()))
                throw Error(Kind::usage, "--qemu-publish names port {} twice", one->host);
}

void refuse_conflicts(const Wishes& wishes) {
    if (wishes.network == "user" && !wishes.address.empty())
        throw Error(Kind::usage, "--qemu-network-address needs another --qemu-network than user");
    if (wishes.boot2docker_url.empty())
        return;
    if (wishes.network != "user")
        throw Error(Kind::usage, "--qemu-boot2docker-url goes with --qemu-network user only");
    if (!wishes.user_data.empty())
        throw Error(
            Kind::usage,
            "--qemu-userdata needs an image with cloud-init, and "
            "boot2docker has none"
        );
    if (wishes.cluster)
        throw Error(
            Kind::usage, "--qemu-boot2docker-url does not go with --swarm or --qemu-cluster on"
        )
            .hint("its guests know no second network; machines of today's images do");
}

} // namespace

Info info() {
    using enum OptionKind;
    return {
        .name = "qemu",
        .summary = "A virtual machine on this computer, run by QEMU",
        .options =
            {
                {.name = "qemu-memory",
                 .env = "QEMU_MEMORY",
                 .kind = integer,
                 .fallback = "2048",
                 .help = "Memory in MB"},
                {.name = "qemu-disk-size",
                 .env = "QEMU_DISK_SIZE",
                 .kind = integer,
                 .fallback = "20000",
                 .help = "Size of the disk in MB; it takes up only what is used of it"},
                {.name = "qemu-cpu-count",
                 .env = "QEMU_CPU_COUNT",
                 .kind = integer,
                 .fallback = "2",
                 .help = "Processors; -1 for as many as this computer has"},
                {.name = "qemu-program",
                 .env = "QEMU_PROGRAM",
                 .help = "QEMU's program; default qemu-system- and this computer's processor"},
                {.name = "qemu-image",
                 .env = "QEMU_IMAGE",
                 .fallback = std::string(kit::default_image),
                 .help = "Cloud image: a name, a file or a URL of a qcow2 or raw disk, with "
                         "#sha256=HEX or #sha512=HEX behind it to have it checked",
                 .choices = kit::image_names(),
                 .open_ended = true},
                {.name = "qemu-accel",
                 .env = "QEMU_ACCEL",
                 .fallback = "auto",
                 .help = "How the processor is made: auto takes what works here",
                 .choices = {"auto", "kvm", "hvf", "whpx", "tcg"}},
                {.name = "qemu-network",
                 .env = "QEMU_NETWORK",
                 .fallback = "user",
                 .help = "user: behind this computer, reached by forwarded ports; the others: an "
                         "address of its own",
                 .choices = {"user", "bridge", "tap", "vmnet-shared"}},
                {.name = "qemu-network-bridge",
                 .env = "",
                 .fallback = "br0",
                 .help = "Bridge for --qemu-network bridge"},
                {.name = "qemu-network-interface",
                 .env = "",
                 .fallback = "tap0",
                 .help = "Interface for --qemu-network tap"},
                {.name = "qemu-network-address",
                 .env = "",
                 .help = "Address of the machine in that network, like 192.0.2.7/24; default: DHCP",
                 .per_machine = true},
                {.name = "qemu-network-gateway",
                 .env = "",
                 .help = "Router and name server of that network, for --qemu-network-address"},
                {.name = "qemu-cluster",
                 .env = "QEMU_CLUSTER",
                 .fallback = "auto",
                 .help = "A second network that joins the machines of this store, by multicast; "
                         "auto: with --swarm",
                 .choices = {"auto", "on", "off"}},
                {.name = "qemu-publish",
                 .env = "QEMU_PUBLISH",
                 .kind = list,
                 .help = "Port of this computer that leads into the machine, like 8080:80"},
                {.name = "qemu-localports",
                 .env = "QEMU_LOCALPORTS",
                 .help = "Ports of this computer to choose those for SSH and the engine from, like "
                         "40000-40099"},
                {.name = "qemu-ssh-user",
                 .env = "QEMU_SSH_USER",
                 .fallback = "orch",
                 .help = "User to log in as; cloud-init makes it"},
                {.name = "qemu-userdata",
                 .env = "QEMU_USERDATA",
                 .help = "File for cloud-init, besides what orch tells it"},
                {.name = "qemu-boot2docker-url",
                 .env = "QEMU_BOOT2DOCKER_URL",
                 .help = "Start this ISO of boot2docker instead of a cloud image"},
                {.name = "qemu-firmware",
                 .env = "QEMU_FIRMWARE",
                 .help = "UEFI firmware; default: none on x86_64, the system's on aarch64"},
            },
    };
}

Publish parse_publish(std::string_view written) {
    const auto slash = std::min(written.find('/'), written.size());
    const auto parts = text::split(written.substr(0, slash), ':');
    Publish publish;
    if (slash < written.size())
        publish.protocol = written.substr(slash + 1);
    const bool shaped = parts.size() == 2 || (parts.size() == 3 && is_ipv4(parts[0]));
    const auto host = shaped ? port_in(parts[parts.size() - 2]) : std::nullopt;
    const auto guest = port_in(parts.back());
    if (!host || !guest || (publish.protocol != "tcp" && publish.protocol != "udp"))
        throw Error(Kind::usage, "--qemu-publish takes a pair of ports, not \"{}\"", written)
            .hint("pairs look like 8080:80, 127.0.0.1:8080:80 or 5353:53/udp");
    publish.address = parts.size() == 3 ? parts[0] : "";
    publish.host = *host;
    publish.guest = *guest;
    return publish;
}

std::string publish_text(const Publish& port) {
    const auto address = port.address.empty() ? "" : port.address + ":";
    return fmt::format("{}{}:{}/{}", address, port.host, port.guest, port.protocol);
}

PortRange parse_range(std::string_view written) {
    if (written.empty())
        return {};
    const auto parts = text::split(written, '-');
    const auto first = port_in(parts.front());
    const auto last = port_in(parts.back());
    if (parts.size() != 2 || !first || !last || *last <= *first)
        throw Error(Kind::usage, "--qemu-localports takes two ports or more, not \"{}\"", written)
            .hint("ranges look like 40000-40099");
    return {*first, *last};
}

std::string range_text(const PortRange& range) {
    return range.first == 0 ? "" : fmt::format("{}-{}", range.first, range.last);
}

Wishes read_wishes(const Request& request) {
    const auto& values = request.values;
    const auto& cluster = values.text("qemu-cluster");
    Wishes wishes{
        .memory = least(values, "qemu-memory", 256),
        .disk_size = least(values, "qemu-disk-size", 1000),
        .cpus = processors(values),
        .program = values.text("qemu-program"),
        .image = values.text("qemu-image"),
        .accel = values.text("qemu-accel"),
        .network = values.text("qemu-network"),
        .bridge = values.text("qemu-network-bridge"),
        .interface = values.text("qemu-network-interface"),
        .address = network_address(values),
        .gateway = gateway(values),
        .cluster = cluster == "on" || (cluster == "auto" && !request.swarm_discovery.empty() &&
                                       values.text("qemu-network") == "user"),
        .publish = {},
        .local_ports = parse_range(values.text("qemu-localports")),
        .user = user_name(values),
        .user_data = absolute_file(values, "qemu-userdata"),
        .boot2docker_url = values.text("qemu-boot2docker-url"),
        .firmware = absolute_file(values, "qemu-firmware"),
    };
    for (const auto& port : values.list("qemu-publish"))
        wishes.publish.push_back(parse_publish(port));
    refuse_double_ports(wishes.publish);
    refuse_conflicts(wishes);
    return wishes;
}

} // namespace orch::drivers::qemu
