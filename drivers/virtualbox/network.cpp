#include "drivers/virtualbox/network.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace orch::drivers::virtualbox {

namespace {

constexpr std::string_view dhcp_prefix = "HostInterfaceNetworking-";
constexpr Cidr default_range{0xC0A83800, 21}; // 192.168.56.0/21

std::optional<int> number(std::string_view text, int most) {
    int value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < 0 || value > most)
        return std::nullopt;
    return value;
}

std::optional<Cidr> read_cidr(const std::string& written) {
    const auto slash = written.find('/');
    if (slash == std::string::npos)
        return std::nullopt;
    const auto address = parse_dotted(written.substr(0, slash));
    const auto prefix = number(std::string_view(written).substr(slash + 1), 32);
    if (!address || !prefix)
        return std::nullopt;
    return Cidr{*address, *prefix};
}

std::string written(const Cidr& cidr) {
    return fmt::format("{}/{}", dotted(cidr.address), cidr.prefix);
}

bool overlaps(const Cidr& one, const Cidr& other) {
    return one.holds(other.address) || other.holds(one.address);
}

/// VirtualBox itself cannot tell them apart either.
void refuse_twins(const std::vector<Adapter>& adapters) {
    std::set<std::string> seen;
    for (const auto& adapter : adapters) {
        const bool has_address = !adapter.address.empty() && adapter.address != "0.0.0.0";
        if (!seen.insert("name " + adapter.network).second ||
            (has_address && !seen.insert("address " + adapter.address).second))
            throw Error(
                Kind::conflict,
                "VirtualBox has two host-only adapters called {} or at {}",
                adapter.name,
                adapter.address
            )
                .hint("remove one of them: VBoxManage hostonlyif remove NAME");
    }
}

/// Another network card in the same network would get the packets for the machines. `own` are
/// VirtualBox's adapters.
void refuse_collision(
    const Cidr& cidr,
    const std::vector<net::Interface>& interfaces,
    const std::set<std::string>& own
) {
    for (const auto& each : interfaces) {
        const Cidr other{each.address, each.prefix};
        if (each.loopback || own.contains(each.name) || !overlaps(cidr, other))
            continue;
        throw Error(
            Kind::conflict,
            "the host-only network {} is in the way of {}, which has {}",
            written(cidr),
            each.name,
            written(other)
        )
            .hint("choose another one inside 192.168.56.0/21: --virtualbox-hostonly-cidr "
                  "192.168.60.1/24");
    }
}

Adapter configured(
    VBoxManage& vbox, const Cidr& cidr, const std::string& name, const std::stop_token& stop
) {
    const Args args{
        "hostonlyif",
        "ipconfig",
        name,
        "--ip",
        dotted(cidr.address),
        "--netmask",
        dotted(cidr.mask())};
    const auto outcome = vbox.attempt(args, stop);
    if (outcome.ok())
        return {
            .name = name,
            .address = dotted(cidr.address),
            .mask = dotted(cidr.mask()),
            .network = std::string(dhcp_prefix) + name,
        };
    vbox.attempt({"hostonlyif", "remove", name}, stop);
    if (outcome.err.find("E_ACCESSDENIED") != std::string::npos)
        throw not_allowed(cidr);
    throw failure_of(args, outcome);
}

Adapter make_adapter(VBoxManage& vbox, const Cidr& cidr, const std::stop_token& stop) {
    const Args args{"hostonlyif", "create"};
    const auto outcome = vbox.attempt(args, stop);
    const auto name = created_interface(outcome.out);
    if (name.empty()) {
        auto error = failure_of(args, outcome);
        throw error.hint("VirtualBox's kernel modules must be loaded: as root, "
                         "/sbin/vboxconfig or modprobe vboxnetadp vboxnetflt");
    }
    return configured(vbox, cidr, name, stop);
}

Args dhcp_args(const char* verb, const DhcpServer& server) {
    return {
        "dhcpserver",
        verb,
        "--netname",
        server.network,
        "--ip",
        server.address,
        "--netmask",
        server.mask,
        "--lowerip",
        server.lower,
        "--upperip",
        server.upper,
        server.enabled ? "--enable" : "--disable",
    };
}

