#include "compose/execute.hpp"

#include "compose/converge/caller.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "lib/tasks/group.hpp"

#include <fmt/format.h>

#include <mutex>

namespace orch::compose {

namespace {

using progress::Status;

/// One plan being carried out.
class Execution {
  public:
    Execution(const Plan& plan, Caller& caller, std::size_t parallel, Job& job)
        : plan_(plan), caller_(caller), job_(job), tasks_(plan.tasks.size()),
          steps_(plan.steps.size()),
          group_(parallel, job.stop, orch::tasks::OnFailure::finish_others) {
        for (std::size_t i = 0; i < plan.steps.size(); ++i) {
            const auto& step = plan.steps[i];
            steps_[i].missing = step.after.size();
            ++tasks_[step.task].missing;
            for (const auto earlier : step.after)
                steps_[earlier].dependants.push_back(i);
        }
    }

    void run() {
        std::vector<std::size_t> ready; // before the first step can end and count one down
        for (std::size_t i = 0; i < steps_.size(); ++i)
            if (steps_[i].missing == 0)
                ready.push_back(i);
        for (const auto index : ready)
            spawn(index);
        group_.wait();
        report();
    }

  private:
    struct StepState {
        std::size_t missing = 0; // steps it still waits for
        std::vector<std::size_t> dependants;
        bool skipped = false;
    };

    enum class Stage { waiting, working, failed };

    struct TaskState {
        std::size_t missing = 0; // steps until it is done
        Stage stage = Stage::waiting;
    };

    struct Failure {
        std::string subject;
        Error error;
    };

    void spawn(std::size_t index) {
        group_.spawn([this, index](const std::stop_token& stop) { work(index, stop); });
    }

    void work(std::size_t index, const std::stop_token& stop) {
        const auto& step = plan_.steps[index];
        if (stop.stop_requested())
            return;
        begin(step.task);
        try {
            log::debug("compose", "{}", to_text(step.act));
            caller_.carry_out(step.act, stop);
        } catch (const Error& error) {
            failed(index, error, stop);
            return;
        } catch (const std::exception& error) {
            failed(index, Error(Kind::internal, "{}", error.what()), stop);
            return;
        }
        succeeded(index);
    }

    void begin(std::size_t task) {
        {
            const std::lock_guard lock(mutex_);
            if (tasks_[task].stage != Stage::waiting)
                return;
            tasks_[task].stage = Stage::working;
        }
        emit(task, Status::working);
    }

    void succeeded(std::size_t index) {
        std::vector<std::size_t> ready;
        bool task_done = false;
        const auto task = plan_.steps[index].task;
        {
            const std::lock_guard lock(mutex_);
            task_done = --tasks_[task].missing == 0;
            for (const auto dependant : steps_[index].dependants)
                if (--steps_[dependant].missing == 0 && !steps_[dependant].skipped)
                    ready.push_back(dependant);
        }
        if (task_done)
            emit(task, Status::done);
        for (const auto next : ready)
            spawn(next);
    }

    void failed(std::size_t index, const Error& error, const std::stop_token& stop) {
        const auto& step = plan_.steps[index];
        const auto& subject = plan_.tasks[step.task].subject;
        if (error.kind() == Kind::cancelled || stop.stop_requested()) {
            emit(step.task, Status::failed, "interrupted");
            return;
        }
        take_back(step, stop);
        emit(step.task, Status::failed, error.message());
        std::vector<std::size_t> skipped;
        {
            const std::lock_guard lock(mutex_);
            tasks_[step.task].stage = Stage::failed;
            failures_.push_back({subject, error});
            skip_dependants(index, subject, skipped);
        }
        for (const auto task : skipped)
            emit(task, Status::failed, subject + " failed");
    }

