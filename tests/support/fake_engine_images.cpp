// Images of a FakeEngine: looking at them, pulling and removing them.
#include "tests/support/fake_engine_state.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::test {

namespace {

/// The reference that fromImage and tag mean together.
std::string pulled_reference(const std::string& image, const std::string& tag) {
    if (tag.empty())
        return normal_reference(image);
    return normal_reference(image + (tag.find(':') == std::string::npos ? ":" : "@") + tag);
}

/// "library/redis" as the engine's first line names it.
std::string repository_path(const std::string& image) {
    const auto plain = image.starts_with("docker.io/") ? image.substr(10) : image;
    return plain.find('/') == std::string::npos ? "library/" + plain : plain;
}

/// The offer that a name or a digest means.
auto find_offer(auto& offers, const std::string& reference) {
    const auto at = reference.find('@');
    if (at == std::string::npos)
        return offers.find(reference);
    return std::find_if(offers.begin(), offers.end(), [&](const auto& offer) {
        const auto& name = offer.first;
        return name.substr(0, name.rfind(':')) == reference.substr(0, at) &&
               offer.second.first == reference.substr(at + 1);
    });
}

std::string repository_of(const std::string& reference) {
    return reference.substr(0, std::min(reference.find('@'), reference.rfind(':')));
}

bool valid_repository(const std::string& image) {
    return std::regex_match(image, std::regex("([a-zA-Z0-9.-]+(:[0-9]+)?/)?[a-z0-9._/-]+"));
}

} // namespace

ImageState& FakeEngine::State::put_image(
    const std::string& reference, const std::string& id, const Json& config
) {
    const auto tag = normal_reference(reference);
    for (auto& image : all_images)
        image.tags.erase(tag);
    const auto known =
        std::find_if(all_images.begin(), all_images.end(), [&](const ImageState& image) {
            return image.id == id;
        });
    auto& image = known == all_images.end() ? all_images.emplace_back() : *known;
    image.id = id;
    if (reference.find('@') != std::string::npos)
        image.digests.insert(tag);
    else if (reference != id)
        image.tags.insert(tag);
    if (image.layers.empty())
        image.layers = {"sha256:" + hex_id("layer of " + id)};
    image.config = Json{{"Cmd", {"sh"}}};
    if (config.is_object())
        image.config.update(config);
    image.created = now();
    event("image", "tag", id, {{"name", tag}});
    return image;
}