/// Servers of adapters that are gone would answer on the next adapter of that name.
void sweep_servers(
    VBoxManage& vbox,
    const std::vector<DhcpServer>& servers,
    const std::vector<Adapter>& adapters,
    const std::stop_token& stop
) {
    for (const auto& server : servers) {
        const bool used = std::any_of(adapters.begin(), adapters.end(), [&](const auto& adapter) {
            return adapter.network == server.network;
        });
        if (server.network.starts_with(dhcp_prefix) && !used)
            vbox.attempt({"dhcpserver", "remove", "--netname", server.network}, stop);
    }
}

void ensure_dhcp(
    VBoxManage& vbox,
    const NetworkWishes& wishes,
    const std::vector<Adapter>& adapters,
    const std::string& network,
    const std::stop_token& stop
) {
    const auto servers = parse_dhcp_servers(vbox.run({"list", "dhcpservers"}, stop));
    sweep_servers(vbox, servers, adapters, stop);
    const auto there = std::find_if(servers.begin(), servers.end(), [&](const auto& server) {
        return server.network == network;
    });
    auto wanted = dhcp_for(wishes.cidr, network);
    wanted.enabled = wishes.dhcp;
    if (there == servers.end()) {
        if (wishes.dhcp)
            vbox.run(dhcp_args("add", wanted), stop);
        return;
    }
    const bool fits = wishes.dhcp ? serves(*there, wishes.cidr) : !there->enabled;
    if (!fits)
        vbox.run(dhcp_args("modify", wanted), stop);
}

Attachment ensure_adapter(
    VBoxManage& vbox,
    const NetworkWishes& wishes,
    const std::vector<net::Interface>& interfaces,
    const std::stop_token& stop
) {
    const auto& cidr = wishes.cidr;
    auto adapters = parse_adapters(vbox.run({"list", "hostonlyifs"}, stop));
    refuse_twins(adapters);
    std::set<std::string> own;
    for (const auto& adapter : adapters)
        own.insert(adapter.name);
    const auto found = std::find_if(adapters.begin(), adapters.end(), [&](const auto& adapter) {
        return adapter.address == dotted(cidr.address) && adapter.mask == dotted(cidr.mask());
    });
    refuse_collision(cidr, interfaces, own);
    const auto adapter = found != adapters.end() ? *found : make_adapter(vbox, cidr, stop);
    if (found == adapters.end())
        adapters.push_back(adapter);
    ensure_dhcp(vbox, wishes, adapters, adapter.network, stop);
    return {.name = adapter.name};
}

/// The network's lowest address becomes this computer's.
Attachment ensure_net(
    VBoxManage& vbox,
    const NetworkWishes& wishes,
    const std::vector<net::Interface>& interfaces,
    const std::stop_token& stop
) {
    const auto& cidr = wishes.cidr;
    for (const auto& each : parse_nets(vbox.run({"list", "hostonlynets"}, stop))) {
        const auto lower = parse_dotted(each.lower);
        if (lower && cidr.holds(*lower) && each.mask == dotted(cidr.mask()))
            return {.name = each.name, .is_network = true};
    }
    refuse_collision(cidr, interfaces, {});
    const auto name = "orch-" + dotted(cidr.address);
    const auto last = dotted((cidr.network() | ~cidr.mask()) - 1);
    const Args args{
        "hostonlynet",
        "add",
        "--name",
        name,
        "--netmask",
        dotted(cidr.mask()),
        "--lower-ip",
        dotted(cidr.address),
        "--upper-ip",
        last,
        "--enable"};
    const auto outcome = vbox.attempt(args, stop);
    if (!outcome.ok() && outcome.err.find("E_ACCESSDENIED") != std::string::npos)
        throw not_allowed(cidr);
    if (!outcome.ok())
        throw failure_of(args, outcome);
    return {.name = name, .is_network = true};
}

} // namespace

std::string dotted(std::uint32_t address) {
    return fmt::format(
        "{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255
    );
}

