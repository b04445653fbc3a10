#include "lib/engine/engine.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/api_version.hpp"
#include "lib/engine/caller.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/reference.hpp"
#include "lib/engine/stream.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds no_limit{0}; // streams and calls that last as long as they last
constexpr seconds answer_slack{60}; // for the answer to a stop, beyond the grace period

std::string container_path(const std::string& id, std::string_view verb = "") {
    return "/containers/" + http::escape(id) + std::string(verb);
}

std::string flag(bool value) { return value ? "1" : "0"; }

std::map<std::string, std::string> with_filters(const Filters& filters) {
    if (filters.empty())
        return {};
    return {{"filters", Json(filters).dump()}};
}

/// An answer whose 304 means that there was nothing to do.
void accept(const http::Response& response) {
    if (!response.ok() && response.status != 304)
        throw failure(response);
}

/// An answer to a removal: what is gone already is removed.
void accept_removed(const http::Response& response) {
    if (!response.ok() && response.status != 404)
        throw failure(response);
}

} // namespace

struct Engine::Shared : Caller {
    using Caller::Caller;
};

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

Json Engine::info() {
    return json::parse(shared_->require({.method = "GET", .path = "/info"}, stop_).body, "/info");
}

std::vector<ContainerSummary> Engine::list_containers(const Filters& filters, bool all) {
    auto query = with_filters(filters);
    query["all"] = flag(all);
    const auto response =
        shared_->require({.method = "GET", .path = "/containers/json", .query = query}, stop_);
    std::vector<ContainerSummary> containers;
    for (const auto& row : json::parse(response.body, "/containers/json"))
        containers.push_back(read_container_summary(row));
    return containers;
}

std::optional<Container> Engine::inspect_container(const std::string& id_or_name) {
    const auto response =
        shared_->send({.method = "GET", .path = container_path(id_or_name, "/json")}, stop_);
    if (response.status == 404)
        return std::nullopt;
    if (!response.ok())
        throw failure(response);
    return read_container(json::parse(response.body, id_or_name));
}

Created Engine::create_container(const std::string& name, const Json& body) {
    const auto response = shared_->require(
        {.method = "POST", .path = "/containers/create", .query = {{"name", name}}, .body = &body},
        stop_
    );
    const auto answer = json::parse(response.body, "/containers/create");
    Created created{.id = answer.value("Id", "")};
    if (const auto warnings = answer.find("Warnings");
        warnings != answer.end() && warnings->is_array())
        for (const auto& warning : *warnings)
            created.warnings.push_back(warning.get<std::string>());
    return created;
}

void Engine::start_container(const std::string& id) {
    accept(shared_->send({.method = "POST", .path = container_path(id, "/start")}, stop_));
}

void Engine::stop_container(const std::string& id, seconds grace) {
    accept(shared_->send(
        {.method = "POST",
         .path = container_path(id, "/stop"),
         .query = {{"t", std::to_string(grace.count())}},
         .timeout = grace + answer_slack},
        stop_
    ));
}

void Engine::kill_container(const std::string& id, const std::string& signal) {
    shared_->require(
        {.method = "POST", .path = container_path(id, "/kill"), .query = {{"signal", signal}}},
        stop_
    );
}

void Engine::restart_container(const std::string& id, seconds grace) {
    shared_->require(
        {.method = "POST",
         .path = container_path(id, "/restart"),
         .query = {{"t", std::to_string(grace.count())}},
         .timeout = grace + answer_slack},
        stop_
    );
}

void Engine::rename_container(const std::string& id, const std::string& name) {
    shared_->require(
        {.method = "POST", .path = container_path(id, "/rename"), .query = {{"name", name}}}, stop_
    );
}

void Engine::remove_container(const std::string& id, bool volumes, bool force) {
    const auto response = shared_->send(
        {.method = "DELETE",
         .path = container_path(id),
         .query = {{"v", flag(volumes)}, {"force", flag(force)}}},
        stop_
    );
    // Somebody else is removing it at this moment: it will be gone.
    if (response.status == 409 &&
        failure(response).message().find("already in progress") != std::string::npos)
        return;
    accept_removed(response);
}

int Engine::wait_container(const std::string& id) {
    const auto response = shared_->require(
        {.method = "POST", .path = container_path(id, "/wait"), .timeout = no_limit}, stop_
    );
    return json::parse(response.body, id).value("StatusCode", 0);
}

