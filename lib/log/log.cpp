#include "lib/log/log.hpp"

#include <atomic>
#include <mutex>

namespace orch::log {

namespace {

struct State {
    std::atomic<bool> enabled{false};
    std::mutex mutex; // guards writer
    Writer writer;
};

State& state() {
    static State instance;
    return instance;
}

} // namespace

void set_writer(Writer writer) {
    const std::lock_guard lock(state().mutex);
    state().enabled = static_cast<bool>(writer);
    state().writer = std::move(writer);
}

bool enabled() noexcept { return state().enabled.load(std::memory_order_relaxed); }

void write(std::string_view category, std::string_view line) {
    const std::lock_guard lock(state().mutex);
    if (state().writer)
        state().writer(category, line);
}

} // namespace orch::log