std::optional<std::uint32_t> parse_dotted(const std::string& written) {
    const auto parts = text::split(written, '.');
    if (parts.size() != 4)
        return std::nullopt;
    std::uint32_t address = 0;
    for (const auto& part : parts) {
        const auto byte = number(part, 255);
        if (!byte)
            return std::nullopt;
        address = address << 8 | static_cast<std::uint32_t>(*byte);
    }
    return address;
}

Cidr parse_cidr(const std::string& text) {
    const auto cidr = read_cidr(text);
    if (!cidr || cidr->prefix < 8 || cidr->prefix > 29)
        throw Error(Kind::usage, "--virtualbox-hostonly-cidr takes ADDRESS/BITS, not \"{}\"", text)
            .hint("like 192.168.59.1/24, with 8 to 29 bits");
    if (cidr->address == cidr->network() || cidr->address == (cidr->network() | ~cidr->mask()))
        throw Error(
            Kind::usage,
            "--virtualbox-hostonly-cidr takes this computer's address in the network, and {} is "
            "the address of the network itself",
            dotted(cidr->address)
        )
            .hint("{}/{} would do", dotted(cidr->network() + 1), cidr->prefix);
    return *cidr;
}

bool is_allowed(const Cidr& cidr, std::string_view networks_conf) {
    std::vector<Cidr> ranges;
    for (const auto& each : text::lines(networks_conf)) {
        const auto line = text::trim(each);
        if (!line.starts_with('*'))
            continue;
        for (const auto& word : text::split(line.substr(1), ' '))
            if (const auto range = read_cidr(std::string(text::trim(word))))
                ranges.push_back(*range);
    }
    if (ranges.empty())
        ranges.push_back(default_range);
    return std::any_of(ranges.begin(), ranges.end(), [&](const Cidr& range) {
        return range.prefix <= cidr.prefix && range.holds(cidr.address);
    });
}

Error not_allowed(const Cidr& cidr) {
    Error error(
        Kind::denied,
        "VirtualBox does not allow the host-only network {}/{}: without further permission its "
        "networks lie inside 192.168.56.0/21",
        dotted(cidr.address),
        cidr.prefix
    );
    return error.hint(
        "put the line \"* {}/{}\" into /etc/vbox/networks.conf, or take --virtualbox-hostonly-cidr "
        "192.168.59.1/24",
        dotted(cidr.network()),
        cidr.prefix
    );
}

DhcpServer dhcp_for(const Cidr& cidr, const std::string& network) {
    // In large networks all happens beside the host's own address.
    const Cidr small{cidr.address, std::max(cidr.prefix, 24)};
    const auto first = small.network();
    const auto last = first | ~small.mask();
    const auto server = cidr.address == first + 2 ? first + 3 : first + 2;
    auto lower = std::max(server, cidr.address) + 1;
    auto upper = last - 1;
    if (small.prefix == 24) {
        lower = first + 100;
        upper = first + 254;
    }
    if (cidr.address >= lower || lower > upper) { // the host sits in the range: take what is below
        lower = server + 1;
        upper = cidr.address - 1;
    }
    return {
        .network = network,
        .address = dotted(server),
        .mask = dotted(cidr.mask()),
        .lower = dotted(lower),
        .upper = dotted(upper),
        .enabled = true,
    };
}

bool serves(const DhcpServer& there, const Cidr& cidr) {
    const auto server = parse_dotted(there.address);
    const auto lower = parse_dotted(there.lower);
    const auto upper = parse_dotted(there.upper);
    if (!there.enabled || there.mask != dotted(cidr.mask()) || !server || !lower || !upper)
        return false;
    const auto inside = [&](std::uint32_t address) {
        return cidr.holds(address) && address != cidr.network();
    };
    const bool takes_host = cidr.address >= *lower && cidr.address <= *upper;
    return inside(*server) && *server != cidr.address && inside(*lower) && inside(*upper) &&
           *lower <= *upper && !takes_host;
}

Attachment ensure_network(
    VBoxManage& vbox,
    const NetworkWishes& wishes,
    const std::vector<net::Interface>& interfaces,
    const std::stop_token& stop
) {
    return wishes.networks ? ensure_net(vbox, wishes, interfaces, stop)
                           : ensure_adapter(vbox, wishes, interfaces, stop);
}

} // namespace orch::drivers::virtualbox
