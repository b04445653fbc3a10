#include "lib/fs/files.hpp"

#include "lib/base/fd.hpp"
#include "lib/fs/failure.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace orch::fs {

namespace {

using FileStatus = struct stat; // the function of that name hides the type

/// The file that a chain of symbolic links ends at; it need not exist. A rename onto the link
/// itself would replace the link and leave the file that the user keeps elsewhere as it was.
path resolve_links(path file) {
    constexpr int most_links = 40; // the kernel's own limit
    const auto asked = file;
    for (int i = 0; i < most_links; ++i) {
        std::error_code error;
        const auto target = std::filesystem::read_symlink(file, error);
        if (error) // no link, or nothing there yet
            return file;
        file = file.parent_path() / target; // an absolute target replaces the left side
    }
    throw failure("write", asked, ELOOP);
}

/// A file beside `target` that disappears unless it took the target's place.
class Draft {
  public:
    explicit Draft(const path& target) : target_(target) {
        constexpr std::size_t longest = 200; // leaves room for the affixes within NAME_MAX
        const auto name = target.filename().string().substr(0, longest);
        draft_ = (target.parent_path() / ("." + name + ".tmp-XXXXXX")).string();
        fd_ = Fd(::mkostemp(draft_.data(), O_CLOEXEC));
        if (!fd_)
            throw failure("write", target_, errno);
    }

    ~Draft() {
        if (fd_)
            ::unlink(draft_.c_str());
    }

    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    void write(std::string_view content) {
        while (!content.empty()) {
            const auto written = ::write(fd_.get(), content.data(), content.size());
            if (written >= 0)
                content.remove_prefix(static_cast<std::size_t>(written));
            else if (errno != EINTR)
                throw failure("write", target_, errno);
        }
    }

    /// Under sudo a replaced file must not become root's: its owner could not read it any more.
    void take_owner_of_target() {
        FileStatus old{};
        FileStatus own{};
        if (::stat(target_.c_str(), &old) != 0)
            return;
        check(::fstat(fd_.get(), &own));
        if (::geteuid() == 0 && (old.st_uid != own.st_uid || old.st_gid != own.st_gid))
            check(::fchown(fd_.get(), old.st_uid, old.st_gid));
    }

    void set_mode(unsigned mode) { check(::fchmod(fd_.get(), mode)); }

    void replace_target() {
        check(::fsync(fd_.get()));
        check(::rename(draft_.c_str(), target_.c_str()));
        fd_.reset();
    }

  private:
    void check(int result) const {
        if (result != 0)
            throw failure("write", target_, errno);
    }

    path target_;
    std::string draft_;
    Fd fd_;
};

/// Makes the new name survive a power cut. A directory that may be written but not read cannot be
/// opened, and some network file systems know no such call: both are no reason to fail.
void sync_dir(const path& dir) {
    const Fd fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd && ::fsync(fd.get()) != 0 && errno == EIO)
        throw failure("write", dir, EIO);
}

path dir_of(const path& file) { return file.has_parent_path() ? file.parent_path() : path("."); }

} // namespace

std::string read_file(const path& file) {
    const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    FileStatus status{};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        throw failure("read", file, errno);
    // One byte more than the size: the end of most files then shows with the first short read.
    std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
    for (std::size_t size = 0;;) {
        const auto count = ::read(fd.get(), content.data() + size, content.size() - size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw failure("read", file, errno);
        size += static_cast<std::size_t>(count);
        if (count == 0) {
            content.resize(size);
            return content;
        }
        if (size == content.size())
            content.resize(2 * size);
    }
}

void write_atomic(const path& file, std::string_view content, unsigned mode) {
    const auto target = resolve_links(file);
    Draft draft(target);
    draft.write(content);
    draft.take_owner_of_target();
    draft.set_mode(mode);
    draft.replace_target();
    sync_dir(dir_of(target));
}

void make_private_dir(const path& dir) {
    constexpr mode_t owner_only = 0700;
    if (::mkdir(dir.c_str(), owner_only) == 0)
        return;
    if (errno == ENOENT && dir.has_parent_path() && dir.parent_path() != dir) {
        make_private_dir(dir.parent_path());
        if (::mkdir(dir.c_str(), owner_only) == 0)
            return;
    }
    // Somebody else may have been faster; EROFS and EACCES come even where the directory exists.
    const int reason = errno;
    FileStatus status{};
    if (::stat(dir.c_str(), &status) != 0)
        throw failure("make the directory", dir, reason == EEXIST ? errno : reason);
    if (!S_ISDIR(status.st_mode))
        throw failure("make the directory", dir, ENOTDIR);
}

void remove_tree(const path& dir) {
    std::error_code error;
    do { // again where somebody else, removing the same tree, was faster with a part of it
        std::filesystem::remove_all(dir, error);
    } while (error == std::errc::no_such_file_or_directory);
    if (error)
        throw failure("remove", dir, error.value());
}

} // namespace orch::fs
