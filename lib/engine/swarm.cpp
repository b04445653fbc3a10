#include "lib/engine/swarm.hpp"

#include "lib/base/error.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/shared.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

namespace {

using Json = nlohmann::json;

/// A join answers after 20 seconds at the latest, whatever became of it.
constexpr std::chrono::seconds join_limit{60};

/// Others change nodes too: so often is a change tried on what they left.
constexpr int update_attempts = 5;

const Json& at(const Json& object, const char* path) {
    static const Json absent;
    const Json::json_pointer pointer(path);
    return object.contains(pointer) ? object.at(pointer) : absent;
}

std::string text_at(const Json& object, const char* path) {
    const auto& value = at(object, path);
    return value.is_string() ? value.get<std::string>() : "";
}

template <class Number>
Number number_at(const Json& object, const char* path) {
    const auto& value = at(object, path);
    return value.is_number() ? value.get<Number>() : Number{};
}

bool flag_at(const Json& object, const char* path) { return at(object, path) == Json(true); }

Labels labels_at(const Json& object, const char* path) {
    Labels labels;
    for (const auto& [name, value] : at(object, path).items())
        if (value.is_string())
            labels[name] = value.get<std::string>();
    return labels;
}

SwarmState read_state(const Json& info) {
    SwarmState state{
        .local = text_at(info, "/Swarm/LocalNodeState"),
        .manager = flag_at(info, "/Swarm/ControlAvailable"),
        .node = text_at(info, "/Swarm/NodeID"),
        .address = text_at(info, "/Swarm/NodeAddr"),
        .cluster = text_at(info, "/Swarm/Cluster/ID"),
        .error = text_at(info, "/Swarm/Error"),
        .managers = {},
        .clock = text_at(info, "/SystemTime"),
    };
    for (const auto& manager : at(info, "/Swarm/RemoteManagers"))
        state.managers.push_back(text_at(manager, "/Addr"));
    return state;
}

Node read_node(const Json& answer) {
    return {
        .id = text_at(answer, "/ID"),
        .version = number_at<std::uint64_t>(answer, "/Version/Index"),
        .hostname = text_at(answer, "/Description/Hostname"),
        .role = text_at(answer, "/Spec/Role"),
        .availability = text_at(answer, "/Spec/Availability"),
        .labels = labels_at(answer, "/Spec/Labels"),
        .state = text_at(answer, "/Status/State"),
        .message = text_at(answer, "/Status/Message"),
        .address = text_at(answer, "/Status/Addr"),
        .engine = text_at(answer, "/Description/Engine/EngineVersion"),
        .engine_labels = labels_at(answer, "/Description/Engine/Labels"),
        .nano_cpus = number_at<std::int64_t>(answer, "/Description/Resources/NanoCPUs"),
        .memory = number_at<std::int64_t>(answer, "/Description/Resources/MemoryBytes"),
        .leader = flag_at(answer, "/ManagerStatus/Leader"),
        .reachability = text_at(answer, "/ManagerStatus/Reachability"),
    };
}

Task read_task(const Json& answer) {
    return {
        .id = text_at(answer, "/ID"),
        .service = text_at(answer, "/ServiceID"),
        .node = text_at(answer, "/NodeID"),
        .slot = number_at<int>(answer, "/Slot"),
        .state = text_at(answer, "/Status/State"),
        .desired = text_at(answer, "/DesiredState"),
        .container = text_at(answer, "/Status/ContainerStatus/ContainerID"),
        .created = text_at(answer, "/CreatedAt"),
        .labels = labels_at(answer, "/Spec/ContainerSpec/Labels"),
        .reserved_nano_cpus =
            number_at<std::int64_t>(answer, "/Spec/Resources/Reservations/NanoCPUs"),
        .reserved_memory =
            number_at<std::int64_t>(answer, "/Spec/Resources/Reservations/MemoryBytes"),
    };
}

/// What comes from the cluster's store has the words of its transport in front.
Error plain(const Error& error) {
    constexpr std::string_view mark = " desc = ";
    const auto& message = error.message();
    const auto found = message.find(mark);
    if (!message.starts_with("rpc error:") || found == std::string::npos)
        return error;
    return {error.kind(), "{}", message.substr(found + mark.size())};
}

template <class Body>
decltype(auto) in_plain_words(Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (const Error& error) {
        throw plain(error);
    }
}

Json entry_body(const SwarmEntry& entry) {
    Json body{{"ListenAddr", entry.listen}, {"Availability", entry.availability}};
    if (!entry.advertise.empty())
        body["AdvertiseAddr"] = entry.advertise;
    return body;
}

std::string node_path(const std::string& id, std::string_view verb = "") {
    return "/nodes/" + http::escape(id) + std::string(verb);
}

} // namespace

