// Several FakeEngines as the nodes of one swarm, each at an address of its own. The first is the
// manager and says who the others are.
#pragma once

#include "lib/engine/engine.hpp"
#include "tests/support/fake_engine.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace orch::test {

class FakeNodes : public http::Client {
  public:
    /// Host names; ids are "node-NAME", addresses "NAME.test".
    explicit FakeNodes(const std::vector<std::string>& names);

    http::Response send(const http::Request& request, const std::stop_token& stop) override;

    [[nodiscard]] FakeEngine& at(const std::string& name) { return engines_.at(name); }

    engine::Engine manager() { return engine_of(names_.front()); }

    engine::Engine engine_of(const std::string& name);

    /// The seam of compose: by id or host name. Throws for nodes that were lost.
    std::function<engine::Engine&(const std::string&)> seam();

    /// A node that nobody has the certificates of.
    void lose(const std::string& name) { lost_.insert(name); }

    void set_down(const std::string& name) { down_.insert(name); }

    /// A container of a task of that service on that node, running; the task is listed with it.
    std::string add_task(
        const std::string& project, const std::string& service, int slot, const std::string& name
    );

  private:
    [[nodiscard]] nlohmann::json nodes() const;

    std::vector<std::string> names_;
    std::map<std::string, FakeEngine> engines_;
    std::map<std::string, engine::Engine> clients_;
    std::set<std::string> lost_;
    std::set<std::string> down_;
    std::mutex mutex_; // guards tasks_
    nlohmann::json tasks_ = nlohmann::json::array();
};

} // namespace orch::test
