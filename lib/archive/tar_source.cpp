#include "lib/archive/tar_source.hpp"

#include "lib/archive/libarchive.hpp"
#include "lib/base/error.hpp"
#include "lib/base/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <stack>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace orch::archive {

namespace {

namespace stdfs = std::filesystem;

struct ArchiveFree {
    void operator()(struct archive* archive) const { libarchive().write_free(archive); }
};

struct EntryFree {
    void operator()(archive_entry* entry) const { libarchive().entry_free(entry); }
};

Error unreadable(const stdfs::path& file, int code) {
    Error error(
        code == ENOENT ? Kind::not_found : Kind::denied,
        "cannot read {}: {}",
        file.string(),
        std::strerror(code)
    );
    if (code == EACCES)
        error.hint("make it readable, or leave it out with a line in .dockerignore");
    return error;
}

std::string target_of(const stdfs::path& link) {
    std::error_code error;
    const auto target = stdfs::read_symlink(link, error);
    if (error)
        throw unreadable(link, error.value());
    return target.string();
}

/// Names below `dir`, last first: what a stack of work to do needs.
std::vector<std::string> names_below(const stdfs::path& dir) {
    std::vector<std::string> names;
    std::error_code error;
    for (stdfs::directory_iterator entry(dir, error), end; entry != end; entry.increment(error)) {
        if (error)
            break;
        names.push_back(entry->path().filename().string());
    }
    if (error)
        throw unreadable(dir, error.value());
    std::sort(names.rbegin(), names.rend());
    return names;
}

} // namespace

/// libarchive pushes bytes, the reader pulls them: what was pushed waits in `pending`, never more
/// than one block of a file or one header.
struct TarSource::State {
    State(stdfs::path dir_, Options options_) : dir(std::move(dir_)), options(std::move(options_)) {
        tar.reset(libarchive().write_new());
        libarchive().write_set_format_pax_restricted(tar.get());
        if (options.gzip)
            libarchive().write_add_filter_gzip(tar.get());
        libarchive().write_set_bytes_per_block(tar.get(), 0); // nothing is held back
        libarchive().write_open(tar.get(), this, nullptr, &State::on_write, nullptr);
        if (options.as.empty())
            push_directory("");
        else
            to_do.push(""); // the directory itself
    }

    [[nodiscard]] std::string name_of(const std::string& relative) const {
        if (options.as.empty() || relative.empty())
            return options.as + relative;
        return options.as + "/" + relative;
    }

    static la_ssize_t on_write(struct archive*, void* self, const void* data, std::size_t size) {
        static_cast<State*>(self)->pending.append(static_cast<const char*>(data), size);
        return static_cast<la_ssize_t>(size);
    }

    void push_directory(const std::string& relative) {
        for (auto& name : names_below(relative.empty() ? dir : dir / relative))
            to_do.push(relative.empty() ? std::move(name) : relative + "/" + name);
    }

    void check(int result, const stdfs::path& what) const {
        if (result < ARCHIVE_WARN)
            throw Error(
                Kind::internal,
                "cannot pack {}: {}",
                what.string(),
                libarchive().error_string(tar.get())
            );
    }

    /// Produces the next piece of the stream; false at its end.
    bool advance() {
        if (file) {
            copy_block();
        } else if (!to_do.empty()) {
            const auto relative = to_do.top();
            to_do.pop();
            add(relative);
        } else if (added < options.added.size()) {
            add(options.added[added++]);
        } else if (!closed) {
            closed = true;
            check(libarchive().write_close(tar.get()), dir);
        } else {
            return false;
        }
        return true;
    }

    void add(const std::string& relative);
    void add(const TarMember& member);
    bool is_added(const std::string& relative) const;
    void write_entry(const std::string& relative, const struct stat& info);
    void copy_block();

    stdfs::path dir;
    Options options;
    std::size_t added = 0; // of options.added
    std::string pending;   // outlives `tar`, which writes its end when it is freed
    std::size_t taken = 0; // of pending
    std::unique_ptr<struct archive, ArchiveFree> tar;
    std::stack<std::string> to_do;

    Fd file; // the one that is being copied
    stdfs::path file_path;
    std::uint64_t left = 0; // bytes that its header promised
    bool closed = false;

    /// The first name of every file that has several, by device and number.
    std::map<std::pair<dev_t, ino_t>, std::string> first_names;
};

