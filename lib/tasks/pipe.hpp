// Bytes from a thread that pushes to a thread that pulls, a bounded amount at a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace orch::tasks {

class Pipe {
  public:
    explicit Pipe(std::size_t capacity = std::size_t{1} << 20) : capacity_(capacity) {}

    /// Waits while it is full. False if nobody reads any more. With `patience` throws
    /// Error(timeout) if it stays full for so long.
    bool write(std::string_view bytes, std::chrono::milliseconds patience = {});

    /// Nothing more comes; with `failure` the reader gets that instead of the end.
    void close(std::exception_ptr failure = nullptr);

    /// Waits for bytes; 0 at the end. Rethrows the writer's failure.
    std::size_t read(std::span<char> buffer);

    /// Nobody reads any more: writers go on at once.
    void abandon();

  private:
    const std::size_t capacity_;

    std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    std::string bytes_;
    std::size_t taken_ = 0; // of bytes_
    bool closed_ = false;
    bool abandoned_ = false;
    std::exception_ptr failure_;
};

} // namespace orch::tasks
