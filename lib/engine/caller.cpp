#include "lib/engine/caller.hpp"

#include "lib/base/defer.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/api_version.hpp"
#include "lib/engine/classic_info.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/ssh_gate.hpp"
#include "lib/engine/unreachable.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace orch::engine {

namespace {

constexpr std::chrono::seconds question_limit(20); // for what an engine answers at once

constexpr std::size_t longest_text = 4000; // of an answer that is no JSON

/// No manager of a standalone swarm says that it speaks more.
constexpr std::string_view newest_of_standalone = "1.40";

std::string query_text(const std::map<std::string, std::string>& query) {
    std::string text;
    for (const auto& [name, value] : query)
        text += (text.empty() ? "?" : "&") + http::escape(name) + "=" + http::escape(value);
    return text;
}

/// Says which engine could not be reached, and what to look at.
[[noreturn]] void explain(const http::NoAnswer& error, const Endpoint& endpoint) {
    const auto words = endpoint.gate ? endpoint.gate->last_words() : std::string();
    Unreachable explained(
        error.kind(), endpoint.url(), words.empty() ? error.cause() : words, error.begun()
    );
    if (endpoint.gate)
        explained.hint(
            "does this work, without a question: ssh {} docker version", endpoint.address
        );
    else if (error.kind() == Kind::timeout && error.cause().find("connect") == std::string::npos)
        explained.hint("an engine under load may be slow: COMPOSE_HTTP_TIMEOUT=600 waits longer");
    else if (endpoint.socket.empty() && error.kind() == Kind::denied)
        explained.hint("are these the certificates of that engine? (DOCKER_CERT_PATH)");
    else if (endpoint.socket.empty())
        explained.hint("is it running, and is the address right? (DOCKER_HOST)");
    else if (error.kind() == Kind::denied)
        explained.hint("run as root, or allow your user to use the socket and log in again: "
                       "sudo usermod -aG docker $USER");
    else
        explained.hint("is it running? Another engine is chosen with DOCKER_HOST, or with: "
                       "eval $(orch machine env NAME)");
    throw explained;
}

/// {"message": "..."} since API 1.24; plain text from proxies and old swarm managers.
std::string message_of(const http::Response& response) {
    const auto parsed = nlohmann::json::parse(response.body, nullptr, false);
    if (parsed.is_object() && parsed.contains("message") && parsed["message"].is_string())
        return std::string(text::trim(parsed["message"].get<std::string>()));
    const auto plain = std::string(text::trim(response.body)).substr(0, longest_text);
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
    const auto message = message_of(response);
    // There is no other sign of it: the status is that of any bad request.
    for (const auto* words : {"is too old. Minimum supported API", "is too new. Maximum supported"})
        if (response.status == 400 && message.find(words) != std::string::npos)
            return Error(Kind::unsupported, "{}", message).hint("upgrade the older one of the two");
    return Error(kind_of(response.status), "{}", message);
}

std::string to_text(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::chrono::milliseconds Caller::limit_of(const Call& call) const {
    const bool own = endpoint_.limit.count() == 0 || call.timeout.count() == 0;
    return own ? call.timeout : call.grace + endpoint_.limit;
}

http::Request Caller::request_of(const Call& call, const std::stop_token& stop) {
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
        .timeout = limit_of(call),
    };
    if (call.body != nullptr) {
        request.body = to_text(*call.body);
        request.headers["Content-Type"] = "application/json";
    }
    return request;
}

http::Response Caller::send(const Call& call, const std::stop_token& stop) {
    const auto request = request_of(call, stop);
    try {
        return http_.send(request, stop);
    } catch (const http::NoAnswer& error) {
        explain(error, endpoint_);
    }
}

std::unique_ptr<http::Duplex> Caller::upgrade(const Call& call, const std::stop_token& stop) {
    const auto request = request_of(call, stop);
    try {
        auto upgrade = http_.upgrade(request, stop);
        if (!upgrade.duplex)
            throw failure(upgrade.response);
        return std::move(upgrade.duplex);
    } catch (const http::NoAnswer& error) {
        explain(error, endpoint_);
    }
}

void Caller::require_alone(const Call& call, const std::stop_token& stop) {
    const auto request = request_of(call, stop);
    try {
        const auto upgrade = http_.upgrade(request, stop);
        if (!upgrade.duplex && !upgrade.response.ok())
            throw failure(upgrade.response);
    } catch (const http::NoAnswer& error) {
        explain(error, endpoint_);
    }
}

http::Response Caller::require(const Call& call, const std::stop_token& stop) {
    auto response = send(call, stop);
    if (!response.ok())
        throw failure(response);
    return response;
}

nlohmann::json Caller::parse(const Call& call, const http::Response& response) const {
    auto parsed = nlohmann::json::parse(response.body, nullptr, false);
    if (parsed.is_discarded())
        throw Error(
            Kind::remote,
            "the Docker engine at {} answers {} {} with something that is no JSON",
            endpoint_.url(),
            call.method,
            call.path
        );
    return parsed;
}

nlohmann::json Caller::ask(const Call& call, const std::stop_token& stop) {
    return parse(call, require(call, stop));
}

std::optional<nlohmann::json> Caller::ask_if_there(const Call& call, const std::stop_token& stop) {
    const auto response = send(call, stop);
    if (response.status == 404)
        return std::nullopt;
    if (!response.ok())
        throw failure(response);
    return parse(call, response);
}

Version Caller::version(std::chrono::milliseconds timeout, const std::stop_token& stop) {
    const Call call{.method = "GET", .path = "/version", .timeout = timeout, .versioned = false};
    auto version = read_version(ask(call, stop));
    if (version.api.empty())
        throw Error(Kind::remote, "what answers at {} is no Docker engine", endpoint_.url());
    return version;
}

std::optional<std::string> Caller::version_by_ping(const std::stop_token& stop) {
    const auto response = send(
        {.method = "GET", .path = "/_ping", .timeout = question_limit, .versioned = false}, stop
    );
    const auto version = response.headers.find("api-version");
    if (!response.ok() || version == response.headers.end() || !is_api_version(version->second) ||
        !api_less(newest_of_standalone, version->second) || api_less(highest_api, version->second))
        return std::nullopt;
    return version->second;
}

/// The manager's own version is about its client: /info tells what its nodes speak.
Caller::Decision Caller::ask_version(const std::stop_token& stop) {
    const auto answer = version(question_limit, stop);
    if (!is_standalone(answer))
        return {negotiate(answer), false};
    const auto info =
        ask({.method = "GET", .path = "/v1.24/info", .timeout = question_limit, .versioned = false},
            stop);
    return {common_api(read_classic_info(info)), true};
}

/// GET /version is slow, because the engine starts runc to ask for its version.
Caller::Decision Caller::decide(const std::stop_token& stop) {
    if (!endpoint_.api_version.empty())
        return {endpoint_.api_version, std::nullopt};
    if (const auto version = version_by_ping(stop))
        return {*version, false};
    return ask_version(stop);
}

std::string Caller::api_version(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!decided_.wait(lock, stop, [this] { return !asking_; }))
        throw Error(Kind::cancelled, "interrupted");
    if (decision_)
        return decision_->version;
    asking_ = true; // many threads, one request
    lock.unlock();
    const Defer done([&] {
        lock.lock();
        asking_ = false;
        decided_.notify_all();
    });
    const auto decision = decide(stop);
    const std::lock_guard guard(mutex_);
    decision_ = decision;
    return decision.version;
}

bool Caller::standalone(const std::stop_token& stop) {
    static_cast<void>(api_version(stop));
    {
        const std::lock_guard lock(mutex_);
        if (decision_->standalone)
            return *decision_->standalone;
    }
    const bool answer = !version_by_ping(stop) && is_standalone(version(question_limit, stop));
    const std::lock_guard lock(mutex_);
    decision_->standalone = answer;
    return answer;
}

} // namespace orch::engine
