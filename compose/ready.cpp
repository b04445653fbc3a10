#include "compose/ready.hpp"

#include "compose/observe.hpp"
#include "compose/selection.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/progress/sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orch::compose {

namespace {

using progress::Status;

constexpr std::chrono::milliseconds pace{200};
constexpr const char* verb = "Waiting for";

/// Services that others take volumes from: their containers need not run.
std::set<std::string> volume_sources(const Project& project) {
    std::set<std::string> names;
    for (const auto& service : project.services)
        for (const auto& from : service.volumes_from)
            if (from.is_service)
                names.insert(from.source);
    return names;
}

class Wait {
  public:
    Wait(engine::Engine& engine, std::set<std::string> sources, Job& job)
        : engine_(engine), sources_(std::move(sources)), job_(job) {}

    /// Drops from `containers` what is ready or has failed.
    void look(std::vector<ObservedContainer>& containers) {
        std::erase_if(containers, [this](const ObservedContainer& container) {
            return settled(container);
        });
    }

    void give_up(const std::vector<ObservedContainer>& containers, std::chrono::seconds after) {
        for (const auto& container : containers)
            emit(container.name, Status::failed, "not ready in time");
        throw Error(
            Kind::timeout,
            "not ready after {} s: {}",
            after.count(),
            text::join(names_of(containers), ", ")
        )
            .hint("--wait-timeout waits longer; orch compose logs shows what they say");
    }

    void report() {
        if (failures_.empty())
            return;
        if (failures_.size() == 1)
            throw Error(Kind::remote, "{}", failures_.front())
                .hint("orch compose logs shows what it said");
        Error error(Kind::remote, "{} containers are not ready", failures_.size());
        for (const auto& line : failures_)
            error.detail(line);
        throw error;
    }

  private:
    bool settled(const ObservedContainer& observed) {
        const auto container = engine_.inspect_container(observed.id);
        const auto& name = observed.name;
        if (!container)
            return failed(name, fmt::format("container {} is gone", name));
        if (container->health == "unhealthy")
            return failed(name, fmt::format("container {} is unhealthy", name));
        if (container->status == "exited" || container->status == "dead") {
            if (container->exit_code == 0 && sources_.contains(observed.service))
                return ready(name);
            return failed(
                name, fmt::format("container {} exited ({})", name, container->exit_code)
            );
        }
        if (container->status == "running" &&
            (container->health.empty() || container->health == "none" ||
             container->health == "healthy"))
            return ready(name);
        if (announced_.insert(name).second)
            emit(name, Status::working);
        return false;
    }

    bool ready(const std::string& name) {
        if (announced_.contains(name))
            emit(name, Status::done);
        return true;
    }

    bool failed(const std::string& name, std::string failure) {
        emit(name, Status::failed, failure);
        failures_.push_back(std::move(failure));
        return true;
    }

    void emit(const std::string& name, Status status, std::string detail = {}) {
        job_.progress.emit({.id = name, .status = status, .text = verb, .detail = std::move(detail)}
        );
    }

    engine::Engine& engine_;
    const std::set<std::string> sources_;
    Job& job_;
    std::set<std::string> announced_;
    std::vector<std::string> failures_;
};

} // namespace

void await_ready(
    const Project& project,
    engine::Engine& engine,
    const ReadyOptions& options,
    tasks::Clock& clock,
    Job& job
) {
    std::vector<std::string> names;
    for (const auto* service : project.select(options.services, options.with_dependencies))
        names.push_back(service->name);
    auto containers =
        containers_of(project, observe_containers(engine, project.name), names, Oneoffs::without);
    Wait wait(engine, volume_sources(project), job);
    const auto begun = clock.now();
    for (;;) {
        wait.look(containers);
        if (containers.empty())
            break;
        if (options.timeout.count() > 0 && clock.now() - begun >= options.timeout)
            wait.give_up(containers, options.timeout);
        clock.sleep(pace, job.stop);
    }
    wait.report();
}

} // namespace orch::compose
