// A project of Google Cloud, as the Compute Engine API shows it.
// https://docs.cloud.google.com/compute/docs/reference/rest/v1
#pragma once

#include "drivers/google/credentials.hpp"
#include "drivers/kit/api.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::google {

using kit::Json;

/// The last part of a path or URL: "us-central1" of ".../regions/us-central1".
std::string last_part(std::string_view path);

/// "us-central1" of "us-central1-a".
std::string region_of(std::string_view zone);

class Project {
  public:
    /// `endpoint` is the API's URL, `name` the project's id.
    Project(
        const std::string& endpoint,
        std::string name,
        Tokens tokens,
        http::Client& http,
        tasks::Clock& clock,
        const std::stop_token& stop
    );

    Project(const Project&) = delete; // its API calls back
    Project& operator=(const Project&) = delete;
    ~Project() = default;

    /// Paths are "zones/us-central1-a/..." below the project, "" for the project itself, or
    /// "projects/OTHER/...". Throws Refused.
    Json get(std::string_view what, const std::string& path);

    /// The same; nothing if it is not there.
    std::optional<Json> find(std::string_view what, const std::string& path);

    /// All items of a list; `filter` in Google's syntax, or empty.
    std::vector<Json>
    list(std::string_view what, const std::string& path, const std::string& filter);

    /// Asks for a change and returns the operation, which is under way. Each call has an id of its
    /// own by which Google knows it again, so a lost answer is no reason not to ask once more.
    Json begin(
        std::string_view what,
        const std::string& method,
        const std::string& path,
        const Json& body = nullptr
    );

    /// Returns when the operation is done; throws Error with its error.
    void wait(std::string_view what, Json operation);

    /// begin() and wait().
    void change(
        std::string_view what,
        const std::string& method,
        const std::string& path,
        const Json& body = nullptr
    );

    /// Deletes; false if it is gone already.
    bool remove(std::string_view what, const std::string& path);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

  private:
    [[nodiscard]] std::string path_of(const std::string& path) const;
    Json ask(const kit::Call& call);

    std::string name_;
    Tokens tokens_;
    kit::Api api_;
    tasks::Clock& clock_;
    std::stop_token stop_;
};

} // namespace orch::drivers::google
