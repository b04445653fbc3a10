#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/reference.hpp"
#include "lib/engine/shared.hpp"
#include "lib/engine/stream.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

namespace {

using Json = nlohmann::json;

std::map<std::string, std::string> build_query(const BuildOptions& options) {
    std::map<std::string, std::string> query{
        {"t", options.tag},
        {"rm", flag(!options.keep)},
        {"forcerm", flag(options.force_rm)},
        {"nocache", flag(options.no_cache)},
        {"q", "0"},
    };
    if (options.memory > 0)
        query["memory"] = std::to_string(options.memory);
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
    if (!options.registries.empty())
        call.headers["X-Registry-Config"] = options.registries;
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

std::string Engine::registry_digest(const std::string& reference, const std::string& auth) {
    std::map<std::string, std::string> headers;
    if (!auth.empty())
        headers["X-Registry-Auth"] = auth;
    const auto answer = shared_->ask(
        {.method = "GET",
         .path = "/distribution/" + escape_reference(reference) + "/json",
         .headers = headers},
        stop_
    );
    const auto descriptor = answer.find("Descriptor");
    auto digest = descriptor == answer.end() || !descriptor->is_object()
                      ? std::string()
                      : descriptor->value("digest", "");
    if (digest.empty())
        throw Error(Kind::remote, "the engine named no digest of {}", reference);
    return digest;
}

std::string Engine::push_image(
    const std::string& reference,
    const std::string& auth,
    const std::function<void(const StreamEvent&)>& on_event
) {
    constexpr auto nobody = "e30="; // {}: engines refuse a push that says nothing of credentials
    const auto parts = split_reference(reference);
    std::string digest;
    ObjectStream objects([&](const Json& object) {
        const auto event = read_stream_event(object);
        if (!event.aux_digest.empty())
            digest = event.aux_digest;
        on_event(event);
        return true;
    });
    shared_->require(
        {.method = "POST",
         .path = "/images/" + escape_reference(parts.repository) + "/push",
         .query = {{"tag", parts.tag}},
         .headers = {{"X-Registry-Auth", auth.empty() ? nobody : auth}},
         .on_chunk = [&](std::string_view chunk) { return objects.feed(chunk); },
         .timeout = no_limit},
        stop_
    );
    return digest;
}

void Engine::tag_image(const std::string& reference, const std::string& name) {
    const auto parts = split_reference(name);
    shared_->require(
        {.method = "POST",
         .path = "/images/" + escape_reference(reference) + "/tag",
         .query = {{"repo", parts.repository}, {"tag", parts.tag}}},
        stop_
    );
}

void Engine::remove_image(const std::string& reference) {
    shared_->require(
        {.method = "DELETE",
         .path = "/images/" + escape_reference(reference),
         .timeout = change_limit},
        stop_
    );
}

} // namespace orch::engine
