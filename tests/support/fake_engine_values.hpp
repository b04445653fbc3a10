// The values of a FakeEngine's inside, and plain functions on them; for its own sources only.
#pragma once

#include "tests/support/fake_engine.hpp"

#include <cstdint>
#include <mutex>
#include <regex>
#include <set>
#include <stop_token>

namespace orch::test {

using Json = nlohmann::json;

/// An answer that is no success.
struct Refusal {
    int status = 500;
    std::string message;
};

/// One request under way. The state's mutex is held, but for the moments of stream().
struct FakeCall {
    const http::Request& request;
    const std::stop_token& stop;
    std::unique_lock<std::mutex>& lock;
    FakeExchange exchange;
    std::vector<std::string> parts; // what the route's groups matched, not escaped

    [[nodiscard]] std::string
    query(const std::string& name, const std::string& otherwise = {}) const;
    [[nodiscard]] bool flag(const std::string& name) const;

    /// {"label": ["a=b"]}, also in the old form {"label": {"a=b": true}}.
    [[nodiscard]] std::map<std::string, std::vector<std::string>> filters() const;
};

struct FakeLogLine {
    int stream = 1;
    std::string text; // with its newline
    std::int64_t nanos = 0;
};

struct FakeMount {
    Json view; // as inspect shows it
    bool anonymous = false;
};

struct FakeEndpoint {
    Json settings = Json::object(); // Aliases, Links as they were posted
    std::string address;            // while it runs
};

/// One archive that was unpacked in a container.
struct FakeUpload {
    std::string dir;
    std::string tar;
};

struct ContainerState : FakeContainer {
    Json config; // Config and HostConfig as inspect shows them
    Json host;
    std::string error; // why the last start failed
    std::int64_t created = 0;
    std::int64_t started = 0;
    std::int64_t finished = 0;
    std::vector<std::pair<std::string, std::string>> links; // target's id, alias
    std::vector<FakeMount> mounts;
    std::map<std::string, FakeEndpoint> endpoints; // by network name
    Json ports = Json::object();                   // NetworkSettings.Ports while it runs
    std::vector<FakeLogLine> log;
    std::vector<FakeUpload> uploads;
};

struct ImageState {
    std::string id;
    std::set<std::string> tags;
    std::set<std::string> digests;   // "redis@sha256:..."
    std::vector<std::string> layers; // the lowest first
    Json config = Json::object();
    std::int64_t created = 0;
};

struct NetworkState {
    std::string id;
    std::string name;
    std::string driver;
    Json labels = Json::object();
    std::int64_t created = 0;
    int subnet = 0;   // 172.SUBNET.0.0/16, unless there is a
    std::string cidr; // range that was asked for
    bool predefined = false;
};

struct VolumeState {
    Json labels;
    std::string driver = "local";
    std::int64_t created = 0;
};

struct FakeEvent {
    std::string type;
    std::string action;
    std::string id;
    std::map<std::string, std::string> attributes;
    std::int64_t nanos = 0;
};

struct FakeFault {
    enum class What { refuse, drop, drop_after, stall };
    std::string method;
    std::regex path;
    What what = What::refuse;
    Refusal refusal{};
};

http::Response json_response(int status, const Json& body);
http::Response no_content(int status = 204);

/// The body, whole, also where it comes as a stream.
std::string read_all(const http::Request& request);

/// RFC 3339 with nanoseconds; the zero time for 0.
std::string time_text(std::int64_t nanos);

/// Whether an API version is below 1.MINOR.
bool before(const std::string& version, int minor);

/// "redis" and "docker.io/library/redis" are "redis:latest"; digests stay.
std::string normal_reference(const std::string& written);

/// 64 hexadecimal digits made of a text: the same for the same text.
std::string hex_id(const std::string& text);

/// Whether `labels` has what a filter's value "a" or "a=b" asks for.
bool label_matches(const Json& labels, const std::string& wanted);

/// {"a": "b"} from a value that may be null.
std::map<std::string, std::string> string_map(const Json& object);

} // namespace orch::test
