#include "drivers/qemu/legacy.hpp"

#include "drivers/kit/boot2docker.hpp"
#include "drivers/kit/images.hpp"
#include "drivers/qemu/disk.hpp"
#include "lib/fs/files.hpp"
#include "lib/progress/sink.hpp"

namespace orch::drivers::qemu {

namespace b2d = kit::boot2docker;

void make_boot2docker(const LegacyGuest& guest, const Access& access, Job& job) {
    const auto iso =
        kit::fetch({.url = b2d::iso_url(guest.url, access.world.http, job.stop)}, access, job);
    const auto version = b2d::iso_version(iso);
    job.progress.emit(
        {.id = access.machine,
         .status = progress::Status::note,
         .text = "boot2docker" + (version.empty() ? "" : " " + version) +
                 " gets no fixes any more; without --qemu-boot2docker-url the machine is made of a "
                 "current image"}
    );
    auto part = guest.iso;
    part += ".part";
    std::filesystem::copy_file(iso, part, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(part, guest.iso);
    auto raw = guest.disk;
    raw += ".raw"; // only its beginning is on the disk; the rest are zeros that nobody writes
    fs::write_atomic(raw, b2d::format_me(guest.key), 0600);
    std::filesystem::resize_file(raw, std::uint64_t{1} << 20);
    make_disk(raw, guest.disk, guest.size, access.world, job);
    std::filesystem::remove(raw);
}

} // namespace orch::drivers::qemu
