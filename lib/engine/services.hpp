// Services of an engine swarm: what its managers answer about them and how they are changed. Field
// names follow the API reference.
#pragma once

#include "lib/engine/engine.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::engine {

/// GET /services
struct Service {
    std::string id;
    std::uint64_t version = 0;
    std::string name;
    Labels labels;
    std::string image;
    std::vector<std::string> command{}; // entrypoint and arguments, as far as the spec has them
    std::vector<std::string> constraints{};
    int replicas = 0;
    bool replicated = true;     // else one on every node
    bool tty = false;           // its output has no frames
    std::string restart{};      // "none", "on-failure", "any"
    std::string update_state{}; // of the last update: "updating", "paused", "completed" ...
    std::string update_message{};
    std::vector<PublishedPort> ports{}; // those of its tasks' nodes that it chose itself

    [[nodiscard]] std::string label(const std::string& key) const;
};

/// The calls about services; answered by managers only. Throws as Engine does.
class Services {
  public:
    /// Shares the connection of the engine and stops with it.
    explicit Services(const Engine& engine) : engine_(engine) {}

    /// Whether the engine says that it is in no swarm. A hundred times cheaper than GET /info;
    /// false does not mean that it is in one.
    bool outside();

    /// Of the images that this engine has: ids, "repository:tag" and bare "repository".
    std::vector<std::string> image_names();

    std::vector<Service> list(const Filters& filters);

    /// Nothing if there is no such service.
    std::optional<Service> inspect(const std::string& id_or_name);

    /// `spec` as in POST /services/create of the negotiated version; `auth` is the X-Registry-Auth
    /// value that the nodes pull with, or empty.
    Created create(const nlohmann::json& spec, const std::string& auth);

    /// Lets `change` turn the present spec into what it is to be, a few times if others change it
    /// at the same moment. Nothing is sent if it stays the same. Without `auth` the nodes go on
    /// with what they have. Returns warnings.
    std::vector<std::string> update(
        const std::string& id,
        const std::function<void(nlohmann::json& spec)>& change,
        const std::string& auth
    );

    void remove(const std::string& id); // gone already is fine

    /// The output of all tasks, frames taken apart unless there is a tty: called with the stream (1
    /// out, 2 err) and the bytes, on this thread; false ends it. Each line begins with whose it is,
    /// read_service_line() takes that off. `until` of the options counts for nothing.
    void logs(
        const std::string& id,
        bool tty,
        const LogOptions& options,
        const std::function<bool(int stream, std::string_view bytes)>& on_output
    );

    /// The same of a single task, without marks in front of the lines.
    void task_logs(
        const std::string& id,
        bool tty,
        const LogOptions& options,
        const std::function<bool(int stream, std::string_view bytes)>& on_output
    );

  private:
    Engine engine_;
};

/// A line of a service's log, its parts.
struct ServiceLine {
    std::string time; // RFC 3339, or empty
    std::string task; // id
    std::string text;
};

/// Takes off what stands before the text: the time, if asked for, and the details.
ServiceLine read_service_line(std::string_view line, bool timestamps);

} // namespace orch::engine
