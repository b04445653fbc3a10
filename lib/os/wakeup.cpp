#include "lib/os/wakeup.hpp"

#include "lib/base/error.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sys/eventfd.h>
#include <unistd.h>

namespace orch::os {

namespace {

Fd make_event() {
    Fd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!fd)
        throw Error(Kind::internal, "cannot create an event descriptor: {}", std::strerror(errno));
    return fd;
}

} // namespace

Wakeup::Wakeup(const std::stop_token& stop)
    : fd_(make_event()), callback_(stop, [fd = fd_.get()] {
          const std::uint64_t one = 1;
          // A full counter means that it is readable already.
          [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
      }) {}

} // namespace orch::os
