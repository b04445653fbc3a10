#include "lib/tasks/pipe.hpp"

#include "lib/base/error.hpp"

#include <algorithm>
#include <utility>

namespace orch::tasks {

bool Pipe::write(std::string_view bytes, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return abandoned_ || bytes_.size() - taken_ < capacity_; };
    if (patience.count() == 0)
        changed_.wait(lock, ready);
    else if (!changed_.wait_for(lock, patience, ready))
        throw Error(
            Kind::timeout,
            "nothing was taken for {} s",
            std::chrono::duration<double>(patience).count()
        );
    if (abandoned_)
        return false;
    bytes_.erase(0, std::exchange(taken_, 0));
    bytes_.append(bytes);
    changed_.notify_all();
    return true;
}

void Pipe::close(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    failure_ = std::move(failure);
    changed_.notify_all();
}

std::size_t Pipe::read(std::span<char> buffer) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || taken_ < bytes_.size(); });
    if (taken_ == bytes_.size()) {
        if (failure_)
            std::rethrow_exception(failure_);
        return 0;
    }
    const auto count = std::min(buffer.size(), bytes_.size() - taken_);
    bytes_.copy(buffer.data(), count, taken_);
    taken_ += count;
    changed_.notify_all();
    return count;
}

void Pipe::abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
}

} // namespace orch::tasks
