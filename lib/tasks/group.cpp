#include "lib/tasks/group.hpp"

#include "lib/base/error.hpp"
#include "lib/log/log.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace orch::tasks {

struct Group::State {
    State(std::size_t limit_, OnFailure on_failure_) : limit(limit_), on_failure(on_failure_) {}

    const std::size_t limit;
    const OnFailure on_failure;
    std::stop_source source; // what the tasks see

    std::mutex mutex; // guards everything below
    std::condition_variable changed;
    std::deque<Task> waiting;
    std::vector<std::jthread> threads;
    std::size_t idle = 0;
    std::size_t running = 0;
    bool closed = false;
    std::exception_ptr failure;

    void work();
    void run(const Task& task);
    void note_failure(std::exception_ptr error);
};

void Group::State::work() {
    std::unique_lock lock(mutex);
    for (;;) {
        ++idle;
        changed.wait(lock, [this] { return closed || !waiting.empty(); });
        --idle;
        if (waiting.empty())
            return;
        const auto task = std::move(waiting.front());
        waiting.pop_front();
        ++running;
        lock.unlock();
        run(task);
        lock.lock();
        --running;
        changed.notify_all();
    }
}

void Group::State::run(const Task& task) {
    try {
        task(source.get_token());
    } catch (...) {
        note_failure(std::current_exception());
    }
}

void Group::State::note_failure(std::exception_ptr error) {
    const std::lock_guard lock(mutex);
    if (!failure)
        failure = std::move(error);
    if (on_failure == OnFailure::finish_others)
        return;
    waiting.clear();
    source.request_stop();
}

Group::Group(std::size_t limit, std::stop_token stop, OnFailure on_failure)
    : state_(std::make_unique<State>(std::max<std::size_t>(limit, 1), on_failure)),
      relay_(std::move(stop), [source = state_->source]() mutable { source.request_stop(); }) {}

Group::~Group() {
    std::vector<std::jthread> threads;
    {
        const std::lock_guard lock(state_->mutex);
        state_->closed = true;
        state_->waiting.clear();
        threads.swap(state_->threads);
        if (state_->running > 0)
            state_->source.request_stop();
    }
    state_->changed.notify_all();
    threads.clear(); // joins
    if (!state_->failure)
        return;
    try {
        std::rethrow_exception(state_->failure);
    } catch (const std::exception& error) {
        log::debug("tasks", "a task failed after its group was given up: {}", describe(error));
    }
}

void Group::spawn(Task task) {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed || (state_->failure && state_->on_failure == OnFailure::stop_siblings))
        return;
    state_->waiting.push_back(std::move(task));
    if (state_->idle < state_->waiting.size() && state_->threads.size() < state_->limit)
        state_->threads.emplace_back([state = state_.get()] { state->work(); });
    state_->changed.notify_all();
}

void Group::wait() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->waiting.empty() && state_->running == 0; });
    if (auto failure = std::exchange(state_->failure, nullptr))
        std::rethrow_exception(failure);
}

} // namespace orch::tasks
