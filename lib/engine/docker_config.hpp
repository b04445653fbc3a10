// What docker's own client keeps about registries and proxies: config.json, or .dockercfg of the
// old days, and the credential helpers that it names.
#pragma once

#include "lib/process/runner.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace orch::engine {

class DockerConfig {
  public:
    /// Reads the first of these files that exists; none is fine. One named .dockercfg is read in
    /// the old format. Throws Error(invalid) naming a file that makes no sense.
    DockerConfig(const std::vector<std::filesystem::path>& files, process::Runner& processes);

    /// The X-Registry-Auth header for an image's registry: from its credential helper, else from
    /// the file; empty if there is nothing. Throws Error naming a helper that is missing, fails or
    /// does not answer in time, Error(invalid) for an entry that cannot be read.
    [[nodiscard]] std::string
    auth_for(const std::string& reference, const std::stop_token& stop) const;

    /// The X-Registry-Config header of a build: the credentials of every registry. Empty if there
    /// are none. Throws as auth_for.
    [[nodiscard]] std::string auth_for_all(const std::stop_token& stop) const;

    /// HTTP_PROXY, http_proxy and the like, for the engine that is called `host` there, else the
    /// default ones.
    [[nodiscard]] std::map<std::string, std::string> proxies(const std::string& host) const;

  private:
    [[nodiscard]] nlohmann::json
    credentials(const std::string& registry, const std::stop_token& stop) const;
    [[nodiscard]] nlohmann::json from_file(const std::string& registry) const;
    [[nodiscard]] nlohmann::json from_helper(
        const std::string& helper, const std::string& registry, const std::stop_token& stop
    ) const;
    [[nodiscard]] std::string helper_for(const std::string& registry) const;

    std::filesystem::path file_;
    std::shared_ptr<const nlohmann::json> config_; // shared by copies; an object
    process::Runner* processes_;
};

/// The registry of an image as config.json names it: "host:5000", or Docker Hub's
/// "https://index.docker.io/v1/".
std::string registry_of(const std::string& reference);

} // namespace orch::engine
