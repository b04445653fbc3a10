// The calls that make a container a host: its network, its volumes, files put into it.
#include "lib/engine/read.hpp"
#include "lib/engine/shared.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::engine {

namespace {

constexpr std::chrono::seconds change_limit{300};

} // namespace

void Engine::unpause_container(const std::string& id) {
    shared_->require(
        {.method = "POST",
         .path = "/containers/" + http::escape(id) + "/unpause",
         .timeout = change_limit},
        stop_
    );
}

void Engine::upload(const std::string& id, const std::string& dir, const std::string& tar) {
    std::string_view rest = tar;
    const Call call{
        .method = "PUT",
        .path = "/containers/" + http::escape(id) + "/archive",
        .query = {{"path", dir}},
        .body_source =
            [&rest](std::span<char> buffer) {
                const auto count = rest.copy(buffer.data(), buffer.size());
                rest.remove_prefix(count);
                return count;
            },
        .headers = {{"Content-Type", "application/x-tar"}},
        .timeout = change_limit,
    };
    shared_->require(call, stop_);
}

std::optional<NetworkDetails> Engine::inspect_network(const std::string& id_or_name) {
    const auto answer = shared_->ask_if_there(
        {.method = "GET", .path = "/networks/" + http::escape(id_or_name)}, stop_
    );
    return answer ? std::optional(read_network_details(*answer)) : std::nullopt;
}

std::optional<Volume> Engine::inspect_volume(const std::string& name) {
    const auto answer =
        shared_->ask_if_there({.method = "GET", .path = "/volumes/" + http::escape(name)}, stop_);
    return answer ? std::optional(read_volume(*answer)) : std::nullopt;
}

Volume Engine::create_volume(const nlohmann::json& body) {
    const Call call{
        .method = "POST", .path = "/volumes/create", .body = &body, .timeout = change_limit};
    return read_volume(shared_->ask(call, stop_));
}

} // namespace orch::engine
