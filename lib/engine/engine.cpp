#include "lib/engine/engine.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/api_version.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/reference.hpp"
#include "lib/engine/shared.hpp"
#include "lib/engine/stream.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds no_limit{0};  // streams and calls that last as long as they last
constexpr seconds change_limit{300}; // changes: a busy engine does them one after the other

/// A stop that may take `grace`; a negative one means for ever, here as in the API.
milliseconds stop_limit(seconds grace) {
    return grace.count() < 0 ? no_limit : milliseconds(grace + change_limit);
}

std::string container_path(const std::string& id, std::string_view verb = "") {
    return "/containers/" + http::escape(id) + std::string(verb);
}

std::string flag(bool value) { return value ? "1" : "0"; }

std::map<std::string, std::string> with_filters(const Filters& filters) {
    if (filters.empty())
        return {};
    return {{"filters", to_text(filters)}};
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

std::map<std::string, std::string> build_query(const BuildOptions& options) {
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
        query["buildargs"] = to_text(options.args);
    return query;
}

/// What a build's stream said about its result.
class BuildOutcome {
  public:
    void note(const StreamEvent& event) {
        constexpr std::string_view success = "Successfully built ";
        if (event.stream.starts_with(success))
            short_id_ = text::trim(event.stream.substr(success.size()));
        if (!event.aux_id.empty())
            id_ = event.aux_id;
        if (!text::trim(event.stream).empty())
            last_ = text::trim(event.stream);
    }

    /// Engines before API 1.30 say only the short id, and only in words. Throws Error(remote) if
    /// there is none.
    [[nodiscard]] std::string id() const {
        if (id_.empty() && short_id_.empty())
            throw Error(Kind::remote, "the build ended without an image: {}", last_);
        return id_.empty() ? short_id_ : id_;
    }

  private:
    std::string id_;
    std::string short_id_;
    std::string last_ = "the engine said nothing";
};

} // namespace

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

std::vector<ContainerSummary> Engine::list_containers(const Filters& filters, bool all) {
    auto query = with_filters(filters);
    query["all"] = flag(all);
    const auto rows =
        shared_->ask({.method = "GET", .path = "/containers/json", .query = query}, stop_);
    std::vector<ContainerSummary> containers;
    for (const auto& row : rows)
        containers.push_back(read_container_summary(row));
    return containers;
}

std::optional<Container> Engine::inspect_container(const std::string& id_or_name) {
    const auto answer = shared_->ask_if_there(
        {.method = "GET", .path = container_path(id_or_name, "/json")}, stop_
    );
    return answer ? std::optional(read_container(*answer)) : std::nullopt;
}

Created Engine::create_container(const std::string& name, const Json& body) {
    return read_created(shared_->ask(
        {.method = "POST",
         .path = "/containers/create",
         .query = {{"name", name}},
         .body = &body,
         .timeout = change_limit},
        stop_
    ));
}

void Engine::start_container(const std::string& id) {
    accept(shared_->send(
        {.method = "POST", .path = container_path(id, "/start"), .timeout = change_limit}, stop_
    ));
}

void Engine::stop_container(const std::string& id, seconds grace) {
    accept(shared_->send(
        {.method = "POST",
         .path = container_path(id, "/stop"),
         .query = {{"t", std::to_string(grace.count())}},
         .timeout = stop_limit(grace)},
        stop_
    ));
}

void Engine::kill_container(const std::string& id, const std::string& signal) {
    shared_->require(
        {.method = "POST",
         .path = container_path(id, "/kill"),
         .query = {{"signal", signal}},
         .timeout = change_limit},
        stop_
    );
}

void Engine::restart_container(const std::string& id, seconds grace) {
    shared_->require(
        {.method = "POST",
         .path = container_path(id, "/restart"),
         .query = {{"t", std::to_string(grace.count())}},
         .timeout = stop_limit(grace)},
        stop_
    );
}

void Engine::rename_container(const std::string& id, const std::string& name) {
    shared_->require(
        {.method = "POST",
         .path = container_path(id, "/rename"),
         .query = {{"name", name}},
         .timeout = change_limit},
        stop_
    );
}

void Engine::remove_container(const std::string& id, bool volumes, bool force) {
    const auto response = shared_->send(
        {.method = "DELETE",
         .path = container_path(id),
         .query = {{"v", flag(volumes)}, {"force", flag(force)}},
         .timeout = change_limit},
        stop_
    );
    // Somebody else is removing it at this moment: it will be gone.
    if (response.status == 409 &&
        failure(response).message().find("already in progress") != std::string::npos)
        return;
    accept_removed(response);
}

int Engine::wait_container(const std::string& id) {
    return read_exit_code(shared_->ask(
        {.method = "POST", .path = container_path(id, "/wait"), .timeout = no_limit}, stop_
    ));
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
    const auto answer = shared_->ask_if_there(
        {.method = "GET", .path = "/images/" + escape_reference(reference) + "/json"}, stop_
    );
    return answer ? std::optional(read_image(*answer)) : std::nullopt;
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
    BuildOutcome outcome;
    ObjectStream objects([&](const Json& object) {
        const auto event = read_stream_event(object);
        outcome.note(event);
        on_event(event);
        return true;
    });
    Call call{
        .method = "POST",
        .path = "/build",
        .query = build_query(options),
        .headers = {{"Content-Type", "application/x-tar"}},
        .on_chunk = [&](std::string_view chunk) { return objects.feed(chunk); },
        .timeout = no_limit,
    };
    if (options.remote.empty())
        call.body_source = context;
    const auto response = shared_->send(call, stop_);
    if (response.status == 404 || response.status == 501)
        throw Error(
            Kind::unsupported, "this engine builds no images: {}", failure(response).message()
        )
            .hint("the classic builder was taken out of it; build with docker buildx instead");
    if (!response.ok())
        throw failure(response);
    return outcome.id();
}

void Engine::remove_image(const std::string& reference) {
    shared_->require(
        {.method = "DELETE",
         .path = "/images/" + escape_reference(reference),
         .timeout = change_limit},
        stop_
    );
}

std::vector<Network> Engine::list_networks(const Filters& filters) {
    const auto rows =
        shared_->ask({.method = "GET", .path = "/networks", .query = with_filters(filters)}, stop_);
    std::vector<Network> networks;
    for (const auto& row : rows)
        networks.push_back(read_network(row));
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
