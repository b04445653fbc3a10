// A project of Hetzner Cloud, as its API shows it.
#pragma once

#include "drivers/kit/api.hpp"
#include "lib/base/secret.hpp"

#include <optional>
#include <string>

namespace orch::drivers::hetzner {

using kit::Json;

class Project {
  public:
    /// `endpoint` is the API's URL.
    Project(
        const std::string& endpoint,
        Secret token,
        http::Client& http,
        tasks::Clock& clock,
        const std::stop_token& stop
    );

    /// Each thing of a kind ("server_types", "images" ...) that the query ("name=cx23") selects.
    std::vector<Json> list(std::string_view kind, const std::string& query);

    /// By id; nothing if it is gone.
    std::optional<Json> find(std::string_view kind, long long id);

    /// By id or name, as users write it. Throws Error(not_found) naming the option.
    Json require(std::string_view kind, const std::string& wish, std::string_view option);

    /// POST /KIND; the whole answer. After a lost answer `query` tells what was made.
    Json make(std::string_view kind, const Json& body, const std::string& query);

    /// True if there was something to remove.
    bool remove(std::string_view kind, long long id);

    /// Asks a server for something ("poweron") and returns when that was done. `patience` is for
    /// the whole.
    void act(long long server, const std::string& verb);

    /// Returns when an action is done; throws Error(remote) with its error.
    void wait(const Json& action);

  private:
    kit::Api api_;
    tasks::Clock& clock_;
    std::stop_token stop_;
};

} // namespace orch::drivers::hetzner
