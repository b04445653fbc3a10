#include "drivers/virtualbox/disk.hpp"

#include "drivers/kit/boot2docker.hpp"
#include "drivers/kit/images.hpp"
#include "lib/archive/packed_file.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/failure.hpp"
#include "lib/process/runner.hpp"
#include "lib/progress/sink.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <fstream>

namespace orch::drivers::virtualbox {

namespace {

namespace b2d = kit::boot2docker;
namespace stdfs = std::filesystem;
using Source = std::function<std::size_t(std::span<char>)>;

constexpr auto system_disk = "system.vmdk";
constexpr auto data_disk = "disk.vmdk";
constexpr auto iso_name = "boot2docker.iso";
constexpr std::uint64_t megabyte = 1 << 20;

struct Mark {
    std::size_t offset;
    std::string_view bytes;
    ImageKind kind;
};

using namespace std::string_view_literals;

constexpr std::array marks{
    Mark{0, "QFI\xfb"sv, ImageKind::qcow2},
    Mark{0, "KDMV"sv, ImageKind::native},
    Mark{0, "# Disk DescriptorFile"sv, ImageKind::native},
    Mark{64, "\x7f\x10\xda\xbe"sv, ImageKind::native}, // vdi
    Mark{0, "conectix"sv, ImageKind::native},          // vhd
    Mark{0, "\xfd\x37zXZ\0"sv, ImageKind::packed},
    Mark{0, "\x1f\x8b"sv, ImageKind::packed},
    Mark{0, "\x28\xb5\x2f\xfd"sv, ImageKind::packed}, // zstd
    Mark{510, "\x55\xaa"sv, ImageKind::raw},          // before tar: a boot sector may hold anything
    Mark{257, "ustar"sv, ImageKind::packed},
};

std::string beginning(const stdfs::path& file) {
    std::string head(512, '\0');
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw fs::failure("read", file, errno);
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(stream.gcount()));
    return head;
}

/// VirtualBox writes a disk from raw bytes; what is empty takes no space. No call that would touch
/// other machines: no lock.
void convert(const Bench& bench, const stdfs::path& disk, std::uint64_t size, Source source) {
    stdfs::remove(disk); // what a killed create left
    const Args args{
        "convertfromraw", "stdin", disk.string(), std::to_string(size), "--format", "VMDK"};
    const auto outcome = bench.vbox.attempt(args, std::move(source), bench.job.stop);
    if (!outcome.ok())
        throw failure_of(args, outcome);
}

Source file_source(const stdfs::path& image) {
    auto stream = std::make_shared<std::ifstream>(image, std::ios::binary);
    return [stream, image](std::span<char> buffer) {
        stream->read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        if (stream->bad())
            throw Error(Kind::internal, "cannot read {}", image.string());
        return static_cast<std::size_t>(stream->gcount());
    };
}

/// Passes on what is read, and says how far it is.
Source told(const Bench& bench, std::uint64_t total, Source source) {
    constexpr std::uint64_t step = 64 << 20;
    return [&bench, total, source = std::move(source), done = std::uint64_t{0}, next = step](
               std::span<char> buffer
           ) mutable {
        const auto size = source(buffer);
        done += size;
        if (done >= next || size == 0) {
            next = done + step;
            bench.job.progress.emit(
                {.id = bench.access.machine,
                 .text = "Writing the system's disk",
                 .amount = progress::Amount{done, total}}
            );
        }
        return size;
    };
}

void clone(const Bench& bench, const stdfs::path& image, const stdfs::path& disk) {
    const auto alone = bench.vbox.alone(bench.job.stop);
    bench.vbox.run(
        {"clonemedium", "disk", image.string(), disk.string(), "--format", "VMDK"}, bench.job.stop
    );
    bench.vbox.attempt({"closemedium", "disk", image.string()}, bench.job.stop);
}

void convert_with_qemu(const Bench& bench, const stdfs::path& image, const stdfs::path& disk) {
    const auto& path = bench.host.environment.get_or("PATH", "");
    const auto program = process::find_program("qemu-img", path);
    if (!program)
        throw Error(Kind::unsupported, "VirtualBox cannot read the qcow2 image {}", image.string())
            .hint("install qemu-img (on Debian: qemu-utils), or take a raw, vmdk or vdi image");
    const auto outcome = bench.access.world.processes.run(
        {.argv = {program->string(), "convert", "-O", "vmdk", image.string(), disk.string()}},
        bench.job.stop
    );
    if (!outcome.ok())
        throw Error(Kind::remote, "qemu-img cannot convert {}", image.string()).detail(outcome.err);
}

/// The ISO that docker-machine keeps in the store, if it is the last one.
bool is_last_release(const stdfs::path& iso) {
    try {
        return b2d::iso_version(iso) == b2d::last_version;
    } catch (const Error&) {
        return false;
    }
}

} // namespace

