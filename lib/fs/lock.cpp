#include "lib/fs/lock.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/tasks/clock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>

namespace orch::fs {

namespace {

constexpr std::chrono::milliseconds pause{50};

Fd open_lock_file(const std::filesystem::path& file) {
    make_private_dir(file.parent_path());
    Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd)
        throw Error(
            Kind::denied, "cannot open the lock {}: {}", file.string(), std::strerror(errno)
        );
    return fd;
}

} // namespace

// The file is never removed: a process that waits for it holds the same file open, and a new one
// under the same name would be another lock.
Lock::Lock(
    const std::filesystem::path& file,
    std::chrono::milliseconds patience,
    const std::stop_token& stop
)
    : fd_(open_lock_file(file)) {
    tasks::SystemClock clock; // the other holder lives in real time, whatever the tests say
    const auto deadline = clock.now() + patience;
    while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            throw Error(Kind::denied, "cannot lock {}: {}", file.string(), std::strerror(errno));
        if (clock.now() >= deadline)
            throw Error(
                Kind::conflict,
                "another orch process is at work there ({} is locked)",
                file.string()
            )
                .hint("wait until it has finished");
        clock.sleep(pause, stop);
    }
}

} // namespace orch::fs