bool TarSource::State::is_added(const std::string& relative) const {
    return std::any_of(options.added.begin(), options.added.end(), [&](const TarMember& member) {
        return member.path == relative;
    });
}

void TarSource::State::add(const std::string& relative) {
    const auto path = relative.empty() ? dir : dir / relative;

    struct stat info {};

    if (::lstat(path.c_str(), &info) != 0)
        throw unreadable(path, errno);
    const bool directory = S_ISDIR(info.st_mode);
    const auto verdict =
        options.filter && !relative.empty() ? options.filter(relative, directory) : Verdict{};
    if (directory && verdict.descend)
        push_directory(relative);
    if (!verdict.take || S_ISSOCK(info.st_mode) || is_added(relative))
        return;

    if (S_ISREG(info.st_mode)) {
        // The file that lstat saw may have been replaced: by a pipe, which must not block the
        // open, or by another file, whose size is the one that counts.
        file = Fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!file || ::fstat(file.get(), &info) != 0)
            throw unreadable(path, errno);
        file_path = path;
        left = static_cast<std::uint64_t>(info.st_size);
    }
    write_entry(relative, info);
}

void TarSource::State::write_entry(const std::string& relative, const struct stat& info) {
    const auto path = dir / relative;
    const std::unique_ptr<archive_entry, EntryFree> entry(libarchive().entry_new());
    libarchive().entry_copy_stat(entry.get(), &info);
    libarchive().entry_set_pathname(entry.get(), name_of(relative).c_str());
    if (!options.keep_owner) {
        libarchive().entry_set_uid(entry.get(), 0);
        libarchive().entry_set_gid(entry.get(), 0);
    }
    libarchive().entry_set_nlink(entry.get(), 1);
    if (S_ISLNK(info.st_mode))
        libarchive().entry_set_symlink(entry.get(), target_of(path).c_str());
    if (S_ISREG(info.st_mode) && info.st_nlink > 1) {
        const auto [known, first] = first_names.try_emplace({info.st_dev, info.st_ino}, relative);
        if (!first) {
            libarchive().entry_set_hardlink(entry.get(), known->second.c_str());
            left = 0;
        }
    }
    if (!S_ISREG(info.st_mode) || left == 0)
        libarchive().entry_set_size(entry.get(), 0);
    check(libarchive().write_header(tar.get(), entry.get()), path);
    if (file && left == 0)
        file.reset();
}

void TarSource::State::add(const TarMember& member) {
    const std::unique_ptr<archive_entry, EntryFree> entry(libarchive().entry_new());
    libarchive().entry_set_pathname(entry.get(), member.path.c_str());
    libarchive().entry_set_filetype(entry.get(), S_IFREG);
    libarchive().entry_set_perm(entry.get(), member.mode);
    libarchive().entry_set_size(entry.get(), static_cast<la_int64_t>(member.content.size()));
    check(libarchive().write_header(tar.get(), entry.get()), member.path);
    if (libarchive().write_data(tar.get(), member.content.data(), member.content.size()) < 0)
        check(ARCHIVE_FATAL, member.path);
}

void TarSource::State::copy_block() {
    char block[65536];
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(sizeof block, left));
    const auto count = ::read(file.get(), block, wanted);
    if (count < 0 && errno == EINTR)
        return;
    if (count < 0)
        throw unreadable(file_path, errno);
    if (count == 0)
        throw Error(Kind::invalid, "{} became shorter while it was sent", file_path.string())
            .hint("try again when nobody writes it");
    if (libarchive().write_data(tar.get(), block, static_cast<std::size_t>(count)) < 0)
        check(ARCHIVE_FATAL, file_path);
    left -= static_cast<std::uint64_t>(count);
    if (left == 0)
        file.reset(); // what was appended meanwhile is not sent
}

TarSource::TarSource(stdfs::path dir, Options options)
    : state_(std::make_unique<State>(std::move(dir), std::move(options))) {}

TarSource::~TarSource() = default;

std::size_t TarSource::read(std::span<char> buffer) {
    auto& state = *state_;
    while (state.taken == state.pending.size()) {
        state.pending.clear();
        state.taken = 0;
        if (!state.advance())
            return 0;
    }
    const auto count = std::min(buffer.size(), state.pending.size() - state.taken);
    std::memcpy(buffer.data(), state.pending.data() + state.taken, count);
    state.taken += count;
    return count;
}

} // namespace orch::archive
