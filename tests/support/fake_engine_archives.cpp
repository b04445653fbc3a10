// Images of a FakeEngine as archives. Layers have the names that they have since engine 25; the
// manifest is shorter than a real one.
#include "lib/archive/tar_write.hpp"
#include "tests/support/fake_engine_state.hpp"
#include "tests/support/tar_reader.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::test {

namespace {

std::string member_of(const std::string& layer) { return "blobs/sha256/" + layer.substr(7); }

} // namespace

std::vector<std::vector<std::string>> FakeEngine::loads() const {
    const std::lock_guard lock(state_->mutex);
    return state_->all_loads;
}

bool FakeEngine::State::has_layers(const std::vector<std::string>& lowest) const {
    return std::any_of(all_images.begin(), all_images.end(), [&](const ImageState& image) {
        return image.layers.size() >= lowest.size() &&
               std::equal(lowest.begin(), lowest.end(), image.layers.begin());
    });
}

http::Response FakeEngine::State::save_image(FakeCall& call) {
    const auto& reference = call.parts[0];
    const auto* image = find_image(reference);
    if (image == nullptr)
        throw Refusal{404, "reference does not exist"};
    std::vector<archive::TarMember> members;
    for (const auto& layer : image->layers)
        members.push_back({.path = member_of(layer), .content = std::string(5000, layer.back())});
    const bool by_id = reference.starts_with("sha256:");
    const Json manifest{
        {"Id", image->id},
        {"Config", image->config},
        {"RepoTags", by_id ? Json::array() : Json::array({normal_reference(reference)})},
        {"Layers", image->layers}};
    members.push_back({.path = "manifest.json", .content = manifest.dump()});
    stream(call, archive::tar_of(members));
    return {200, {}, {}};
}

http::Response FakeEngine::State::load_images(FakeCall& call) {
    call.lock.unlock(); // whoever sends it may have to ask another call first
    const auto bytes = read_all(call.request);
    call.lock.lock();
    const auto files = read_tar(bytes);
    std::vector<std::string> names;
    for (const auto& [name, content] : files)
        names.push_back(name);
    all_loads.push_back(names);
    const auto manifest = Json::parse(files.at("manifest.json"));
    const auto layers = manifest["Layers"].get<std::vector<std::string>>();
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (!files.contains(member_of(layers[i])) &&
            !has_layers({layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(i) + 1})) {
            const auto message =
                fmt::format("open {}: no such file or directory", member_of(layers[i]));
            stream_json(call, {{"errorDetail", {{"message", message}}}, {"error", message}});
            return {200, {}, {}};
        }
    std::string id = manifest["Id"];
    if (info_patch.dump().find("io.containerd.snapshotter") != std::string::npos)
        id = "sha256:" + hex_id("manifest of " + id); // images in containerd have other ids
    for (const auto& tag : manifest["RepoTags"])
        put_image(tag, id, manifest["Config"]).layers = layers;
    if (manifest["RepoTags"].empty())
        put_image(id, id, manifest["Config"]).layers = layers;
    stream_json(call, {{"stream", "Loaded image: " + id}});
    return {200, {}, {}};
}

} // namespace orch::test
