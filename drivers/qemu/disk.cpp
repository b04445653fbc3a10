#include "drivers/qemu/disk.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/json/json.hpp"
#include "lib/process/runner.hpp"

#include <nlohmann/json.hpp>

namespace orch::drivers::qemu {

namespace {

constexpr std::uint64_t megabyte = 1 << 20;
constexpr std::uint64_t least_space = 2048 * megabyte; // an image is about 0.5 GB, its copy 1 GB

std::string qemu_img(std::vector<std::string> arguments, World& world, const Job& job) {
    const auto deed = arguments.front();
    arguments.insert(arguments.begin(), "qemu-img");
    const auto outcome = world.processes.run({.argv = std::move(arguments)}, job.stop);
    if (!outcome.ok())
        throw Error(Kind::remote, "qemu-img {} fails: {}", deed, text::trim(outcome.err));
    return outcome.out;
}

struct Image {
    std::string format;
    std::uint64_t size = 0; // that the guest sees, in bytes
};

Image inspect(const std::filesystem::path& image, World& world, const Job& job) {
    // Not trusted to name other files of this computer as its backing file: then it is refused.
    const auto said =
        json::parse(qemu_img({"info", "--output=json", image.string()}, world, job), "qemu-img");
    if (said.contains("backing-filename"))
        throw Error(Kind::invalid, "{} is not a whole image: it needs another file", image.string())
            .hint("qemu-img convert -O qcow2 makes a whole one of it");
    return {said.value("format", ""), said.value("virtual-size", std::uint64_t{0})};
}

} // namespace

void make_disk(
    const std::filesystem::path& image,
    const std::filesystem::path& disk,
    int size,
    World& world,
    Job& job
) {
    const auto [format, bytes] = inspect(image, world, job);
    if (bytes > static_cast<std::uint64_t>(size) * megabyte)
        throw Error(
            Kind::usage,
            "--qemu-disk-size {} is less than the image's {} MB",
            size,
            (bytes + megabyte - 1) / megabyte
        );
    auto part = disk;
    part += ".part";
    qemu_img({"convert", "-f", format, "-O", "qcow2", image.string(), part.string()}, world, job);
    qemu_img(
        {"resize", "-q", "-f", "qcow2", part.string(), std::to_string(size) + "M"}, world, job
    );
    std::filesystem::permissions(part, std::filesystem::perms(0600));
    std::filesystem::rename(part, disk);
}

void require_space(const std::filesystem::path& dir) {
    std::error_code unknown;
    auto place = dir;
    while (!std::filesystem::exists(place, unknown) && place.has_relative_path())
        place = place.parent_path();
    const auto space = std::filesystem::space(place, unknown);
    if (unknown || space.available >= least_space)
        return;
    throw Error(
        Kind::invalid,
        "the file system of {} has only {} MB left; a machine needs {}",
        dir.string(),
        space.available / megabyte,
        least_space / megabyte
    )
        .hint("free some space, or keep the store elsewhere: --storage-path");
}

} // namespace orch::drivers::qemu
