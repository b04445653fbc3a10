#include "lib/base/error.hpp"
#include "lib/engine/filters.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/shared.hpp"
#include "lib/engine/stream.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::engine {

namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A stop that may take `grace`; a negative one means for ever, here as in the API.
milliseconds stop_limit(seconds grace) {
    return grace.count() < 0 ? no_limit : milliseconds(grace + change_limit);
}

std::string container_path(const std::string& id, std::string_view verb = "") {
    return "/containers/" + http::escape(id) + std::string(verb);
}

} // namespace

std::vector<ContainerSummary> Engine::list_containers(const Filters& filters, bool all) {
    auto query = with_filters(filters);
    query["all"] = flag(all);
    const auto rows =
        shared_->ask({.method = "GET", .path = "/containers/json", .query = query}, stop_);
    std::vector<ContainerSummary> containers;
    for (const auto& row : rows)
        if (auto summary = read_container_summary(row); labels_fit(filters, summary.labels))
            containers.push_back(std::move(summary));
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
    const auto start = [&] {
        return shared_->send(
            {.method = "POST", .path = container_path(id, "/start"), .timeout = change_limit}, stop_
        );
    };
    auto response = start();
    // What is left of a start in which an earlier engine was killed is cleared away by this
    // refusal.
    if (response.status == 500 && response.body.find("id already in use") != std::string::npos)
        response = start();
    accept(response);
}

void Engine::stop_container(const std::string& id, seconds grace) {
    accept(shared_->send(
        {.method = "POST",
         .path = container_path(id, "/stop"),
         .query = {{"t", std::to_string(grace.count())}},
         .timeout = stop_limit(grace),
         .grace = std::max(grace, seconds(0))},
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
         .timeout = stop_limit(grace),
         .grace = std::max(grace, seconds(0))},
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
    shared_->read_logs(container_path(id, "/logs"), false, tty, options, on_output, stop_);
}

void Engine::Shared::read_logs(
    const std::string& path,
    bool details,
    bool tty,
    const LogOptions& options,
    const std::function<bool(int, std::string_view)>& on_output,
    const std::stop_token& stop
) {
    FrameStream frames(on_output);
    std::map<std::string, std::string> query{
        {"stdout", "1"},
        {"stderr", "1"},
        {"follow", flag(options.follow)},
        {"timestamps", flag(options.timestamps)},
        {"tail", options.tail},
    };
    if (details)
        query["details"] = "1";
    if (!options.since.empty())
        query["since"] = options.since;
    if (!options.until.empty())
        query["until"] = options.until;
    const auto on_chunk = [&](std::string_view chunk) {
        const bool wanted = tty ? on_output(1, chunk) : frames.feed(chunk);
        if (options.on_pause)
            options.on_pause();
        return wanted;
    };
    require(
        {.method = "GET", .path = path, .query = query, .on_chunk = on_chunk, .timeout = no_limit},
        stop
    );
}

void Engine::pause_container(const std::string& id) {
    shared_->require(
        {.method = "POST", .path = container_path(id, "/pause"), .timeout = change_limit}, stop_
    );
}

void Engine::unpause_container(const std::string& id) {
    shared_->require(
        {.method = "POST", .path = container_path(id, "/unpause"), .timeout = change_limit}, stop_
    );
}

void Engine::upload(const std::string& id, const std::string& dir, const std::string& tar) {
    std::string_view rest = tar;
    const Call call{
        .method = "PUT",
        .path = container_path(id, "/archive"),
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

} // namespace orch::engine
