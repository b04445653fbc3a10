// The manager of an engine swarm in memory, as far as services go: they get tasks at once, on the
// nodes that their constraints allow, in round robin. It refuses in the words of real ones
// (compared with 20.10).
#pragma once

#include "lib/http/client.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace orch::test {

class FakeManager : public http::Client {
  public:
    /// Nodes a, b, c with the ids na, nb, nc; a is the manager.
    FakeManager();

    http::Response send(const http::Request& request, const std::stop_token& stop) override;

    /// An image that the manager's engine has.
    void add_image(const std::string& reference, const std::string& id);

    /// Tasks of services with this image end with that code instead of running.
    void let_fail(const std::string& image, int code);

    /// A network that was removed is seen for so many looks more, as while the last tasks leave it.
    void let_networks_linger(int looks);

    /// What follows from a change of a service is decided when its tasks were looked at so often.
    void decide_late(int looks);

    /// Changes so far, "POST /services/create".
    [[nodiscard]] std::vector<std::string> changes() const;
    void forget_changes();

    /// The service's spec as it is; null if there is none.
    [[nodiscard]] nlohmann::json spec(const std::string& service) const;

    /// "shop_web.1 a running", sorted; of those that are meant to run.
    [[nodiscard]] std::vector<std::string> tasks() const;
    [[nodiscard]] std::map<std::string, std::string> node_labels(const std::string& node) const;
    [[nodiscard]] std::vector<std::string> networks() const;

  private:
    struct Service {
        nlohmann::json spec;
        int version = 1;
    };

    http::Response route(
        const std::string& method,
        const std::string& path,
        const std::string& query,
        const nlohmann::json& body
    );
    http::Response services(
        const std::string& method,
        const std::string& rest,
        const std::string& query,
        const nlohmann::json& body
    );
    http::Response
    nodes(const std::string& method, const std::string& rest, const nlohmann::json& body);
    http::Response make_network(const nlohmann::json& body);
    http::Response network(const std::string& method, const std::string& id);
    std::string find(const std::string& id_or_name) const;
    nlohmann::json tasks_now();
    void settle(const std::string& id, bool anew);
    [[nodiscard]] bool allows(const nlohmann::json& spec, const nlohmann::json& node) const;

    mutable std::mutex mutex_; // guards all below
    nlohmann::json nodes_ = nlohmann::json::array();
    std::map<std::string, Service> services_; // by id
    nlohmann::json tasks_ = nlohmann::json::array();
    nlohmann::json networks_ = nlohmann::json::array();
    std::map<std::string, std::string> images_;
    std::map<std::string, int> failing_;
    std::vector<std::string> changes_;
    int lingering_ = 0;
    int lateness_ = 0;
    std::map<std::string, int> undecided_; // services whose tasks come and go after so many looks
    int ids_ = 0;
};

} // namespace orch::test
