// The Azure Resource Manager, as its API shows it: resources by path, and operations that last.
// https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
#pragma once

#include "drivers/azure/login.hpp"
#include "drivers/kit/api.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orch::drivers::azure {

using kit::Json;

/// Something that Azure goes on doing after its first answer.
struct Operation {
    std::string what;        // "create network interface"
    std::string path;        // of the resource; empty: nothing to look at but `answer`
    http::Response answer{}; // status 0: the answer was lost, the resource itself tells
    bool removes = false;    // to be found no more is success
};

class Arm {
  public:
    Arm(Account account, World& world, Tokens& tokens, const std::stop_token& stop);

    /// `path` is below the management URL, without the api-version. Nothing for what is not there.
    std::optional<Json> find(std::string_view what, const std::string& path);

    /// All pages of a list.
    std::vector<Json> list(std::string_view what, const std::string& path);

    /// Begins to make or change a resource; the same twice is the same as once. With `only_new`
    /// nothing that exists is changed (Refused with status 412), and a lost answer is a kit::Lost.
    Operation
    begin_put(std::string what, const std::string& path, const Json& body, bool only_new = false);

    /// begin_put() and finish().
    void put(std::string what, const std::string& path, const Json& body);

    /// Returns when it is removed; at once if it is not there.
    void remove(std::string what, const std::string& path);

    /// An action of a resource ("PATH/start"), to its end.
    void post(std::string what, const std::string& path);

    /// Returns when it is done. Throws Error(remote) with Azure's reason if it failed,
    /// Error(timeout).
    void finish(const Operation& operation);

    [[nodiscard]] Login& login() noexcept { return *login_; }

  private:
    http::Response
    send(std::string_view what, std::string method, const std::string& url, bool makes = false);
    http::Response send(std::string_view what, http::Request request, bool makes);
    std::string follow(const Operation& operation, http::Response& last);
    [[nodiscard]] std::string url_of(const std::string& path) const;
    [[nodiscard]] std::string own_url(const http::Response& answer, const std::string& name) const;

    std::shared_ptr<Login> login_; // shared with the functions of the dialect
    kit::Api api_;
    tasks::Clock& clock_;
    std::stop_token stop_;
};

/// A text in a tree of JSON, by pointer; empty if it is not there.
std::string text_at(const Json& tree, const std::string& pointer);

} // namespace orch::drivers::azure
