#include "lib/engine/filters.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/shared.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

using Json = nlohmann::json;

std::vector<Network> Engine::list_networks(const Filters& filters) {
    const auto rows =
        shared_->ask({.method = "GET", .path = "/networks", .query = with_filters(filters)}, stop_);
    std::vector<Network> networks;
    for (const auto& row : rows)
        if (auto network = read_network(row); labels_fit(filters, network.labels))
            networks.push_back(std::move(network));
    return networks;
}

std::string Engine::create_network(const Json& body) {
    const Call call{
        .method = "POST", .path = "/networks/create", .body = &body, .timeout = change_limit};
    return read_created(shared_->ask(call, stop_)).id;
}

void Engine::remove_network(const std::string& id) {
    accept_removed(shared_->send(
        {.method = "DELETE", .path = "/networks/" + http::escape(id), .timeout = change_limit},
        stop_
    ));
}

void Engine::remove_volume(const std::string& name) {
    accept_removed(shared_->send(
        {.method = "DELETE", .path = "/volumes/" + http::escape(name), .timeout = change_limit},
        stop_
    ));
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
