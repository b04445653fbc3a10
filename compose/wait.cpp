#include "compose/wait.hpp"

#include "compose/observe.hpp"
#include "compose/selection.hpp"
#include "lib/base/error.hpp"
#include "lib/tasks/group.hpp"

#include <mutex>
#include <stop_token>

namespace orch::compose {

namespace {

/// Those that run are waited for; what ended in the moment between two calls has its code, too.
class Waiter {
  public:
    Waiter(bool first, const std::function<void(const std::string&, int)>& on_exit)
        : first_(first), on_exit_(on_exit) {}

    void run(const std::vector<ObservedContainer>& containers, const Hosts& hosts, const Job& job) {
        const std::stop_callback relay(job.stop, [this] { enough_.request_stop(); });
        tasks::Group group(containers.size(), enough_.get_token());
        for (const auto& container : containers)
            group.spawn([&](const std::stop_token& stop) { wait_for(container, hosts, stop); });
        try {
            group.wait();
        } catch (const Error& error) {
            if (error.kind() != Kind::cancelled || job.stop.stop_requested() || !ended_)
                throw;
        }
    }

    [[nodiscard]] int code() const { return code_; }

  private:
    void
    wait_for(const ObservedContainer& container, const Hosts& hosts, const std::stop_token& stop) {
        const auto code = hosts.of(container).with(stop).wait_container(container.id);
        const std::lock_guard lock(mutex_);
        if (first_ && ended_)
            return;
        ended_ = true;
        code_ = code;
        on_exit_(container.name, code);
        if (first_)
            enough_.request_stop();
    }

    const bool first_;
    const std::function<void(const std::string&, int)>& on_exit_;
    std::stop_source enough_;

    std::mutex mutex_; // guards what follows while tasks run
    bool ended_ = false;
    int code_ = 0;
};

} // namespace

int wait(
    const Project& project,
    const Hosts& hosts,
    const WaitOptions& options,
    const std::function<void(const std::string&, int)>& on_exit,
    Job& job
) {
    auto containers = containers_of(
        project, observe_containers(hosts, project.name), options.services, Oneoffs::with
    );
    std::erase_if(containers, [](const auto& container) { return !container.running(); });
    if (containers.empty())
        throw Error(Kind::not_found, "No containers to wait for")
            .hint("orch compose ps shows what runs");
    Waiter waiter(options.first, on_exit);
    waiter.run(containers, hosts, job);
    return waiter.code();
}

} // namespace orch::compose
