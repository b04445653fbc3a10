#include "compose/swarm/await.hpp"

#include "compose/output/line_splitter.hpp"
#include "compose/swarm/names.hpp"
#include "lib/base/error.hpp"
#include "lib/log/log.hpp"

#include <fmt/format.h>

#include <utility>

namespace orch::compose::swarm {

namespace {

using Clock = tasks::Clock;
constexpr const char* last_lines = "10"; // of a container that failed

using Duration = Clock::time_point::duration;

class Waiting {
  public:
    Waiting(
        engine::Engine& engine,
        const Awaited& awaited,
        const Convergence& convergence,
        Clock& clock,
        progress::Sink& progress
    )
        : engine_(engine), awaited_(awaited), convergence_(convergence), clock_(clock),
          progress_(progress), looked_(clock.now()) {}

    void run(const std::stop_token& stop) {
        while (!is_over(look()))
            clock_.sleep(convergence_.interval, stop);
    }

  private:
    Look look() {
        const auto service = engine::Services(engine_).inspect(awaited_.service);
        if (!service)
            throw Error(orch::Kind::not_found, "service {} was removed", awaited_.service);
        names_ = node_names(engine_.list_nodes());
        const auto tasks =
            engine_.list_tasks({{"service", {service->id}}, {"_up-to-date", {"true"}}});
        if (!seen_)
            seen_ = failures_before(tasks);
        tell(*service, tasks);
        auto look = look_at(*service, tasks, names_.down, *seen_);
        if (look.stage == Stage::failed)
            for (const auto& task : tasks)
                if (task.id == look.culprit)
                    last_words_ = last_words(task, service->tty);
        return look;
    }

    /// The last lines of its container, as far as they can be had: from the managers or, if the
    /// lines are kept where they do not see them, from the node.
    std::vector<std::string> last_words(const engine::Task& task, bool tty) {
        if (task.container.empty())
            return {};
        const engine::LogOptions how{.tail = last_lines};
        std::vector<std::string> lines;
        const auto collect = [&](const auto& read) {
            LineSplitter splitter([&](std::string_view line) { lines.emplace_back(line); });
            try {
                read([&](int /*stream*/, std::string_view bytes) {
                    splitter.add(bytes);
                    return true;
                });
            } catch (const Error& error) {
                if (error.kind() == orch::Kind::cancelled)
                    throw;
                log::debug("compose", "{}: {}", awaited_.subject, error.message());
            }
            splitter.finish();
        };
        collect([&](const auto& on_output) {
            engine::Services(engine_).task_logs(task.id, tty, how, on_output);
        });
        if (lines.empty() && convergence_.node_engine)
            collect([&](const auto& on_output) {
                convergence_.node_engine(task.node).logs(task.container, tty, how, on_output);
            });
        return lines;
    }

    [[nodiscard]] std::set<std::string> failures_before(const std::vector<engine::Task>& tasks
    ) const {
        std::set<std::string> ids;
        for (const auto& task : tasks)
            if (!awaited_.fresh && has_ended(task))
                ids.insert(task.id);
        return ids;
    }

    bool is_over(const Look& look) {
        const auto now = clock_.now();
        if (!look.preparing)
            spent_ += now - looked_;
        looked_ = now;
        if (look.stage == Stage::failed)
            throw failure(look);
        if (look.stage == Stage::running) {
            obstacle_since_.reset();
            if (!running_since_)
                running_since_ = now;
            return !awaited_.settled || now - *running_since_ >= convergence_.settle;
        }
        running_since_.reset();
        check_obstacle(look, now);
        if (spent_ > convergence_.limit)
            throw Error(
                orch::Kind::timeout,
                "{}: {} of {} tasks run after {} s{}",
                awaited_.subject,
                look.running,
                look.wanted,
                convergence_.limit.count(),
                look.obstacle.empty() ? "" : ": " + look.obstacle
            )
                .hint("orch compose ps shows them; --wait-timeout sets the limit");
        return false;
    }

    void check_obstacle(const Look& look, Clock::time_point now) {
        if (look.obstacle.empty()) {
            obstacle_since_.reset();
            return;
        }
        if (!obstacle_since_)
            obstacle_since_ = now;
        if (now - *obstacle_since_ > patience_with(look.obstacle))
            throw Error(
                orch::Kind::invalid,
                "{}: {} of {} tasks run: {}",
                awaited_.subject,
                look.running,
                look.wanted,
                look.obstacle
            )
                .hint("orch compose up --dry-run --explain shows which nodes may run it");
    }

    Error failure(const Look& look) {
        Error error(orch::Kind::remote, "{}: {}", awaited_.subject, look.reason);
        if (look.reason.find("bind source path does not exist") != std::string::npos)
            error.hint("a folder must be on every node that may run the service; "
                       "constraint:node==NAME pins it to the one that has it");
        else
            error.hint("orch compose ps -a and orch compose logs show more");
        if (!last_words_.empty())
            error.detail("it said at last:");
        for (const auto& line : last_words_)
            error.detail("  " + line);
        return error;
    }

    /// Each task once per state; nothing of those that are on their way out, or ran before.
    void tell(const engine::Service& service, const std::vector<engine::Task>& tasks) {
        for (const auto* task : current_tasks(tasks)) {
            const bool over = task->state == "failed" || task->state == "rejected";
            auto words = task->state == "running" ? "runs" : task->state;
            if (!task->node.empty())
                words += " on " + names_.of(task->node);
            if (!task->error.empty())
                words += ": " + task->error;
            const bool leaving = !has_ended(*task) && task->desired == "shutdown";
            const bool old = first_ && !awaited_.fresh && task->state == "running";
            if (std::exchange(told_[task->slot], words) == words || awaited_.settled || leaving ||
                old || task->desired == "remove")
                continue;
            const auto status = over                       ? progress::Status::warning
                                : task->state == "running" ? progress::Status::note
                                                           : progress::Status::working;
            progress_.emit(
                {.id = task_name(service, *task, names_),
                 .parent = status == progress::Status::working ? awaited_.subject : "",
                 .status = status,
                 .text = words}
            );
        }
        first_ = false;
    }

    engine::Engine& engine_;
    const Awaited& awaited_;
    const Convergence& convergence_;
    Clock& clock_;
    progress::Sink& progress_;

    NodeNames names_;
    std::vector<std::string> last_words_; // of a task that failed
    std::optional<std::set<std::string>> seen_;
    std::map<int, std::string> told_; // by slot
    bool first_ = true;               // look
    Duration spent_{};
    Clock::time_point looked_;
    std::optional<Clock::time_point> running_since_;
    std::optional<Clock::time_point> obstacle_since_;
};

} // namespace

std::set<std::string> nodes_down(engine::Engine& engine) {
    return node_names(engine.list_nodes()).down;
}

void await_service(
    engine::Engine engine,
    const Awaited& awaited,
    const Convergence& convergence,
    tasks::Clock& clock,
    const std::stop_token& stop,
    progress::Sink& progress
) {
    Waiting(engine, awaited, convergence, clock, progress).run(stop);
}

} // namespace orch::compose::swarm
