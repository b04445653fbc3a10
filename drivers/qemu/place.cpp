#include "drivers/qemu/place.hpp"

#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"
#include "lib/log/log.hpp"
#include "lib/net/local.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace orch::drivers::qemu {

namespace {

constexpr auto* loopback = "127.0.0.1";

unsigned byte_of(const std::string& hex, std::size_t index) {
    return static_cast<unsigned>(std::stoul(hex.substr(index * 2, 2), nullptr, 16));
}

std::string digest_of(const std::filesystem::path& store) {
    return tls::sha256_hex(store.lexically_normal().string());
}

/// Those of the store's other machines.
std::set<std::string> used_addresses(const Access& access) {
    std::set<std::string> used;
    std::error_code missing;
    for (const auto& entry :
         std::filesystem::directory_iterator(access.dir.parent_path(), missing)) {
        if (entry.path() == access.dir)
            continue;
        try {
            const auto file = entry.path() / "config.json";
            const auto config = json::parse_ordered(fs::read_file(file), file.string());
            if (const auto driver = config.find("Driver"); driver != config.end())
                used.insert(kit::text(*driver, "ClusterAddress"));
        } catch (const Error& error) {
            log::debug("qemu", "{}", error.message());
        }
    }
    return used;
}

} // namespace

int choose_port(int wish, const PortRange& range, const std::set<int>& taken) {
    const auto good = [&](int port) {
        return !taken.contains(port) && net::is_free(loopback, port);
    };
    if (wish != 0 && good(wish))
        return wish;
    if (range.first == 0) {
        int port = net::free_port();
        while (!good(port))
            port = net::free_port();
        return port;
    }
    for (int port = range.first; port <= range.last; ++port)
        if (good(port))
            return port;
    throw Error(Kind::conflict, "no port from {} to {} is free", range.first, range.last)
        .hint("end what uses them, or make machines with another range: --qemu-localports");
}

void require_free(const std::vector<Publish>& publish) {
    for (const auto& port : publish) {
        const auto transport = port.protocol == "udp" ? net::Transport::udp : net::Transport::tcp;
        if (!net::is_free(port.address, port.host, transport))
            throw Error(
                Kind::conflict,
                "port {} of this computer cannot be published: it is in use",
                port.host
            )
                .hint("end what uses it, or publish another port: --qemu-publish");
    }
}

std::string cluster_group(const std::filesystem::path& store) {
    const auto digest = digest_of(store);
    const auto port = 20000 + (byte_of(digest, 2) * 256 + byte_of(digest, 3)) % 10000;
    return fmt::format("239.255.{}.{}:{}", byte_of(digest, 0), byte_of(digest, 1), port);
}

std::string choose_cluster_address(const Access& access) {
    const auto used = used_addresses(access);
    const auto third = byte_of(digest_of(access.store), 4);
    for (int last = 1; last < 255; ++last) {
        auto address = fmt::format("10.98.{}.{}/24", third, last);
        if (!used.contains(address))
            return address;
    }
    throw Error(Kind::conflict, "the network of this store's virtual machines is full")
        .hint("remove machines that nobody needs, or make this one in another store");
}

std::optional<std::string> neighbour(std::string_view table, std::string_view mac) {
    for (const auto& line : text::lines(table)) {
        std::istringstream words(line);
        std::string address;
        std::string type;
        std::string flags;
        std::string hardware;
        words >> address >> type >> flags >> hardware;
        if (text::lower(hardware) == text::lower(mac) && flags != "0x0")
            return address;
    }
    return std::nullopt;
}

std::string with_port_moved(const std::string& known_hosts, int from, int to) {
    const auto name = [](int port) { return fmt::format("[{}]:{} ", loopback, port); };
    std::string moved;
    for (const auto& line : text::lines(known_hosts)) {
        if (line.starts_with(name(to))) // said of this very machine, some time ago
            continue;
        const bool ours = line.starts_with(name(from));
        moved += (ours ? name(to) + line.substr(name(from).size()) : line) + "\n";
    }
    return moved;
}

} // namespace orch::drivers::qemu
