// One request to one engine: addressing, version prefix, and what a failed answer means. For this
// room only.
#pragma once

#include "lib/base/error.hpp"
#include "lib/engine/endpoint.hpp"
#include "lib/engine/types.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace orch::engine {

/// The parts of a call. `path` without version prefix, its segments escaped.
struct Call {
    std::string method;
    std::string path;
    std::map<std::string, std::string> query{};
    const nlohmann::json* body = nullptr;
    std::function<std::size_t(std::span<char>)> body_source{};
    std::map<std::string, std::string> headers{};
    std::function<bool(std::string_view)> on_chunk{};
    std::chrono::milliseconds timeout{60'000};
    std::chrono::milliseconds grace{0}; // of it, what the engine was told to wait
    bool versioned = true;
};

/// Thread-safe.
class Caller {
  public:
    Caller(http::Client& http, Endpoint endpoint) : http_(http), endpoint_(std::move(endpoint)) {}

    [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }

    /// Sends; any HTTP status comes back. Throws Error when no answer came.
    http::Response send(const Call& call, const std::stop_token& stop);

    /// Sends; an answer that is no success throws: not_found 404, conflict 409, invalid 400,
    /// remote otherwise, with the engine's own message.
    http::Response require(const Call& call, const std::stop_token& stop);

    /// The same, and the answer's JSON. Throws Error(remote) if it is none.
    nlohmann::json ask(const Call& call, const std::stop_token& stop);

    /// The raw stream that a call turns its connection into; throws as require() does.
    std::unique_ptr<http::Duplex> upgrade(const Call& call, const std::stop_token& stop);

    /// Sends on a connection of its own, as if for a raw stream, and leaves it. Throws as
    /// require().
    void require_alone(const Call& call, const std::stop_token& stop);

    /// Sends a request whose answer is needed only if there is what it is about.
    std::optional<nlohmann::json> ask_if_there(const Call& call, const std::stop_token& stop);

    Version version(std::chrono::milliseconds timeout, const std::stop_token& stop);
    std::string api_version(const std::stop_token& stop);

    /// Whether it is the manager of a standalone swarm. Hardly ever a request of its own.
    bool standalone(const std::stop_token& stop);

  private:
    /// What to speak, and whether with a standalone swarm.
    struct Decision {
        std::string version;
        std::optional<bool> standalone; // nothing: nobody has asked
    };

    Decision decide(const std::stop_token& stop);
    Decision ask_version(const std::stop_token& stop);

    /// Nothing if a ping does not tell it, or tells one that wants a closer look.
    std::optional<std::string> version_by_ping(const std::stop_token& stop);
    [[nodiscard]] std::chrono::milliseconds limit_of(const Call& call) const;
    http::Request request_of(const Call& call, const std::stop_token& stop);
    [[nodiscard]] nlohmann::json parse(const Call& call, const http::Response& response) const;

    http::Client& http_;
    Endpoint endpoint_;
    std::mutex mutex_; // guards the two below
    std::optional<Decision> decision_;
    bool asking_ = false;                 // a thread is about to know it
    std::condition_variable_any decided_; // asking_ ended
};

/// The Error that an unsuccessful answer means.
Error failure(const http::Response& response);

/// JSON for a request; bytes that are no UTF-8 (an environment of the old days) are replaced.
std::string to_text(const nlohmann::json& value);

} // namespace orch::engine
