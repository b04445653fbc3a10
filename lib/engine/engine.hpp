// The Docker Engine API, one method per call, over the http seam. Not an interface itself: tests
// give it an http::Client that behaves like an engine, so what is sent and how answers are read is
// tested too.
#pragma once

#include "lib/engine/endpoint.hpp"
#include "lib/engine/inside.hpp"
#include "lib/engine/options.hpp"
#include "lib/engine/swarm.hpp"
#include "lib/engine/types.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace orch::engine {

class Dialogue; // attach.hpp
struct ExecOptions;
struct ExecState;
struct TerminalSize;

/// Every call throws Error: network/timeout/denied if no answer came (naming the endpoint, with a
/// hint), not_found/conflict/invalid/remote for 404/409/400/other failures carrying the engine's
/// own message. Copies are cheap and share the connection settings; any thread may use one.
class Engine {
  public:
    /// Nothing is sent before the first call. `stop` interrupts every call.
    Engine(http::Client& http, Endpoint endpoint, std::stop_token stop);

    /// The same engine under another stop token: for an orderly stop after Ctrl-C.
    [[nodiscard]] Engine with(std::stop_token stop) const;

    [[nodiscard]] const Endpoint& endpoint() const noexcept;

    /// GET /version, unversioned. `timeout` for the whole exchange.
    Version version(std::chrono::milliseconds timeout = std::chrono::seconds(20));

    /// The version that the other calls speak: min(ours, the engine's), asked once. Throws
    /// Error(unsupported) if that is below what the engine or orch accepts (1.24).
    std::string api_version();

    /// True if the negotiated version is at least `wanted` ("1.41").
    bool speaks(const std::string& wanted);

    nlohmann::json info();

    std::vector<ContainerSummary> list_containers(const Filters& filters, bool all);

    /// Nothing if there is no such container.
    std::optional<Container> inspect_container(const std::string& id_or_name);

    /// `body` as in POST /containers/create of the negotiated version.
    Created create_container(const std::string& name, const nlohmann::json& body);
    void start_container(const std::string& id); // running already is fine
    void
    stop_container(const std::string& id, std::chrono::seconds grace); // stopped already is fine
    void kill_container(const std::string& id, const std::string& signal);
    void restart_container(const std::string& id, std::chrono::seconds grace);
    void rename_container(const std::string& id, const std::string& name);
    void remove_container(const std::string& id, bool volumes, bool force); // gone already is fine
    void pause_container(const std::string& id);
    void unpause_container(const std::string& id);

    /// Unpacks a tar archive below `dir` of the container, running or not.
    void upload(const std::string& id, const std::string& dir, const std::string& tar);

    /// The same from a source that fills a buffer with the next bytes, 0 at the end.
    void upload(
        const std::string& id,
        const std::string& dir,
        const std::function<std::size_t(std::span<char>)>& tar
    );

    /// A tar archive of a file or directory; false ends it.
    void download(
        const std::string& id,
        const std::string& path,
        const std::function<bool(std::string_view bytes)>& on_bytes
    );

    /// Nothing if there is no such path, or no such container.
    std::optional<PathStat> stat_path(const std::string& id, const std::string& path);

    Processes top(const std::string& id);

    /// One sample, or with `stream` one about every second until `on_usage` returns false.
    void
    stats(const std::string& id, bool stream, const std::function<bool(const Usage&)>& on_usage);

    /// Blocks until it is not running; the exit code.
    int wait_container(const std::string& id);

    /// The output, frames taken apart (a tty container has none): called with the stream (1 out, 2
    /// err) and the bytes, on this thread; false ends it.
    void logs(
        const std::string& id,
        bool tty,
        const LogOptions& options,
        const std::function<bool(int stream, std::string_view bytes)>& on_output
    );

    /// The streams of a container's process, which need not run yet; `input` with its input.
    Dialogue attach(const std::string& id, bool tty, bool input);
    void resize_container(const std::string& id, const TerminalSize& size);

    /// Another process in a running container; its id.
    std::string create_exec(const std::string& container, const ExecOptions& options);
    Dialogue start_exec(const std::string& exec, bool tty);
    void start_exec_alone(const std::string& exec, bool tty); // returns as soon as it runs
    ExecState inspect_exec(const std::string& exec);
    void resize_exec(const std::string& exec, const TerminalSize& size);

    /// Nothing if the engine does not have it.
    std::optional<Image> inspect_image(const std::string& reference);

    /// `reference` as people write it: "redis", "redis:7", "host:5000/a/b@sha256:..". `auth` is the
    /// X-Registry-Auth value or empty. Events as they come; failures inside the stream throw.
    void pull_image(
        const std::string& reference,
        const std::string& auth,
        const std::function<void(const StreamEvent&)>& on_event
    );

    /// Classic builder. `context` fills a buffer with the next bytes of a tar, 0 at the end.
    /// Returns the image id. Throws Error(remote) with the builder's message.
    std::string build_image(
        const BuildOptions& options,
        const std::function<std::size_t(std::span<char>)>& context,
        const std::function<void(const StreamEvent&)>& on_event
    );

    /// Sends an image to the registry that its name begins with. Otherwise as pull_image. Returns
    /// the digest, empty if the engine does not say it.
    std::string push_image(
        const std::string& reference,
        const std::string& auth,
        const std::function<void(const StreamEvent&)>& on_event
    );

    /// Gives an image one more name.
    void tag_image(const std::string& reference, const std::string& name);
    void remove_image(const std::string& reference);

    /// "sha256:..." of what the registry has under `reference`. API 1.30.
    std::string registry_digest(const std::string& reference, const std::string& auth);

    std::vector<Network> list_networks(const Filters& filters);
    std::string create_network(const nlohmann::json& body); // the id
    void remove_network(const std::string& id);             // gone already is fine

    /// Nothing if there is no such network.
    std::optional<NetworkDetails> inspect_network(const std::string& id_or_name);

    /// Nothing if there is no such volume.
    std::optional<Volume> inspect_volume(const std::string& name);
    Volume create_volume(const nlohmann::json& body); // the one that is there, if there is one
    void remove_volume(const std::string& name);      // gone already is fine

    /// From GET /info. What is below it, but for the way in and out, is answered by managers only.
    SwarmState swarm_state();
    std::string init_swarm(const SwarmEntry& entry); // the node's id
    void join_swarm(const SwarmEntry& entry);
    void leave_swarm(bool force); // outside already is fine
    Swarm inspect_swarm();
    std::vector<Node> list_nodes();

    /// Nothing if there is no such node.
    std::optional<Node> inspect_node(const std::string& id);
    void update_node(const std::string& id, const NodeChange& change); // on what others left
    void remove_node(const std::string& id, bool force);               // gone already is fine
    std::vector<Task> list_tasks(const Filters& filters);

    /// Blocks and reports until `on_event` returns false, `until` has come or the stop is
    /// requested. Both in seconds since 1970 or as time.RFC3339 or a span ("10m" ago); empty: from
    /// now on, for ever.
    void events(
        const Filters& filters,
        const std::string& since,
        const std::function<bool(const EngineEvent&)>& on_event,
        const std::string& until = {}
    );

  private:
    friend class Services;      // services.hpp
    friend class ImageArchives; // image_archives.hpp
    friend class Standalone;    // standalone.hpp
    struct Shared;
    std::shared_ptr<Shared> shared_; // endpoint and negotiated version, shared by copies
    std::stop_token stop_;
};

} // namespace orch::engine