http::Response FakeEngine::State::list_images(FakeCall&) {
    Json rows = Json::array();
    for (const auto& image : all_images)
        rows.push_back(
            {{"Id", image.id},
             {"ParentId", ""},
             {"RepoTags", image.tags},
             {"RepoDigests", nullptr},
             {"Created", image.created / 1'000'000'000},
             {"Size", 1982319},
             {"Labels", image.config.value("Labels", Json())},
             {"Containers", -1}}
        );
    return json_response(200, rows);
}

/// What the registry would say: it has what is offered for pulls.
http::Response FakeEngine::State::distribution(FakeCall& call) {
    const auto reference = normal_reference(call.parts[0]);
    const auto offer = offers.find(reference);
    if (offer == offers.end())
        throw Refusal{404, fmt::format("manifest unknown: {}", reference)};
    return json_response(200, {{"Descriptor", {{"digest", offer->second.first}}}});
}

http::Response FakeEngine::State::inspect_image(FakeCall& call) {
    const auto& reference = call.parts[0];
    const auto* image = find_image(reference);
    if (image == nullptr)
        throw Refusal{
            404,
            fmt::format(
                "no such image: {}: No such image: {}", reference, normal_reference(reference)
            )};
    Json answer{
        {"Id", image->id},
        {"RepoTags", image->tags},
        {"RepoDigests", image->digests},
        {"RootFS", {{"Type", "layers"}, {"Layers", image->layers}}},
        {"Parent", ""},
        {"Created", time_text(image->created)},
        {"Config", image->config},
        {"Architecture", "amd64"},
        {"Os", "linux"},
        {"Size", 1982319}};
    if (before(call.exchange.version, 45)) // API 1.45 dropped the container it came from
        answer["ContainerConfig"] = Json::object();
    return json_response(200, answer);
}

http::Response FakeEngine::State::remove_image(FakeCall& call) {
    const auto& reference = call.parts[0];
    auto* image = find_image(reference);
    if (image == nullptr)
        throw Refusal{404, "No such image: " + normal_reference(reference)};
    const auto user = std::find_if(
        all_containers.begin(),
        all_containers.end(),
        [&](const ContainerState& container) { return container.image_id == image->id; }
    );
    if (user != all_containers.end() && !call.flag("force"))
        throw Refusal{
            409,
            fmt::format(
                "conflict: unable to remove repository reference \"{}\" (must force) - container "
                "{} is using its referenced image {}",
                reference,
                user->id.substr(0, 12),
                image->id.substr(7, 12)
            )};
    Json answer = Json::array({{{"Untagged", normal_reference(reference)}}});
    image->tags.erase(normal_reference(reference));
    event("image", "untag", image->id, {{"name", reference}});
    if (image->tags.empty() || reference.starts_with("sha256:")) {
        answer.push_back({{"Deleted", image->id}});
        const auto id = image->id;
        all_images.remove_if([&](const ImageState& candidate) { return candidate.id == id; });
        event("image", "delete", id, {{"name", id}});
    }
    return json_response(200, answer);
}

http::Response FakeEngine::State::pull(FakeCall& call) {
    const auto image = call.query("fromImage");
    const auto tag = call.query("tag");
    if (image.empty())
        throw Refusal{501, "the fake engine imports no images"};
    if (!valid_repository(image))
        throw Refusal{400, "invalid reference format: repository name must be lowercase"};
    const auto reference = pulled_reference(image, tag);
    const auto broken = broken_pulls.find(reference);
    const auto offer = find_offer(offers, reference);
    // An engine that has written nothing yet answers with a status, later it is in the stream.
    if (broken == broken_pulls.end() && offer == offers.end())
        throw Refusal{
            404,
            fmt::format(
                "pull access denied for {}, repository does not exist or may require 'docker "
                "login': denied: requested access to the resource is denied",
                image
            )};
    stream_json(call, {{"status", "Pulling from " + repository_path(image)}, {"id", tag}});
    const auto layer = hex_id(reference).substr(0, 12);
    const auto progress = [&](const char* status, const Json& detail) {
        stream_json(call, {{"status", status}, {"progressDetail", detail}, {"id", layer}});
    };
    progress("Pulling fs layer", Json::object());
    progress("Downloading", {{"current", 512}, {"total", 1024}});
    if (broken != broken_pulls.end()) {
        stream_json(
            call, {{"errorDetail", {{"message", broken->second}}}, {"error", broken->second}}
        );
        return {200, {}, {}};
    }
    progress("Download complete", Json::object());
    progress("Extracting", {{"current", 1024}, {"total", 1024}});
    progress("Pull complete", Json::object());
    const auto [id, config] = offer->second;
    const auto* old = find_image(reference);
    const bool newer = old == nullptr || old->id != id;
    put_image(reference, id, config).digests.insert(repository_of(reference) + "@" + id);
    stream_json(call, {{"status", "Digest: " + id}});
    const auto summary =
        newer ? "Status: Downloaded newer image for " : "Status: Image is up to date for ";
    stream_json(call, {{"status", summary + reference}});
    event("image", "pull", reference, {{"name", image}});
    return {200, {}, {}};
}

http::Response FakeEngine::State::tag(FakeCall& call) {
    const auto* image = find_image(call.parts[0]);
    if (image == nullptr)
        throw Refusal{404, "No such image: " + normal_reference(call.parts[0])};
    const auto config = image->config; // put_image changes what it points at
    put_image(call.query("repo") + ":" + call.query("tag"), std::string(image->id), config);
    return {201, {}, {}};
}

http::Response FakeEngine::State::push(FakeCall& call) {
    const auto reference = normal_reference(call.parts[0] + ":" + call.query("tag"));
    if (!call.request.headers.contains("X-Registry-Auth"))
        throw Refusal{400, "bad parameters and missing X-Registry-Auth: EOF"};
    stream_json(call, {{"status", "The push refers to repository [" + call.parts[0] + "]"}});
    const auto fail = [&](const std::string& message) {
        stream_json(call, {{"errorDetail", {{"message", message}}}, {"error", message}});
        return http::Response{200, {}, {}};
    };
    const auto* image = find_image(reference);
    if (image == nullptr)
        return fail("An image does not exist locally with the tag: " + call.parts[0]);
    const auto layer = image->id.substr(7, 12);
    const auto digest = image->id;
    const auto progress = [&](const char* status, const Json& detail) {
        stream_json(call, {{"status", status}, {"progressDetail", detail}, {"id", layer}});
    };
    progress("Preparing", Json::object());
    progress("Pushing", {{"current", 512}, {"total", 1024}});
    if (const auto broken = broken_pushes.find(reference); broken != broken_pushes.end())
        return fail(broken->second);
    progress("Pushed", Json::object());
    stream_json(call, {{"status", call.query("tag") + ": digest: " + digest + " size: 528"}});
    stream_json(
        call,
        {{"progressDetail", Json::object()},
         {"aux", {{"Tag", call.query("tag")}, {"Digest", digest}, {"Size", 528}}}}
    );
    all_pushes.push_back(reference);
    return {200, {}, {}};
}

} // namespace orch::test
