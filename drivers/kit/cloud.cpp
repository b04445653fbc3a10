#include "drivers/kit/cloud.hpp"

#include "drivers/kit/record.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <random>

namespace orch::drivers::kit {

Reach reach_of(const Access& access, const Record& record, int engine) {
    const auto address = text(record, "IPAddress");
    return {
        .address = address,
        .url = engine_url(address, engine),
        .cluster = text(record, "PrivateIPAddress"),
        .ssh = ssh_address(access, record),
    };
}

std::string new_mark() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

std::string md5_fingerprint(std::string_view public_line) {
    const auto words = text::split(std::string(text::trim(public_line)), ' ');
    const auto hex = tls::digest_hex("md5", base64::decode(words.size() > 1 ? words[1] : ""));
    std::string fingerprint;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        fingerprint += (i == 0 ? "" : ":") + hex.substr(i, 2);
    return fingerprint;
}

std::string user_data_in(std::string_view option, const std::string& file, std::size_t most) {
    if (file.empty())
        return {};
    auto content = fs::read_file(file);
    if (content.size() > most)
        throw Error(
            Kind::invalid,
            "{} of --{} has {} bytes; the provider takes {}",
            file,
            option,
            content.size(),
            most
        );
    return content;
}

std::vector<std::pair<std::string, std::string>>
pairs_of(std::string_view option, const std::vector<std::string>& items) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& item : items) {
        const auto equals = item.find('=');
        if (equals == std::string::npos || equals == 0)
            throw Error(Kind::usage, "--{} takes NAME=VALUE, not \"{}\"", option, item);
        pairs.emplace_back(item.substr(0, equals), item.substr(equals + 1));
    }
    return pairs;
}

OpenPort parse_open_port(std::string_view option, std::string_view text) {
    const auto slash = text.find('/');
    OpenPort open;
    const auto digits = text.substr(0, slash);
    const auto* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, open.port);
    if (slash != std::string_view::npos)
        open.protocol = text::lower(text.substr(slash + 1));
    const bool known = open.protocol == "tcp" || open.protocol == "udp";
    if (parsed.ec != std::errc() || parsed.ptr != end || open.port < 1 || open.port > 65535 ||
        !known)
        throw Error(Kind::usage, "--{} takes PORT or PORT/PROTOCOL, not \"{}\"", option, text);
    return open;
}

namespace {

// What the nodes of a swarm tell each other: https://docs.docker.com/engine/swarm/swarm-tutorial/
const Opening cluster_openings[] = {
    {2377, "tcp", true},
    {7946, "tcp", true},
    {7946, "udp", true},
    {4789, "udp", true},
};

/// Of "tcp://0.0.0.0:3376".
int port_of(std::string_view url, int otherwise) {
    const auto digits = url.substr(std::min(url.size(), url.rfind(':') + 1));
    int port = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return parsed.ec == std::errc() && port > 0 ? port : otherwise;
}

} // namespace

std::vector<Opening> openings(
    const Request& request,
    int ssh_port,
    std::string_view option,
    const std::vector<std::string>& asked,
    int engine
) {
    std::vector<Opening> found;
    const auto add = [&](const Opening& opening) {
        const bool known = std::any_of(found.begin(), found.end(), [&](const Opening& other) {
            return other.port == opening.port && other.protocol == opening.protocol;
        });
        if (!known)
            found.push_back(opening);
    };
    add({ssh_port});
    add({engine});
    if (request.swarm_master)
        add({port_of(request.swarm_host, swarm_port)});
    for (const auto& each : asked) {
        auto open = parse_open_port(option, each);
        add({open.port, std::move(open.protocol)});
    }
    if (!request.swarm_discovery.empty())
        for (const auto& opening : cluster_openings)
            add(opening);
    return found;
}

} // namespace orch::drivers::kit