    /// Marks all that depends on a failed step, and collects the tasks that are lost by it.
    void skip_dependants(
        std::size_t index, const std::string& culprit, std::vector<std::size_t>& tasks
    ) {
        for (const auto dependant : steps_[index].dependants) {
            if (std::exchange(steps_[dependant].skipped, true))
                continue;
            const auto task = plan_.steps[dependant].task;
            if (tasks_[task].stage != Stage::failed) {
                tasks_[task].stage = Stage::failed;
                tasks.push_back(task);
                if (plan_.tasks[task].subject != culprit)
                    skips_.push_back(fmt::format(
                        "{}: skipped, because {} failed", plan_.tasks[task].subject, culprit
                    ));
            }
            skip_dependants(dependant, culprit, tasks);
        }
    }

    void take_back(const Step& step, const std::stop_token& stop) {
        const auto& subject = plan_.tasks[step.task].subject;
        bool restored = true;
        for (const auto& act : step.on_failure) {
            try {
                caller_.carry_out(act, stop);
            } catch (const std::exception& error) {
                restored = false;
                job_.progress.emit(
                    {.id = subject,
                     .status = Status::warning,
                     .text = fmt::format("could not {}: {}", to_text(act), describe(error))}
                );
            }
        }
        if (!restored || step.on_failure.empty())
            return;
        const auto* last = std::get_if<CreateContainer>(&step.on_failure.back().call);
        const bool keeper = last != nullptr && !last->keeper_image.empty();
        job_.progress.emit(
            {.id = subject,
             .status = Status::warning,
             .text = keeper ? "its volumes are kept by a container that does nothing else"
                            : "the container that was to be replaced is back"}
        );
    }

    void emit(std::size_t task, Status status, std::string detail = {}) {
        const auto& [verb, subject] = plan_.tasks[task];
        job_.progress.emit(
            {.id = subject, .status = status, .text = verb, .detail = std::move(detail)}
        );
    }

    /// All tasks have ended.
    void report() {
        if (job_.stop.stop_requested())
            throw Error(Kind::cancelled, "interrupted");
        if (failures_.empty())
            return;
        auto error = failures_.size() == 1 ? only_failure() : all_failures();
        for (const auto& line : skips_)
            error.detail(line);
        throw ExecutionFailed(std::move(error));
    }

    Error only_failure() {
        const auto& [subject, cause] = failures_.front();
        const auto& text = cause.message();
        const bool named = text.find(subject) != std::string::npos; // engines often do
        Error error(cause.kind(), "{}", named ? text : subject + ": " + text);
        for (const auto& line : cause.details())
            error.detail(line);
        if (!cause.hint().empty())
            error.hint("{}", cause.hint());
        return error;
    }

    Error all_failures() {
        std::vector<std::string> subjects;
        for (const auto& failure : failures_)
            subjects.push_back(failure.subject);
        Error error(Kind::remote, "{} failed", text::join(subjects, ", "));
        for (const auto& [subject, cause] : failures_)
            error.detail(fmt::format("{}: {}", subject, cause.message()));
        return error;
    }

    const Plan& plan_;
    Caller& caller_;
    Job& job_;

    std::mutex mutex_; // guards what follows while tasks run
    std::vector<TaskState> tasks_;
    std::vector<StepState> steps_;
    std::vector<Failure> failures_;
    std::vector<std::string> skips_;

    orch::tasks::Group group_; // last: joined before the rest goes
};

void announce(const Plan& plan, const std::string& project, progress::Sink& sink) {
    for (const auto& warning : plan.warnings)
        sink.emit({.id = project, .status = Status::warning, .text = warning});
    for (const auto& name : plan.unchanged)
        sink.emit({.id = name, .status = Status::note, .text = "is up-to-date"});
}

} // namespace

void execute(
    const Plan& plan,
    const Project& project,
    engine::Engine& engine,
    const ExecuteOptions& options,
    Job& job
) {
    announce(plan, project.name, job.progress);
    if (plan.empty())
        return;
    engine.api_version(); // once, before several threads would ask for it
    Caller caller(project, engine, options, job.progress);
    Execution(plan, caller, options.parallel, job).run();
}

} // namespace orch::compose