ImageKind kind_of(const stdfs::path& image) {
    const auto head = beginning(image);
    for (const auto& mark : marks)
        if (head.size() >= mark.offset + mark.bytes.size() &&
            head.compare(mark.offset, mark.bytes.size(), mark.bytes) == 0)
            return mark.kind;
    throw Error(Kind::invalid, "{} is no disk image that boots", image.string())
        .hint("VirtualBox takes raw, vmdk, vdi, vhd and qcow2 images, and raw ones in a tar archive"
        );
}

stdfs::path make_system_disk(const Bench& bench, const stdfs::path& image) {
    const auto disk = bench.access.dir / system_disk;
    switch (kind_of(image)) {
    case ImageKind::raw: {
        const auto size = stdfs::file_size(image);
        convert(bench, disk, size, told(bench, size, file_source(image)));
        break;
    }
    case ImageKind::packed: {
        archive::PackedFile file(image);
        const auto source = [&file](std::span<char> buffer) { return file.read(buffer); };
        convert(bench, disk, file.size(), told(bench, file.size(), source));
        break;
    }
    case ImageKind::native:
        clone(bench, image, disk);
        break;
    case ImageKind::qcow2:
        convert_with_qemu(bench, image, disk);
        break;
    }
    return disk;
}

stdfs::path make_data_disk(const Bench& bench, int megabytes) {
    const auto disk = bench.access.dir / data_disk;
    const auto alone = bench.vbox.alone(bench.job.stop);
    bench.vbox.run(
        {"createmedium",
         "disk",
         "--filename",
         disk.string(),
         "--size",
         std::to_string(megabytes),
         "--format",
         "VMDK"},
        bench.job.stop
    );
    return disk;
}

stdfs::path
make_boot2docker_disk(const Bench& bench, int megabytes, const std::string& public_key) {
    const auto disk = bench.access.dir / data_disk;
    const auto size = static_cast<std::uint64_t>(megabytes) * megabyte;
    convert(bench, disk, size, b2d::blank_disk(b2d::format_me(public_key), size));
    return disk;
}

stdfs::path fetch_iso(const Bench& bench, const std::string& url) {
    auto from = bench.access.store / "cache" / iso_name;
    if (!url.empty() || !is_last_release(from)) {
        const auto wish = url.empty() ? std::string(b2d::last_url)
                                      : b2d::iso_url(url, bench.access.world.http, bench.job.stop);
        const auto source = kit::image_source(wish, kit::Flavour::virtualbox, "x86_64");
        from = kit::fetch(source, bench.access, bench.job);
    }
    const auto version = b2d::iso_version(from);
    bench.say(fmt::format("Copying boot2docker {}", version));
    const auto to = bench.access.dir / iso_name;
    const auto part = to.string() + ".part"; // the old one stays whole until the new one is
    stdfs::copy_file(from, part, stdfs::copy_options::overwrite_existing);
    stdfs::rename(part, to);
    return to;
}

void forget_disks(const Bench& bench) {
    for (const auto* name : {data_disk, system_disk}) {
        const auto disk = bench.access.dir / name;
        if (!stdfs::exists(disk))
            continue;
        bench.vbox.attempt({"closemedium", "disk", disk.string()}, bench.job.stop);
        stdfs::remove(disk);
    }
}

} // namespace orch::drivers::virtualbox
