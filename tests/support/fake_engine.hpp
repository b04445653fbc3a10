// An in-memory Docker engine that behaves: it routes, keeps state, refuses what an engine refuses
// and answers in an engine's JSON (compared with 20.10). Thread-safe.
#pragma once

#include "lib/http/client.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orch::test {

/// A container as the engine has it at the moment.
struct FakeContainer {
    std::string id;
    std::string name;
    std::string image; // as it was asked for
    std::string image_id;
    std::string state; // created running paused exited
    int exit_code = 0;
    std::map<std::string, std::string> labels; // of the image and its own
    nlohmann::json posted;                     // the whole body of the create call

    [[nodiscard]] bool running() const { return state == "running"; }
};

struct FakeBuild {
    std::map<std::string, std::string> query;
    std::map<std::string, std::string> files; // the context: regular files by path
    std::string image_id;                     // empty if it failed
};

/// One request that was answered.
struct FakeExchange {
    std::string method;
    std::string path; // without version prefix and query, not escaped
    std::map<std::string, std::string> query;
    std::string version; // "1.41", or empty
    nlohmann::json body;
    std::map<std::string, std::string> headers;
    int status = 0;
};

class FakeEngine : public http::Client {
  public:
    FakeEngine();
    ~FakeEngine() override;

    http::Response send(const http::Request& request, const std::stop_token& stop) override;

    // ---- The scene ----

    /// What versions it speaks; at first 1.12 to 1.41.
    void speak(const std::string& api, const std::string& min_api);

    /// Merged into what GET /info answers.
    void set_info(const nlohmann::json& patch);

    /// An image that is there; its id. `config` as in an image's Config.
    std::string add_image(const std::string& reference, const nlohmann::json& config = {});

    /// What it is made of, the lowest first; at first one layer.
    void set_layers(const std::string& reference, const std::vector<std::string>& layers);

    /// Ids of what is made from now on: engines of one test differ by it.
    void number_from(std::uint64_t first);

    /// An image that a pull finds. Pulled again it has the same id, until it is offered again.
    void offer_image(const std::string& reference, const nlohmann::json& config = {});

    /// A pull of it begins, then fails inside its stream.
    void break_pull(const std::string& reference, const std::string& message);

    /// A push of it begins, then fails inside its stream.
    void break_push(const std::string& reference, const std::string& message);

    /// Another program on the host uses the port.
    void occupy_port(int port);

    /// A folder of the host that is not there until a container that binds it starts.
    void lack_folder(const std::string& path);
    [[nodiscard]] bool lacks_folder(const std::string& path) const;

    /// What a container's process does. Containers run until then, but for the commands that
    /// everybody knows: true, false, echo, and sh -c "exit N".
    void print(const std::string& container, int stream, const std::string& line);
    void exit(const std::string& container, int code);

    // ---- Faults: for the next request whose method and whole path (a regular expression, without
    // version) fit; several wait in line ----

    void fail_next(
        const std::string& method, const std::string& path, int status, const std::string& message
    );

    /// The connection ends without an answer, after the request had its effect or before.
    void drop_next(const std::string& method, const std::string& path, bool after_effect = false);

    /// No answer ever: until the request's timeout or the stop.
    void stall_next(const std::string& method, const std::string& path);

    /// Faults that no request has met yet.
    [[nodiscard]] std::size_t faults_left() const;

    /// Streams come in pieces of so many bytes, whatever they cut apart. 0: as they are made.
    void cut_streams(std::size_t bytes);

    // ---- What became of it ----

    /// In the order of their creation.
    [[nodiscard]] std::vector<FakeContainer> containers() const;
    [[nodiscard]] std::optional<FakeContainer> container(const std::string& name_or_id) const;

    /// The files that archives put into a container, by absolute path.
    [[nodiscard]] std::map<std::string, std::string> uploads(const std::string& name_or_id) const;
    [[nodiscard]] std::vector<std::string> networks() const; // but the engine's own three
    [[nodiscard]] std::vector<std::string> volumes() const;
    [[nodiscard]] std::vector<std::string> images() const; // all tags
    [[nodiscard]] std::vector<FakeBuild> builds() const;
    [[nodiscard]] std::vector<std::string> pushes() const;             // references, in order
    [[nodiscard]] std::vector<std::vector<std::string>> loads() const; // members of each archive
    [[nodiscard]] std::vector<FakeExchange> journal() const;

    /// "METHOD /path" of the requests that it had no route for; they were answered with 501.
    [[nodiscard]] std::vector<std::string> unknown_requests() const;

    struct State; // for its own sources

  private:
    std::unique_ptr<State> state_;
};

} // namespace orch::test