void Engine::logs(
    const std::string& id,
    bool tty,
    const LogOptions& options,
    const std::function<bool(int, std::string_view)>& on_output
) {
    FrameStream frames(on_output);
    std::map<std::string, std::string> query{
        {"stdout", "1"},
        {"stderr", "1"},
        {"follow", flag(options.follow)},
        {"timestamps", flag(options.timestamps)},
        {"tail", options.tail},
    };
    if (!options.since.empty())
        query["since"] = options.since;
    shared_->require(
        {.method = "GET",
         .path = container_path(id, "/logs"),
         .query = query,
         .on_chunk = [&](std::string_view chunk
                     ) { return tty ? on_output(1, chunk) : frames.feed(chunk); },
         .timeout = no_limit},
        stop_
    );
}

std::optional<Image> Engine::inspect_image(const std::string& reference) {
    const auto response = shared_->send(
        {.method = "GET", .path = "/images/" + escape_reference(reference) + "/json"}, stop_
    );
    if (response.status == 404)
        return std::nullopt;
    if (!response.ok())
        throw failure(response);
    return read_image(json::parse(response.body, reference));
}

void Engine::pull_image(
    const std::string& reference,
    const std::string& auth,
    const std::function<void(const StreamEvent&)>& on_event
) {
    const auto parts = split_reference(reference);
    ObjectStream objects([&](const Json& object) {
        on_event(read_stream_event(object));
        return true;
    });
    std::map<std::string, std::string> headers;
    if (!auth.empty())
        headers["X-Registry-Auth"] = auth;
    shared_->require(
        {.method = "POST",
         .path = "/images/create",
         .query = {{"fromImage", parts.repository}, {"tag", parts.tag}},
         .headers = headers,
         .on_chunk = [&](std::string_view chunk) { return objects.feed(chunk); },
         .timeout = no_limit},
        stop_
    );
}

std::string Engine::build_image(
    const BuildOptions& options,
    const std::function<std::size_t(std::span<char>)>& context,
    const std::function<void(const StreamEvent&)>& on_event
) {
    std::map<std::string, std::string> query{
        {"t", options.tag},
        {"rm", "1"},
        {"forcerm", flag(options.force_rm)},
        {"nocache", flag(options.no_cache)},
        {"q", "0"},
    };
    if (options.pull)
        query["pull"] = "1";
    if (!options.dockerfile.empty())
        query["dockerfile"] = options.dockerfile;
    if (!options.remote.empty())
        query["remote"] = options.remote;
    if (!options.args.empty())
        query["buildargs"] = Json(options.args).dump();
    std::string id;
    std::string last = "the engine said nothing";
    ObjectStream objects([&](const Json& object) {
        const auto event = read_stream_event(object);
        constexpr std::string_view success = "Successfully built ";
        if (event.stream.starts_with(success))
            id = text::trim(event.stream.substr(success.size()));
        if (!event.aux_id.empty())
            id = event.aux_id;
        if (!event.stream.empty())
            last = event.stream;
        on_event(event);
        return true;
    });
    Call call{
        .method = "POST",
        .path = "/build",
        .query = query,
        .headers = {{"Content-Type", "application/x-tar"}},
        .on_chunk = [&](std::string_view chunk) { return objects.feed(chunk); },
        .timeout = no_limit,
    };
    if (options.remote.empty())
        call.body_source = context;
    shared_->require(call, stop_);
    if (id.empty())
        throw Error(Kind::remote, "the build ended without an image: {}", text::trim(last));
    return id;
}

void Engine::remove_image(const std::string& reference) {
    shared_->require({.method = "DELETE", .path = "/images/" + escape_reference(reference)}, stop_);
}

std::vector<Network> Engine::list_networks(const Filters& filters) {
    const auto response = shared_->require(
        {.method = "GET", .path = "/networks", .query = with_filters(filters)}, stop_
    );
    std::vector<Network> networks;
    for (const auto& row : json::parse(response.body, "/networks"))
        networks.push_back(read_network(row));
    return networks;
}

std::string Engine::create_network(const Json& body) {
    const auto response =
        shared_->require({.method = "POST", .path = "/networks/create", .body = &body}, stop_);
    return json::parse(response.body, "/networks/create").value("Id", "");
}

void Engine::remove_network(const std::string& id) {
    accept_removed(
        shared_->send({.method = "DELETE", .path = "/networks/" + http::escape(id)}, stop_)
    );
}

void Engine::remove_volume(const std::string& name) {
    accept_removed(
        shared_->send({.method = "DELETE", .path = "/volumes/" + http::escape(name)}, stop_)
    );
}

void Engine::events(
    const Filters& filters,
    const std::string& since,
    const std::function<bool(const EngineEvent&)>& on_event
) {
    ObjectStream objects([&](const Json& object) { return on_event(read_event(object)); });
    auto query = with_filters(filters);
    if (!since.empty())
        query["since"] = since;
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
