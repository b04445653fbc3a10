// What a FakeEngine knows, and its routes; for its own sources only.
#pragma once

#include "lib/base/error.hpp"
#include "tests/support/fake_engine_values.hpp"

#include <condition_variable>
#include <list>
#include <string_view>

namespace orch::test {

struct FakeEngine::State {
    State();

    // fake_engine.cpp: the way in.
    http::Response answer(FakeCall& call);
    http::Response route(FakeCall& call);
    std::optional<FakeFault> take_fault(const FakeExchange& exchange);
    [[noreturn]] void stall(FakeCall& call);
    void check_version(const std::string& version) const;

    /// Sends bytes of a stream; false when the other side has enough. The mutex is free meanwhile.
    bool stream(FakeCall& call, std::string_view bytes);
    bool stream_json(FakeCall& call, const Json& object);

    /// Waits until `ready()` holds. Throws Error(cancelled) on a stop.
    template <class Ready>
    void wait(FakeCall& call, Ready ready);

    http::Response ping(FakeCall& call);
    http::Response version(FakeCall& call);
    http::Response info(FakeCall& call);
    http::Response swarm(FakeCall& call);

    // fake_engine_containers.cpp: the life of a container.
    http::Response create_container(FakeCall& call);
    http::Response start(FakeCall& call);
    http::Response stop(FakeCall& call);
    http::Response restart(FakeCall& call);
    http::Response kill(FakeCall& call);
    http::Response pause(FakeCall& call);
    http::Response unpause(FakeCall& call);
    http::Response rename(FakeCall& call);
    http::Response remove_container(FakeCall& call);
    http::Response wait_container(FakeCall& call);
    http::Response upload(FakeCall& call);
    void run(ContainerState& container);
    void end(ContainerState& container, int code);
    void remove(ContainerState& container, bool volumes);

    // fake_engine_wiring.cpp: mounts, links, networks and ports of a container.
    void wire_mounts(ContainerState& container);
    void wire_links(ContainerState& container);
    void wire_networks(ContainerState& container, const std::string& version);
    void check_links(const ContainerState& container);
    void join_networks(ContainerState& container);
    void bind_ports(ContainerState& container);

    // fake_engine_views.cpp: a container as JSON.
    http::Response list_containers(FakeCall& call);
    http::Response inspect_container(FakeCall& call);
    [[nodiscard]] Json inspected(const ContainerState& container, const std::string& version) const;
    [[nodiscard]] Json row(const ContainerState& container) const;
    [[nodiscard]] Json network_settings(const ContainerState& container) const;

    // fake_engine_inside.cpp: processes, their use, and files that archives put there.
    http::Response top(FakeCall& call);
    http::Response stats(FakeCall& call);
    http::Response stat_path(FakeCall& call);
    http::Response download(FakeCall& call);

    // fake_engine_streams.cpp
    http::Response logs(FakeCall& call);
    http::Response events(FakeCall& call);

    // fake_engine_images.cpp, fake_engine_build.cpp
    http::Response list_images(FakeCall& call);
    http::Response inspect_image(FakeCall& call);
    http::Response distribution(FakeCall& call);
    http::Response remove_image(FakeCall& call);
    http::Response pull(FakeCall& call);
    http::Response push(FakeCall& call);
    http::Response tag(FakeCall& call);
    http::Response build(FakeCall& call);
    ImageState& put_image(const std::string& reference, const std::string& id, const Json& config);

    // fake_engine_archives.cpp
    http::Response save_image(FakeCall& call);
    http::Response load_images(FakeCall& call);
    [[nodiscard]] bool has_layers(const std::vector<std::string>& lowest) const;

    // fake_engine_networks.cpp: networks and volumes
    http::Response list_networks(FakeCall& call);
    http::Response inspect_network(FakeCall& call);
    http::Response create_network(FakeCall& call);
    http::Response remove_network(FakeCall& call);
    http::Response connect(FakeCall& call);
    http::Response disconnect(FakeCall& call);
    http::Response list_volumes(FakeCall& call);
    http::Response inspect_volume(FakeCall& call);
    http::Response create_volume(FakeCall& call);
    http::Response remove_volume(FakeCall& call);
    NetworkState& add_network(const std::string& name, const std::string& driver);

    /// By name, id or the beginning of an id; nullptr if there is none.
    ContainerState* find_container(const std::string& name_or_id);
    ImageState* find_image(const std::string& reference);
    NetworkState* find_network(const std::string& name_or_id);

    /// Throws Refusal 404 if there is none.
    ContainerState& container(const std::string& name_or_id);
    NetworkState& network(const std::string& name_or_id);
    ContainerState* name_holder(const std::string& name);

    void event(
        const std::string& type,
        const std::string& action,
        const std::string& id,
        std::map<std::string, std::string> attributes
    );
    void event(
        const ContainerState& container,
        const std::string& action,
        const std::map<std::string, std::string>& more = {}
    );
    std::string new_id();

    /// Nanoseconds since 1970; never the same twice.
    std::int64_t now();

    mutable std::mutex mutex; // guards all that follows
    std::condition_variable_any changed;
    std::string api = "1.41";
    std::string min_api = "1.12";
    Json info_patch = Json::object();
    std::size_t cut = 0;
    std::list<ContainerState> all_containers; // in the order of their creation
    std::list<ImageState> all_images;
    std::map<std::string, std::pair<std::string, Json>> offers; // reference -> id, config
    std::map<std::string, std::string> broken_pulls;            // reference -> message
    std::map<std::string, std::string> broken_pushes;           // the same
    std::list<NetworkState> all_networks;
    std::map<std::string, VolumeState> all_volumes;
    std::set<int> occupied_ports;
    std::set<std::string> missing_folders;
    std::vector<FakeBuild> all_builds;
    std::vector<std::string> all_pushes;
    std::vector<std::vector<std::string>> all_loads;
    std::vector<FakeEvent> all_events;
    std::vector<FakeFault> faults;
    std::vector<FakeExchange> exchanges;
    std::vector<std::string> unknown;
    std::uint64_t ids = 0;
    std::int64_t last_now = 0;
};

template <class Ready>
void FakeEngine::State::wait(FakeCall& call, Ready ready) {
    if (!changed.wait(call.lock, call.stop, ready))
        throw Error(Kind::cancelled, "interrupted");
}

} // namespace orch::test
