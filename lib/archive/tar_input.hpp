// The bytes of an archive as libarchive asks for them. For this room only.
#pragma once

#include "lib/archive/libarchive.hpp"

#include <exception>
#include <functional>
#include <span>
#include <vector>

namespace orch::archive {

/// An exception of the source waits here until libarchive's C code is left.
class TarInput {
  public:
    explicit TarInput(const std::function<std::size_t(std::span<char>)>& read) : read_(read) {}

    static la_ssize_t next(struct ::archive* archive, void* self, const void** data) {
        auto& input = *static_cast<TarInput*>(self);
        try {
            *data = input.buffer_.data();
            const auto size = input.read_(input.buffer_);
            input.any_ = input.any_ || size > 0;
            return static_cast<la_ssize_t>(size);
        } catch (...) {
            input.failure_ = std::current_exception();
            libarchive().set_error(archive, -1, "interrupted");
            return -1;
        }
    }

    void rethrow() const {
        if (failure_)
            std::rethrow_exception(failure_);
    }

    [[nodiscard]] bool any() const { return any_; }

  private:
    const std::function<std::size_t(std::span<char>)>& read_;
    std::vector<char> buffer_ = std::vector<char>(65536);
    std::exception_ptr failure_;
    bool any_ = false;
};

} // namespace orch::archive
