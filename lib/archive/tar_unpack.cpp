#include "lib/archive/tar_unpack.hpp"

#include "lib/archive/tar_input.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <memory>
#include <sys/stat.h>

namespace orch::archive {

namespace {

struct ReadFree {
    void operator()(struct ::archive* archive) const { libarchive().read_free(archive); }
};

struct WriteFree {
    void operator()(struct ::archive* archive) const { libarchive().write_free(archive); }
};

class Unpacker {
  public:
    Unpacker(
        const std::function<std::size_t(std::span<char>)>& read,
        const std::string& source,
        const std::filesystem::path& dir,
        const UnpackStyle& style
    )
        : input_(read), source_(source), style_(style),
          // Through a link of the user's own the way is free; behind it links are not followed.
          dir_(std::filesystem::canonical(dir)), tar_(libarchive().read_new()),
          disk_(libarchive().write_disk_new()) {
        libarchive().read_support_format_tar(tar_.get());
        check(libarchive().read_open(tar_.get(), &input_, nullptr, &TarInput::next, nullptr));
        libarchive().write_disk_set_options(
            disk_.get(),
            ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                ARCHIVE_EXTRACT_SECURE_SYMLINKS | (style.keep_owner ? ARCHIVE_EXTRACT_OWNER : 0)
        );
    }

    void run() {
        archive_entry* entry = nullptr;
        for (;;) {
            const int result = libarchive().read_next_header(tar_.get(), &entry);
            if (result == ARCHIVE_EOF)
                break;
            check(result);
            unpack(entry);
        }
        if (libarchive().write_close(disk_.get()) < ARCHIVE_WARN) // times and modes of directories
            refuse_write(dir_.string());
    }

  private:
    void unpack(archive_entry* entry) {
        const auto name = text_of(libarchive().entry_pathname(entry));
        const auto type = libarchive().entry_filetype(entry);
        if (type == AE_IFCHR || type == AE_IFBLK)
            throw Error(Kind::invalid, "{}: the entry \"{}\" is a device", source_, name);
        const auto place = place_of(name);
        libarchive().entry_set_pathname(entry, place.c_str());
        if (const char* target = libarchive().entry_hardlink(entry); target != nullptr)
            libarchive().entry_set_hardlink(entry, place_of(target).c_str());
        if (libarchive().write_header(disk_.get(), entry) < ARCHIVE_WARN)
            refuse_write(place);
        copy_content(place);
        if (libarchive().write_finish_entry(disk_.get()) < ARCHIVE_WARN)
            refuse_write(place);
    }

    void copy_content(const std::string& place) {
        for (;;) {
            const void* data = nullptr;
            std::size_t size = 0;
            la_int64_t offset = 0;
            const int result = libarchive().read_data_block(tar_.get(), &data, &size, &offset);
            if (result == ARCHIVE_EOF)
                return;
            check(result);
            if (libarchive().write_data_block(disk_.get(), data, size, offset) < ARCHIVE_WARN)
                refuse_write(place);
        }
    }

    /// Where an entry belongs.
    [[nodiscard]] std::string place_of(const std::string& name) const {
        std::vector<std::string> parts;
        for (const auto& part : text::split(name, '/')) {
            if (part == "..")
                throw Error(
                    Kind::invalid, "{}: the entry \"{}\" leads out of its place", source_, name
                );
            if (!part.empty() && part != ".")
                parts.push_back(part);
        }
        if (!style_.whole) {
            if (!parts.empty())
                parts.erase(parts.begin());
            if (!style_.as.empty())
                parts.insert(parts.begin(), style_.as);
        }
        return parts.empty() ? dir_.string() : (dir_ / text::join(parts, "/")).string();
    }

    static std::string text_of(const char* text) { return text == nullptr ? "" : text; }

    [[noreturn]] void refuse_write(const std::string& place) const {
        throw Error(
            Kind::denied,
            "cannot write {}: {}",
            place,
            text_of(libarchive().error_string(disk_.get()))
        );
    }

    void check(int result) const {
        input_.rethrow();
        if (result >= ARCHIVE_WARN)
            return;
        if (!input_.any())
            throw Error(Kind::invalid, "{} is empty", source_);
        throw Error(
            Kind::invalid,
            "{} is no tar archive, or a part of it is missing: {}",
            source_,
            text::lower(text_of(libarchive().error_string(tar_.get())))
        );
    }

    TarInput input_;
    const std::string& source_;
    const UnpackStyle& style_;
    std::filesystem::path dir_;
    std::unique_ptr<struct ::archive, ReadFree> tar_;
    std::unique_ptr<struct ::archive, WriteFree> disk_;
};

} // namespace

void unpack_tar(
    const std::function<std::size_t(std::span<char>)>& read,
    const std::string& source,
    const std::filesystem::path& dir,
    const UnpackStyle& style
) {
    Unpacker(read, source, dir, style).run();
}

} // namespace orch::archive
