#include "lib/engine/caller.hpp"

#include "lib/base/text.hpp"
#include "lib/engine/api_version.hpp"
#include "lib/engine/read.hpp"
#include "lib/json/json.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace orch::engine {

namespace {

std::string query_text(const std::map<std::string, std::string>& query) {
    std::string text;
    for (const auto& [name, value] : query)
        text += (text.empty() ? "?" : "&") + http::escape(name) + "=" + http::escape(value);
    return text;
}

/// Says which engine could not be reached, and what to look at.
[[noreturn]] void explain(const Error& error, const Endpoint& endpoint) {
    Error explained(
        error.kind(), "cannot reach the Docker engine at {}: {}", endpoint.url(), error.message()
    );
    if (endpoint.socket.empty()) {
        explained.hint("check the address (DOCKER_HOST) and that the engine runs there");
    } else if (error.kind() == Kind::denied) {
        explained.hint("your user may not use the socket: run as root, or join the group docker "
                       "and log in again");
    } else {
        explained.hint("is it running? To use another engine set DOCKER_HOST, or: eval $(orch "
                       "machine env NAME)");
    }
    throw explained;
}

/// {"message": "..."} since API 1.24; plain text from proxies and old swarm managers.
std::string message_of(const http::Response& response) {
    const auto parsed = nlohmann::json::parse(response.body, nullptr, false);
    if (parsed.is_object() && parsed.contains("message") && parsed["message"].is_string())
        return std::string(text::trim(parsed["message"].get<std::string>()));
    const auto plain = std::string(text::trim(response.body)).substr(0, 500);
    return plain.empty() ? fmt::format("the engine answered with HTTP status {}", response.status)
                         : plain;
}

Kind kind_of(int status) {
    switch (status) {
    case 400:
        return Kind::invalid;
    case 401:
    case 403:
        return Kind::denied;
    case 404:
        return Kind::not_found;
    case 409:
        return Kind::conflict;
    case 501:
        return Kind::unsupported;
    default:
        return Kind::remote;
    }
}

} // namespace

Error failure(const http::Response& response) {
    return Error(kind_of(response.status), "{}", message_of(response));
}

http::Response Caller::send(const Call& call, const std::stop_token& stop) {
    const auto prefix = call.versioned ? "/v" + api_version(stop) : std::string();
    const auto origin =
        endpoint_.socket.empty()
            ? fmt::format(
                  "{}://{}:{}", endpoint_.tls ? "https" : "http", endpoint_.host, endpoint_.port
              )
            : std::string("http://docker");
    http::Request request{
        .method = call.method,
        .url = origin + prefix + call.path + query_text(call.query),
        .headers = call.headers,
        .body_source = call.body_source,
        .on_chunk = call.on_chunk,
        .unix_socket = endpoint_.socket,
        .tls = endpoint_.tls,
        .timeout = call.timeout,
    };
    if (call.body != nullptr) {
        request.body = call.body->dump();
        request.headers["Content-Type"] = "application/json";
    }
    try {
        return http_.send(request, stop);
    } catch (const Error& error) {
        if (error.kind() != Kind::network && error.kind() != Kind::timeout &&
            error.kind() != Kind::denied)
            throw;
        explain(error, endpoint_);
    }
}

http::Response Caller::require(const Call& call, const std::stop_token& stop) {
    auto response = send(call, stop);
    if (!response.ok())
        throw failure(response);
    return response;
}

Version Caller::version(std::chrono::milliseconds timeout, const std::stop_token& stop) {
    const auto response = require(
        {.method = "GET", .path = "/version", .timeout = timeout, .versioned = false}, stop
    );
    auto version = read_version(json::parse(response.body, endpoint_.url() + "/version"));
    if (version.api.empty())
        throw Error(Kind::remote, "what answers at {} is no Docker engine", endpoint_.url());
    return version;
}

std::string Caller::api_version(const std::stop_token& stop) {
    const std::lock_guard lock(mutex_); // held over the question: many threads, one request
    if (!negotiated_)
        negotiated_ = negotiate(version(std::chrono::seconds(20), stop));
    return *negotiated_;
}

} // namespace orch::engine