SwarmState Engine::swarm_state() { return read_state(info()); }

std::string Engine::init_swarm(const SwarmEntry& entry) {
    auto body = entry_body(entry);
    body["Spec"] = Json::object();
    return in_plain_words([&] {
        const auto answer = shared_->ask(
            {.method = "POST", .path = "/swarm/init", .body = &body, .timeout = join_limit}, stop_
        );
        return answer.is_string() ? answer.get<std::string>() : std::string();
    });
}

void Engine::join_swarm(const SwarmEntry& entry) {
    auto body = entry_body(entry);
    body["RemoteAddrs"] = entry.managers;
    body["JoinToken"] = entry.token.reveal();
    in_plain_words([&] {
        shared_->require(
            {.method = "POST", .path = "/swarm/join", .body = &body, .timeout = join_limit}, stop_
        );
    });
}

void Engine::leave_swarm(bool force) {
    in_plain_words([&] {
        const auto response = shared_->send(
            {.method = "POST",
             .path = "/swarm/leave",
             .query = {{"force", flag(force)}},
             .timeout = join_limit},
            stop_
        );
        const auto error = response.ok() ? std::optional<Error>() : failure(response);
        if (error && error->message().find("not part of a swarm") == std::string::npos)
            throw *error;
    });
}

Swarm Engine::inspect_swarm() {
    const auto answer =
        in_plain_words([&] { return shared_->ask({.method = "GET", .path = "/swarm"}, stop_); });
    return {
        .id = text_at(answer, "/ID"),
        .worker_token = Secret(text_at(answer, "/JoinTokens/Worker")),
        .manager_token = Secret(text_at(answer, "/JoinTokens/Manager")),
    };
}

std::vector<Node> Engine::list_nodes() {
    const auto rows =
        in_plain_words([&] { return shared_->ask({.method = "GET", .path = "/nodes"}, stop_); });
    std::vector<Node> nodes;
    for (const auto& row : rows)
        nodes.push_back(read_node(row));
    return nodes;
}

std::optional<Node> Engine::inspect_node(const std::string& id) {
    const auto answer = in_plain_words([&] {
        return shared_->ask_if_there({.method = "GET", .path = node_path(id)}, stop_);
    });
    return answer ? std::optional(read_node(*answer)) : std::nullopt;
}

void Engine::update_node(const std::string& id, const NodeChange& change) {
    const auto attempt = [&] {
        const auto answer = shared_->ask({.method = "GET", .path = node_path(id)}, stop_);
        auto spec = at(answer, "/Spec");
        if (!change.role.empty())
            spec["Role"] = change.role;
        if (!change.availability.empty())
            spec["Availability"] = change.availability;
        for (const auto& [name, value] : change.labels)
            spec["Labels"][name] = value;
        if (spec == at(answer, "/Spec"))
            return;
        const auto version = std::to_string(number_at<std::uint64_t>(answer, "/Version/Index"));
        shared_->require(
            {.method = "POST",
             .path = node_path(id, "/update"),
             .query = {{"version", version}},
             .body = &spec},
            stop_
        );
    };
    for (int left = update_attempts;; --left) {
        try {
            return in_plain_words(attempt);
        } catch (const Error& error) {
            if (left == 0 || error.message().find("update out of sequence") == std::string::npos)
                throw;
        }
    }
}

void Engine::remove_node(const std::string& id, bool force) {
    in_plain_words([&] {
        accept_removed(shared_->send(
            {.method = "DELETE", .path = node_path(id), .query = {{"force", flag(force)}}}, stop_
        ));
    });
}

std::vector<Task> Engine::list_tasks(const Filters& filters) {
    const auto rows = in_plain_words([&] {
        return shared_->ask(
            {.method = "GET", .path = "/tasks", .query = with_filters(filters)}, stop_
        );
    });
    std::vector<Task> tasks;
    for (const auto& row : rows)
        tasks.push_back(read_task(row));
    return tasks;
}

} // namespace orch::engine
