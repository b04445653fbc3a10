// Finding things in a FakeEngine's state, its clock, its events, and what it says about itself.
#include "tests/support/fake_engine_state.hpp"

#include "lib/base/text.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

namespace orch::test {

namespace {

std::uint64_t mix(std::uint64_t value) { // splitmix64
    value += 0x9E3779B97F4A7C15ULL;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

} // namespace

http::Response json_response(int status, const Json& body) {
    return {status, {{"content-type", "application/json"}}, body.dump() + "\n"};
}

http::Response no_content(int status) { return {status, {}, {}}; }

std::string read_all(const http::Request& request) {
    if (!request.body_source)
        return request.body;
    std::string all;
    std::array<char, 65536> buffer{};
    while (const auto count = request.body_source(buffer))
        all.append(buffer.data(), count);
    return all;
}

std::string time_text(std::int64_t nanos) {
    if (nanos == 0)
        return "0001-01-01T00:00:00Z";
    const auto seconds = static_cast<std::time_t>(nanos / 1'000'000'000);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:09}Z", fmt::gmtime(seconds), nanos % 1'000'000'000);
}

bool before(const std::string& version, int minor) {
    return version.starts_with("1.") && std::stoi(version.substr(2)) < minor;
}

std::string normal_reference(const std::string& written) {
    auto reference = written;
    for (const std::string_view hub : {"docker.io/", "library/"})
        if (reference.starts_with(hub))
            reference.erase(0, hub.size());
    const auto colon = reference.rfind(':');
    const bool tagged =
        colon != std::string::npos && reference.find('/', colon) == std::string::npos;
    return tagged || reference.find('@') != std::string::npos ? reference : reference + ":latest";
}

std::string hex_id(const std::string& text) {
    std::uint64_t seed = 0xCBF29CE484222325ULL; // FNV-1a
    for (const char c : text)
        seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    std::string digits;
    for (std::uint64_t i = 0; i < 4; ++i)
        digits += fmt::format("{:016x}", mix(seed + i));
    return digits;
}

bool label_matches(const Json& labels, const std::string& wanted) {
    const auto equals = wanted.find('=');
    const auto found = labels.find(wanted.substr(0, equals));
    return found != labels.end() &&
           (equals == std::string::npos || *found == wanted.substr(equals + 1));
}

std::map<std::string, std::string> string_map(const Json& object) {
    return object.is_object() ? object.get<std::map<std::string, std::string>>()
                              : std::map<std::string, std::string>();
}

FakeEngine::State::State() {
    for (const auto& [name, driver] :
         {std::pair("bridge", "bridge"), std::pair("host", "host"), std::pair("none", "null")})
        add_network(name, driver).predefined = true;
}

ContainerState* FakeEngine::State::name_holder(const std::string& name) {
    const auto found = std::find_if(
        all_containers.begin(),
        all_containers.end(),
        [&](const ContainerState& container) { return container.name == name; }
    );
    return found == all_containers.end() ? nullptr : &*found;
}

ContainerState* FakeEngine::State::find_container(const std::string& name_or_id) {
    const auto wanted = name_or_id.starts_with('/') ? name_or_id.substr(1) : name_or_id;
    if (auto* holder = name_holder(wanted))
        return holder;
    const auto found = std::find_if(
        all_containers.begin(),
        all_containers.end(),
        [&](const ContainerState& container) {
            return !wanted.empty() && container.id.starts_with(wanted);
        }
    );
    return found == all_containers.end() ? nullptr : &*found;
}

ContainerState& FakeEngine::State::container(const std::string& name_or_id) {
    if (auto* found = find_container(name_or_id))
        return *found;
    throw Refusal{404, "No such container: " + name_or_id};
}

ImageState* FakeEngine::State::find_image(const std::string& reference) {
    constexpr std::string_view algorithm = "sha256:";
    const auto digits =
        reference.starts_with(algorithm) ? reference.substr(algorithm.size()) : reference;
    const bool hexadecimal =
        digits.size() >= 4 && digits.find_first_not_of("0123456789abcdef") == std::string::npos;
    for (auto& image : all_images)
        if (image.tags.contains(normal_reference(reference)) || image.digests.contains(reference))
            return &image;
    for (auto& image : all_images)
        if (hexadecimal && image.id.substr(algorithm.size()).starts_with(digits))
            return &image;
    return nullptr;
}

NetworkState* FakeEngine::State::find_network(const std::string& name_or_id) {
    for (auto& network : all_networks)
        if (network.name == name_or_id)
            return &network;
    for (auto& network : all_networks)
        if (!name_or_id.empty() && network.id.starts_with(name_or_id))
            return &network;
    return nullptr;
}

NetworkState& FakeEngine::State::network(const std::string& name_or_id) {
    if (auto* found = find_network(name_or_id))
        return *found;
    throw Refusal{404, fmt::format("network {} not found", name_or_id)};
}

std::string FakeEngine::State::new_id() { return hex_id(std::to_string(++ids)); }

std::int64_t FakeEngine::State::now() {
    const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(
                          std::chrono::system_clock::now().time_since_epoch()
    )
                          .count();
    last_now = std::max<std::int64_t>(time, last_now + 1);
    return last_now;
}

void FakeEngine::State::event(
    const std::string& type,
    const std::string& action,
    const std::string& id,
    std::map<std::string, std::string> attributes
) {
    all_events.push_back({type, action, id, std::move(attributes), now()});
    changed.notify_all();
}

void FakeEngine::State::event(
    const ContainerState& container,
    const std::string& action,
    const std::map<std::string, std::string>& more
) {
    auto attributes = container.labels;
    attributes.insert(more.begin(), more.end());
    attributes["image"] = container.image;
    attributes["name"] = container.name;
    event("container", action, container.id, std::move(attributes));
}

http::Response FakeEngine::State::ping(FakeCall&) {
    return {200, {{"api-version", api}, {"ostype", "linux"}, {"builder-version", "1"}}, "OK"};
}

http::Response FakeEngine::State::version(FakeCall&) {
    return json_response(
        200,
        {{"Platform", {{"Name", ""}}},
         {"Version", "20.10.24+fake"},
         {"ApiVersion", api},
         {"MinAPIVersion", min_api},
         {"GitCommit", "fake"},
         {"GoVersion", "go1.19.8"},
         {"Os", "linux"},
         {"Arch", "amd64"},
         {"KernelVersion", "6.1.0"}}
    );
}

/// It is a single engine.
http::Response FakeEngine::State::swarm(FakeCall&) {
    throw Refusal{
        503,
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
        "connect this node to swarm and try again."};
}

http::Response FakeEngine::State::info(FakeCall&) {
    const auto count = [&](const std::string& wanted) {
        return std::count_if(
            all_containers.begin(),
            all_containers.end(),
            [&](const ContainerState& container) { return container.state == wanted; }
        );
    };
    Json answer{
        {"ID", "FAKE"},
        {"Name", "fake"},
        {"ServerVersion", "20.10.24+fake"},
        {"Containers", all_containers.size()},
        {"ContainersRunning", count("running")},
        {"ContainersPaused", count("paused")},
        {"ContainersStopped", count("exited") + count("created")},
        {"Images", all_images.size()},
        {"Driver", "overlay2"},
        {"LoggingDriver", "json-file"},
        {"CgroupDriver", "cgroupfs"},
        {"OperatingSystem", "Debian GNU/Linux 12 (bookworm)"},
        {"OSType", "linux"},
        {"Architecture", "x86_64"},
        {"IndexServerAddress", "https://index.docker.io/v1/"},
        {"NCPU", 2},
        {"MemTotal", 8'000'000'000},
        {"DockerRootDir", "/var/lib/docker"},
        {"Labels", Json::array()},
        {"SecurityOptions", {"name=seccomp,profile=default"}},
        {"Swarm", {{"NodeID", ""}, {"LocalNodeState", "inactive"}, {"ControlAvailable", false}}},
        {"Warnings", nullptr}};
    answer.merge_patch(info_patch);
    return json_response(200, answer);
}

} // namespace orch::test
