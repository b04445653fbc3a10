#include "drivers/kit/images.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/fs/lock.hpp"
#include "lib/http/download.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace orch::drivers::kit {

namespace {

namespace stdfs = std::filesystem;

/// One image of the catalogue. "{}" stands for the processor as distributions call it.
struct CatalogueRow {
    std::string_view name;
    std::string_view folder; // with the list of checksums
    std::string_view qemu;
    std::string_view virtualbox; // with drivers for its devices, which "genericcloud" lacks
    std::string_view list;
};

// https://cloud.debian.org/images/cloud/ and https://cloud-images.ubuntu.com/releases/
constexpr std::array catalogue{
    CatalogueRow{
        "debian-13",
        "https://cloud.debian.org/images/cloud/trixie/latest/",
        "debian-13-genericcloud-{}.qcow2",
        "debian-13-generic-{}.tar.xz",
        "SHA512SUMS",
    },
    CatalogueRow{
        "debian-12",
        "https://cloud.debian.org/images/cloud/bookworm/latest/",
        "debian-12-genericcloud-{}.qcow2",
        "debian-12-generic-{}.tar.xz",
        "SHA512SUMS",
    },
    CatalogueRow{
        "ubuntu-26.04",
        "https://cloud-images.ubuntu.com/releases/resolute/release/",
        "ubuntu-26.04-server-cloudimg-{}.img",
        "ubuntu-26.04-server-cloudimg-{}.vmdk",
        "SHA256SUMS",
    },
    CatalogueRow{
        "ubuntu-24.04",
        "https://cloud-images.ubuntu.com/releases/noble/release/",
        "ubuntu-24.04-server-cloudimg-{}.img",
        "ubuntu-24.04-server-cloudimg-{}.vmdk",
        "SHA256SUMS",
    },
};

constexpr std::chrono::hours download_patience{2}; // another create may be at it

std::string_view debian_arch(std::string_view arch) {
    return arch == "aarch64" || arch == "arm64" ? "arm64" : "amd64";
}

ImageSource of_row(const CatalogueRow& row, Flavour flavour, std::string_view arch) {
    const auto pattern = flavour == Flavour::qemu ? row.qemu : row.virtualbox;
    const std::string folder(row.folder);
    const bool long_sums = row.list.starts_with("SHA512");
    return {
        .url = folder + text::replace_all(std::string(pattern), "{}", debian_arch(arch)),
        .checksum =
            {.algorithm = long_sums ? "sha512" : "sha256", .list = folder + std::string(row.list)},
    };
}

bool is_url(std::string_view text) {
    return text.starts_with("https://") || text.starts_with("http://");
}

/// The checksum behind '#'.
Checksum parse_checksum(std::string_view wish, std::string_view suffix) {
    const auto equals = suffix.find('=');
    const auto algorithm = text::lower(suffix.substr(0, equals));
    const auto hex = equals == std::string_view::npos ? "" : text::lower(suffix.substr(equals + 1));
    const std::size_t digits = algorithm == "sha256" ? 64 : algorithm == "sha512" ? 128 : 0;
    if (digits == 0 || hex.size() != digits ||
        hex.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw Error(Kind::usage, "cannot read the checksum of the image {}", wish)
            .hint("write it behind the image: #sha256=64 hexadecimal digits or #sha512=128 of them"
            );
    return {.algorithm = algorithm, .hex = hex};
}

stdfs::path local_path(const std::string& url) {
    constexpr std::string_view scheme = "file://";
    return url.starts_with(scheme) ? url.substr(scheme.size()) : url;
}

std::string file_name(std::string_view url) {
    const auto path = url.substr(0, url.find('?'));
    return std::string(path.substr(path.rfind('/') + 1));
}

/// "HEX  NAME" or "HEX *NAME" for the file; as sha256sum and sha512sum write it.
std::string listed(const std::string& list, const std::string& name) {
    for (const auto& line : text::split(list, '\n')) {
        const auto space = line.find(' ');
        if (space == std::string::npos)
            continue;
        auto listed_name = text::trim(std::string_view(line).substr(space));
        if (listed_name.starts_with('*'))
            listed_name.remove_prefix(1);
        if (listed_name == name)
            return text::lower(line.substr(0, space));
    }
    return {};
}

/// What the file must have; empty: nobody says.
std::string expected(const ImageSource& source, const Access& access, const Job& job) {
    const auto& checksum = source.checksum;
    if (!checksum.hex.empty() || checksum.list.empty())
        return checksum.hex;
    const auto name = file_name(source.url);
    const auto list = http::fetch_text(access.world.http, checksum.list, job.stop);
    if (auto hex = listed(list, name); !hex.empty())
        return hex;
    throw Error(Kind::remote, "{} has no checksum for {}", checksum.list, name)
        .hint("name another image");
}

/// Empty if it is right; otherwise what it has.
std::string wrong_digest(
    const stdfs::path& file, const Checksum& checksum, const std::string& hex, const Job& job
) {
    if (hex.empty())
        return {};
    auto found = tls::file_digest_hex(file, checksum.algorithm, job.stop);
    return found == hex ? "" : found;
}

Error wrong(const std::string& what, const std::string& hex, const std::string& found) {
    return Error(Kind::invalid, "{} is not what its publisher made: the checksum is wrong", what)
        .detail("expected " + hex)
        .detail("found    " + found);
}

/// Says how far the download is, a few hundred times at most.
class Meter {
  public:
    Meter(const Access& access, std::string text, Job& job)
        : id_(access.machine), text_(std::move(text)), job_(job) {}

    void show(std::uint64_t current, std::uint64_t total) {
        constexpr std::uint64_t step = 1 << 20;
        if (current < shown_ + step && current != total)
            return;
        shown_ = current;
        job_.progress.emit({
            .id = id_,
            .text = text_,
            .amount = progress::Amount{.current = current, .total = total},
        });
    }

  private:
    std::string id_;
    std::string text_;
    Job& job_;
    std::uint64_t shown_ = 0;
};

void download_checked(
    const ImageSource& source, const stdfs::path& file, const Access& access, Job& job
) {
    auto part = file;
    part += ".part";
    const auto name = file_name(source.url);
    Meter meter(access, "Downloading " + name + "...", job);
    const bool resumed = stdfs::exists(part);
    const auto hex = expected(source, access, job);
    const auto attempt = [&] {
        const http::Download wish{
            .url = source.url,
            .file = part,
            .on_progress = [&](auto current, auto total) { meter.show(current, total); },
        };
        http::download(access.world.http, wish, access.world.clock, job.stop);
        return wrong_digest(part, source.checksum, hex, job);
    };
    auto found = attempt();
    if (!found.empty() && resumed) { // what was there belonged to an older file
        stdfs::remove(part);
        found = attempt();
    }
    if (!found.empty()) {
        stdfs::remove(part);
        throw wrong(source.url, hex, found).hint("try again, or name another image");
    }
    stdfs::rename(part, file);
}

stdfs::path in_place(const ImageSource& source, const Job& job) {
    const auto file = stdfs::absolute(local_path(source.url));
    if (!stdfs::is_regular_file(file))
        throw Error(Kind::not_found, "there is no image {}", file.string())
            .hint("name the file of a disk image, or one of {}", text::join(image_names(), ", "));
    const auto& hex = source.checksum.hex;
    if (const auto found = wrong_digest(file, source.checksum, hex, job); !found.empty())
        throw wrong(file.string(), hex, found)
            .hint("get the file again, or mend the checksum behind '#'");
    return file;
}

} // namespace

std::vector<std::string> image_names() {
    std::vector<std::string> names;
    for (const auto& row : catalogue)
        names.emplace_back(row.name);
    return names;
}

ImageSource image_source(std::string_view wish, Flavour flavour, std::string_view arch) {
    for (const auto& row : catalogue)
        if (row.name == wish)
            return of_row(row, flavour, arch);
    const auto mark = wish.rfind("#sha");
    const auto place = wish.substr(0, mark);
    if (!is_url(place) && place.find('/') == std::string_view::npos &&
        !stdfs::exists(stdfs::path(place)))
        throw Error(Kind::usage, "there is no image \"{}\"", wish)
            .hint(
                "name one of {}, or a file or URL of a disk image", text::join(image_names(), ", ")
            );
    ImageSource source{.url = std::string(place)};
    if (mark != std::string_view::npos)
        source.checksum = parse_checksum(wish, wish.substr(mark + 1));
    return source;
}

stdfs::path cache_dir(const Access& access) { return access.store / "cache" / "images"; }

stdfs::path fetch(const ImageSource& source, const Access& access, Job& job) {
    if (!is_url(source.url))
        return in_place(source, job);
    const auto dir = cache_dir(access);
    fs::make_private_dir(dir);
    // Files of one name from different places are different files.
    const auto name = tls::sha256_hex(source.url).substr(0, 8) + "-" + file_name(source.url);
    const auto file = dir / name;
    const fs::Lock alone(dir / ("." + name + ".lock"), download_patience, job.stop);
    if (!stdfs::exists(file))
        download_checked(source, file, access, job);
    else if (const auto found = wrong_digest(file, source.checksum, source.checksum.hex, job);
             !found.empty()) {
        stdfs::remove(file);
        download_checked(source, file, access, job);
    }
    return file;
}

} // namespace orch::drivers::kit
