#include "lib/fs/lock.hpp"

#include "lib/fs/failure.hpp"
#include "lib/fs/files.hpp"
#include "lib/os/wakeup.hpp"
#include "lib/tasks/clock.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

namespace orch::fs {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// The file stays when the lock is given back, and nobody may ever remove it: a process that waits
/// on the removed file and one that creates it anew would both hold "the" lock.
Fd open_lock_file(const std::filesystem::path& file) {
    if (file.has_parent_path())
        make_private_dir(file.parent_path());
    // Close-on-exec matters: flock belongs to the open file, and a child that inherited it (ssh, a
    // browser) would keep the lock for as long as it lives.
    Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd)
        throw failure("open the lock", file, errno);
    return fd;
}

bool try_lock(int fd, const std::filesystem::path& file) {
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return false;
        if (errno != EINTR)
            throw failure("lock", file, errno);
    }
    return true;
}

} // namespace

Lock::Lock(const std::filesystem::path& file, milliseconds patience, const std::stop_token& stop)
    : fd_(open_lock_file(file)) {
    constexpr milliseconds step(50); // there is no flock that waits on a second descriptor, too
    const os::Wakeup wakeup(stop);
    const auto deadline = clock::now() + patience;
    while (!try_lock(fd_.get(), file)) {
        tasks::check(stop);
        const auto left = std::chrono::ceil<milliseconds>(deadline - clock::now());
        if (left <= milliseconds::zero())
            throw Error(
                Kind::conflict, "another orch process is working on it: {} is locked", file.string()
            )
                .hint("try again when that process is done");
        pollfd wake{wakeup.fd(), POLLIN, 0};
        ::poll(&wake, 1, static_cast<int>(std::min(step, left).count()));
    }
}

bool Lock::is_held(const std::filesystem::path& file) {
    const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    // Shared: several that look do not see each other.
    return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

} // namespace orch::fs
