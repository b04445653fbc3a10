// The test's side of a FakeEngine: setting the scene, and looking at it.
#include "tests/support/fake_engine_state.hpp"
#include "tests/support/tar_reader.hpp"

#include <stdexcept>
#include <utility>

namespace orch::test {

namespace {

FakeFault fault_for(const std::string& method, const std::string& path, FakeFault::What what) {
    return {.method = method, .path = std::regex(path), .what = what};
}

/// A container that the test names must be there.
ContainerState& named(FakeEngine::State& state, const std::string& name) {
    auto* found = state.find_container(name);
    if (found == nullptr)
        throw std::logic_error("the fake engine has no container " + name);
    return *found;
}

} // namespace

void FakeEngine::speak(const std::string& api, const std::string& min_api) {
    const std::lock_guard lock(state_->mutex);
    state_->api = api;
    state_->min_api = min_api;
}

void FakeEngine::set_info(const nlohmann::json& patch) {
    const std::lock_guard lock(state_->mutex);
    state_->info_patch.merge_patch(patch);
}

std::string FakeEngine::add_image(const std::string& reference, const nlohmann::json& config) {
    const std::lock_guard lock(state_->mutex);
    return state_->put_image(reference, "sha256:" + state_->new_id(), config).id;
}

void FakeEngine::set_layers(const std::string& reference, const std::vector<std::string>& layers) {
    const std::lock_guard lock(state_->mutex);
    auto* image = state_->find_image(reference);
    if (image == nullptr)
        throw std::logic_error("the fake engine has no image " + reference);
    image->layers = layers;
}

void FakeEngine::number_from(std::uint64_t first) {
    const std::lock_guard lock(state_->mutex);
    state_->ids = first;
}

void FakeEngine::offer_image(const std::string& reference, const nlohmann::json& config) {
    const std::lock_guard lock(state_->mutex);
    state_->offers[normal_reference(reference)] = {"sha256:" + state_->new_id(), config};
}

void FakeEngine::break_pull(const std::string& reference, const std::string& message) {
    const std::lock_guard lock(state_->mutex);
    state_->broken_pulls[normal_reference(reference)] = message;
}

void FakeEngine::break_push(const std::string& reference, const std::string& message) {
    const std::lock_guard lock(state_->mutex);
    state_->broken_pushes[normal_reference(reference)] = message;
}

void FakeEngine::occupy_port(int port) {
    const std::lock_guard lock(state_->mutex);
    state_->occupied_ports.insert(port);
}

void FakeEngine::lack_folder(const std::string& path) {
    const std::lock_guard lock(state_->mutex);
    state_->missing_folders.insert(path);
}

bool FakeEngine::lacks_folder(const std::string& path) const {
    const std::lock_guard lock(state_->mutex);
    return state_->missing_folders.contains(path);
}

void FakeEngine::print(const std::string& container, int stream, const std::string& line) {
    const std::lock_guard lock(state_->mutex);
    named(*state_, container).log.push_back({stream, line + "\n", state_->now()});
    state_->changed.notify_all();
}

void FakeEngine::exit(const std::string& container, int code) {
    const std::lock_guard lock(state_->mutex);
    state_->end(named(*state_, container), code);
}

void FakeEngine::fail_next(
    const std::string& method, const std::string& path, int status, const std::string& message
) {
    const std::lock_guard lock(state_->mutex);
    auto fault = fault_for(method, path, FakeFault::What::refuse);
    fault.refusal = {status, message};
    state_->faults.push_back(std::move(fault));
}

void FakeEngine::drop_next(const std::string& method, const std::string& path, bool after_effect) {
    const std::lock_guard lock(state_->mutex);
    const auto what = after_effect ? FakeFault::What::drop_after : FakeFault::What::drop;
    state_->faults.push_back(fault_for(method, path, what));
}

std::size_t FakeEngine::faults_left() const {
    const std::lock_guard lock(state_->mutex);
    return state_->faults.size();
}

void FakeEngine::stall_next(const std::string& method, const std::string& path) {
    const std::lock_guard lock(state_->mutex);
    state_->faults.push_back(fault_for(method, path, FakeFault::What::stall));
}

void FakeEngine::cut_streams(std::size_t bytes) {
    const std::lock_guard lock(state_->mutex);
    state_->cut = bytes;
}

std::vector<FakeContainer> FakeEngine::containers() const {
    const std::lock_guard lock(state_->mutex);
    return {state_->all_containers.begin(), state_->all_containers.end()};
}

std::optional<FakeContainer> FakeEngine::container(const std::string& name_or_id) const {
    const std::lock_guard lock(state_->mutex);
    const auto* found = state_->find_container(name_or_id);
    return found == nullptr ? std::nullopt : std::optional<FakeContainer>(*found);
}

std::map<std::string, std::string> FakeEngine::uploads(const std::string& name_or_id) const {
    const std::lock_guard lock(state_->mutex);
    std::map<std::string, std::string> files;
    if (const auto* found = state_->find_container(name_or_id))
        for (const auto& upload : found->uploads)
            for (const auto& [path, content] : read_tar(upload.tar))
                files[upload.dir + (upload.dir.ends_with('/') ? "" : "/") + path] = content;
    return files;
}

std::vector<std::string> FakeEngine::networks() const {
    const std::lock_guard lock(state_->mutex);
    std::vector<std::string> names;
    for (const auto& network : state_->all_networks)
        if (!network.predefined)
            names.push_back(network.name);
    return names;
}

std::vector<std::string> FakeEngine::volumes() const {
    const std::lock_guard lock(state_->mutex);
    std::vector<std::string> names;
    for (const auto& [name, volume] : state_->all_volumes)
        names.push_back(name);
    return names;
}

std::vector<std::string> FakeEngine::images() const {
    const std::lock_guard lock(state_->mutex);
    std::vector<std::string> tags;
    for (const auto& image : state_->all_images)
        tags.insert(tags.end(), image.tags.begin(), image.tags.end());
    return tags;
}

std::vector<FakeBuild> FakeEngine::builds() const {
    const std::lock_guard lock(state_->mutex);
    return state_->all_builds;
}

std::vector<std::string> FakeEngine::pushes() const {
    const std::lock_guard lock(state_->mutex);
    return state_->all_pushes;
}

std::vector<FakeExchange> FakeEngine::journal() const {
    const std::lock_guard lock(state_->mutex);
    return state_->exchanges;
}

std::vector<std::string> FakeEngine::unknown_requests() const {
    const std::lock_guard lock(state_->mutex);
    return state_->unknown;
}

} // namespace orch::test
