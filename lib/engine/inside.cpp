#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/shared.hpp"
#include "lib/engine/stream.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

namespace {

using Json = nlohmann::json;

std::string inside_path(const std::string& id, std::string_view verb) {
    return "/containers/" + http::escape(id) + std::string(verb);
}

} // namespace

Processes Engine::top(const std::string& id) {
    return read_processes(shared_->ask({.method = "GET", .path = inside_path(id, "/top")}, stop_));
}

void Engine::stats(
    const std::string& id, bool stream, const std::function<bool(const Usage&)>& on_usage
) {
    ObjectStream objects([&](const Json& object) { return on_usage(read_usage(object)); });
    shared_->require(
        {.method = "GET",
         .path = inside_path(id, "/stats"),
         .query = {{"stream", flag(stream)}},
         .on_chunk = [&](std::string_view chunk) { return objects.feed(chunk); },
         .timeout = no_limit},
        stop_
    );
}

std::optional<PathStat> Engine::stat_path(const std::string& id, const std::string& path) {
    const auto response = shared_->send(
        {.method = "HEAD", .path = inside_path(id, "/archive"), .query = {{"path", path}}}, stop_
    );
    if (response.status == 404)
        return std::nullopt;
    const auto stat = response.headers.find("x-docker-container-path-stat");
    if (!response.ok() || stat == response.headers.end())
        throw Error(Kind::remote, "the engine cannot look at {} in the container", path);
    return read_path_stat(Json::parse(base64::decode(stat->second), nullptr, false));
}

void Engine::download(
    const std::string& id,
    const std::string& path,
    const std::function<bool(std::string_view)>& on_bytes
) {
    shared_->require(
        {.method = "GET",
         .path = inside_path(id, "/archive"),
         .query = {{"path", path}},
         .on_chunk = on_bytes,
         .timeout = no_limit},
        stop_
    );
}

void Engine::upload(
    const std::string& id,
    const std::string& dir,
    const std::function<std::size_t(std::span<char>)>& tar
) {
    shared_->require(
        {.method = "PUT",
         .path = inside_path(id, "/archive"),
         .query = {{"path", dir}},
         .body_source = tar,
         .headers = {{"Content-Type", "application/x-tar"}},
         .timeout = no_limit},
        stop_
    );
}

} // namespace orch::engine
