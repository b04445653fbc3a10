#include "lib/archive/tar_read.hpp"

#include "lib/archive/libarchive.hpp"
#include "lib/archive/tar_input.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <memory>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <vector>

namespace orch::archive {

namespace {

struct ReadFree {
    void operator()(struct ::archive* archive) const { libarchive().read_free(archive); }
};

/// Why a name must not be unpacked; empty if it may.
std::string_view why_bad(const std::string& name) {
    if (name.empty())
        return "has no name";
    if (name[0] == '/')
        return "has an absolute name";
    for (const auto& part : text::split(name, '/')) {
        if (part == "..")
            return "leads out of its place";
        if (part.empty() || part == "." || part.find_first_of("\n\r\\") != std::string::npos)
            return "has a name that is none";
    }
    return {};
}

class Reader {
  public:
    Reader(
        const std::function<std::size_t(std::span<char>)>& read,
        const std::string& source,
        const TarLimits& limits
    )
        : input_(read), source_(source), limits_(limits), archive_(libarchive().read_new()) {
        libarchive().read_support_format_tar(archive_.get());
        check(libarchive().read_open(archive_.get(), &input_, nullptr, &TarInput::next, nullptr));
    }

    /// False at the end mark.
    bool next() {
        const int result = libarchive().read_next_header(archive_.get(), &entry_);
        if (result == ARCHIVE_EOF)
            return false;
        check(result);
        return true;
    }

    /// Nothing for a directory.
    std::optional<TarFile> file() {
        const char* raw = libarchive().entry_pathname(entry_);
        std::string name = raw == nullptr ? "" : raw;
        const bool directory = libarchive().entry_filetype(entry_) == AE_IFDIR;
        if (directory && name.ends_with('/'))
            name.pop_back();
        if (name.starts_with("./"))
            name.erase(0, 2);
        if (directory && (name.empty() || name == "."))
            return std::nullopt;
        if (const auto why = why_bad(name); !why.empty())
            refuse(name, why);
        if (directory)
            return std::nullopt;
        if (libarchive().entry_hardlink(entry_) != nullptr ||
            libarchive().entry_symlink(entry_) != nullptr)
            refuse(name, "is a link");
        if (libarchive().entry_filetype(entry_) != AE_IFREG)
            refuse(name, "is no plain file");
        if (!names_.insert(name).second)
            refuse(name, "comes twice");
        if (names_.size() > limits_.files)
            throw Error(Kind::invalid, "{} has more than {} entries", source_, limits_.files);
        auto content = this->content(name);
        return TarFile{std::move(name), std::move(content), libarchive().entry_perm(entry_)};
    }

  private:
    std::string content(const std::string& name) {
        const auto size = libarchive().entry_size(entry_);
        if (size < 0 || static_cast<std::uint64_t>(size) > limits_.file_size)
            refuse(name, "is too large");
        total_ += static_cast<std::uint64_t>(size);
        if (total_ > limits_.total_size)
            throw Error(Kind::invalid, "{} is too large", source_);
        std::string content(static_cast<std::size_t>(size), '\0');
        std::size_t done = 0;
        while (done < content.size()) {
            const auto count = libarchive().read_data(
                archive_.get(), content.data() + done, content.size() - done
            );
            if (count <= 0)
                check(ARCHIVE_FATAL);
            done += static_cast<std::size_t>(count);
        }
        return content;
    }

    [[noreturn]] void refuse(const std::string& name, std::string_view why) const {
        throw Error(Kind::invalid, "{}: the entry \"{}\" {}", source_, name, why);
    }

    void check(int result) const {
        input_.rethrow();
        if (result >= ARCHIVE_WARN)
            return;
        if (!input_.any())
            throw Error(Kind::invalid, "{} is empty", source_);
        const char* reason = libarchive().error_string(archive_.get());
        throw Error(
            Kind::invalid,
            "{} is no tar file, or a part of it is missing: {}",
            source_,
            reason == nullptr ? "no reason given" : text::lower(reason)
        );
    }

    TarInput input_;
    std::string source_;
    TarLimits limits_;
    std::unique_ptr<struct ::archive, ReadFree> archive_;
    archive_entry* entry_ = nullptr;
    std::set<std::string> names_;
    std::uint64_t total_ = 0;
};

} // namespace

void read_tar(
    const std::function<std::size_t(std::span<char>)>& read,
    const std::string& source,
    const TarLimits& limits,
    const std::function<void(TarFile)>& visit
) {
    Reader reader(read, source, limits);
    while (reader.next())
        if (auto file = reader.file())
            visit(std::move(*file));
}

} // namespace orch::archive
