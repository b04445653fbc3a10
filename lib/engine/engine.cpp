#include "lib/engine/engine.hpp"

#include "lib/engine/api_version.hpp"
#include "lib/engine/filters.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/shared.hpp"
#include "lib/engine/stream.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

using Json = nlohmann::json;
using std::chrono::milliseconds;

std::string flag(bool value) { return value ? "1" : "0"; }

std::map<std::string, std::string> with_filters(const Filters& filters) {
    if (filters.empty())
        return {};
    return {{"filters", to_text(filters)}};
}

void accept(const http::Response& response) {
    if (!response.ok() && response.status != 304)
        throw failure(response);
}

void accept_removed(const http::Response& response) {
    if (!response.ok() && response.status != 404)
        throw failure(response);
}

Engine::Engine(http::Client& http, Endpoint endpoint, std::stop_token stop)
    : shared_(std::make_shared<Shared>(http, std::move(endpoint))), stop_(std::move(stop)) {}

Engine Engine::with(std::stop_token stop) const {
    auto copy = *this;
    copy.stop_ = std::move(stop);
    return copy;
}

const Endpoint& Engine::endpoint() const noexcept { return shared_->endpoint(); }

Version Engine::version(milliseconds timeout) { return shared_->version(timeout, stop_); }

std::string Engine::api_version() { return shared_->api_version(stop_); }

bool Engine::speaks(const std::string& wanted) { return !api_less(api_version(), wanted); }

Json Engine::info() { return shared_->ask({.method = "GET", .path = "/info"}, stop_); }

void Engine::events(
    const Filters& filters,
    const std::string& since,
    const std::function<bool(const EngineEvent&)>& on_event,
    const std::string& until
) {
    ObjectStream objects([&](const Json& object) {
        const auto event = read_event(object);
        return !event_fits(filters, event) || on_event(event);
    });
    auto query = with_filters(filters);
    if (!since.empty())
        query["since"] = since;
    if (!until.empty())
        query["until"] = until;
    shared_->require(
        {.method = "GET",
         .path = "/events",
         .query = query,
         .on_chunk = [&](std::string_view chunk) { return objects.feed(chunk); },
         .timeout = no_limit},
        stop_
    );
}

} // namespace orch::engine
