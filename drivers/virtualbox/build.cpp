#include "drivers/virtualbox/build.hpp"

#include "drivers/kit/images.hpp"
#include "drivers/kit/key.hpp"
#include "drivers/kit/record.hpp"
#include "drivers/kit/seed.hpp"
#include "drivers/virtualbox/calls.hpp"
#include "drivers/virtualbox/disk.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"

#include <fmt/core.h>

#include <charconv>
#include <random>
#include <vector>

namespace orch::drivers::virtualbox {

namespace {

namespace stdfs = std::filesystem;

constexpr auto seed_name = "seed.iso";
constexpr auto data_serial = "orchdata"; // VirtualBox takes letters and digits

/// A disk and the port of the controller that it goes to.
struct Disk {
    Port port;
    stdfs::path file;
};

struct Parts {
    std::string public_key{}; // for the seed; empty: the guest gets its key otherwise
    stdfs::path cd{};         // empty: the seed, which is made once the cards are known
    std::vector<Disk> disks{};
};

int number_in(const VmInfo& vm, std::string_view key, int fallback) {
    const auto written = vm.get(key);
    int value = fallback;
    std::from_chars(written.data(), written.data() + written.size(), value);
    return value;
}

Parts cloud_parts(const Bench& bench, Record& record, const Checkpoint& save) {
    Parts parts{.public_key = kit::make_key(bench.access, record)};
    save(record);
    const auto source = kit::image_source(
        kit::text(record, "Image"), kit::Flavour::virtualbox, bench.host.arm ? "aarch64" : "x86_64"
    );
    const auto image = kit::fetch(source, bench.access, bench.job);
    bench.say("Creating disks...");
    parts.disks.push_back({Port::first, make_system_disk(bench, image)});
    parts.disks.push_back({Port::second, make_data_disk(bench, kit::integer(record, "DiskSize", 0))}
    );
    return parts;
}

Parts boot2docker_parts(const Bench& bench, Record& record, const Checkpoint& save) {
    const auto cd = fetch_iso(bench, kit::text(record, "Boot2DockerURL"));
    bench.say("Creating SSH key...");
    const auto key = kit::make_key(bench.access, record);
    save(record);
    bench.say("Creating disk...");
    const auto disk = make_boot2docker_disk(bench, kit::integer(record, "DiskSize", 0), key);
    return {.cd = cd, .disks = {{Port::first, disk}}};
}

/// The other VM's disk is copied, its size taken over; the key is the one that boot2docker's own
/// tool made.
Parts imported_parts(const Bench& bench, Record& record, const Checkpoint& save) {
    const auto other = kit::text(record, "Boot2DockerImportVM");
    const auto cd = fetch_iso(bench, kit::text(record, "Boot2DockerURL"));
    const auto alone = bench.vbox.alone(bench.job.stop);
    bench.vbox.attempt(control(other, "poweroff"), bench.job.stop); // it may be off
    const auto vm = bench.vbox.show(other, bench.job.stop);
    const auto disk = vm ? vm->get("SATA-1-0") : "";
    if (!stdfs::exists(disk))
        throw Error(Kind::not_found, "VirtualBox has no VM {} with a disk of boot2docker", other)
            .hint("VBoxManage list vms shows those there are");
    const auto copy = bench.access.dir / "disk.vmdk";
    bench.vbox.run({"clonehd", disk, copy.string()}, bench.job.stop);
    record["CPU"] = number_in(*vm, "cpus", 1);
    record["Memory"] = number_in(*vm, "memory", 1024);
    const auto key = bench.access.dir / "id_rsa";
    const auto theirs = bench.host.environment.home() / ".ssh" / "id_boot2docker";
    fs::write_atomic(key, fs::read_file(theirs), 0600);
    record["SSHKeyPath"] = key.string();
    save(record);
    return {.cd = cd, .disks = {{Port::first, copy}}};
}

Parts make_parts(const Bench& bench, Record& record, const Checkpoint& save) {
    if (!kit::text(record, "Boot2DockerImportVM").empty())
        return imported_parts(bench, record, save);
    if (!kit::text(record, "Boot2DockerURL").empty())
        return boot2docker_parts(bench, record, save);
    return cloud_parts(bench, record, save);
}

/// What docker-machine shares with boot2docker guests unless told otherwise.
Share default_share(const Host& host) {
    if (host.macos)
        return {.name = "Users", .dir = "/Users"};
    return {.name = "hosthome", .dir = "/home"};
}

void add_shares(const Bench& bench, const Record& record, bool by_default) {
    auto wish = parse_share(kit::text(record, "ShareFolder"));
    if (!wish && by_default)
        wish = default_share(bench.host);
    if (!wish || record.value("NoShare", false) || !stdfs::is_directory(wish->dir))
        return;
    for (const auto& call : share(vm_of(record), *wish))
        bench.vbox.run(call, bench.job.stop);
}

Hardware hardware_of(const Bench& bench, const Record& record, const Parts& parts) {
    return {
        .cpus = kit::integer(record, "CPU", 1),
        .memory = kit::integer(record, "Memory", 1024),
        .host_resolver = record.value("HostDNSResolver", false),
        .dns_proxy = record.value("DNSProxy", true),
        .boots_disk = parts.cd.empty(),
        .serial_log = parts.cd.empty() ? bench.access.dir / "serial.log" : stdfs::path(),
        .arm = bench.host.arm,
    };
}

std::string mac_with_colons(const std::string& digits) {
    std::string mac;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        mac += (i == 0 ? "" : ":") + digits.substr(i, 2);
    return mac;
}

stdfs::path make_seed(
    const Bench& bench, const Record& record, const Parts& parts, const std::string& user_data
) {
    const auto vm = require_vm(bench, record);
    const auto image = kit::seed_image({
        .machine = bench.access.machine,
        .user = kit::text(record, "SSHUser"),
        .public_key = parts.public_key,
        .interfaces =
            {
                {.mac = mac_with_colons(vm.get("macaddress1"))},
                {.mac = vm.host_only_mac(), .routes = false},
            },
        .data_disk = disk_by_serial(data_serial),
        .user_data = user_data,
    });
    auto file = bench.access.dir / seed_name;
    fs::write_atomic(file, image, 0600);
    return file;
}

void make_vm(
    const Bench& bench, const Record& record, const Parts& parts, const std::string& user_data
) {
    const auto vm = vm_of(record);
    const auto run = [&](const Args& args) { bench.vbox.run(args, bench.job.stop); };
    const bool cloud = parts.cd.empty();
    run(create_vm(bench.access.machine, vm, bench.access.dir));
    run(set_hardware(vm, hardware_of(bench, record, parts)));
    run(nat_card(vm, kit::text(record, "NatNicType")));
    attach_network(bench, record);
    run(storage_controller(vm));
    run(attach_cd(vm, cloud ? make_seed(bench, record, parts, user_data) : parts.cd));
    for (const auto& disk : parts.disks)
        run(attach_disk(vm, disk.port, disk.file));
    if (cloud)
        run(disk_serial(vm, Port::second, data_serial));
    for (const auto& call : mount_places(vm))
        run(call);
    add_shares(bench, record, !cloud);
}

} // namespace

std::string new_uuid() {
    std::random_device random;
    const std::uint32_t a = random(), b = random(), c = random(), d = random();
    return fmt::format(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}",
        a,
        b >> 16,
        b & 0xfff,
        0x8000 | (c >> 16 & 0x3fff),
        c & 0xffff,
        d
    );
}

void build(
    const Bench& bench, Record& record, const Checkpoint& save, const std::string& user_data
) {
    const auto parts = make_parts(bench, record, save);
    bench.say("Creating VirtualBox VM...");
    const auto alone = bench.vbox.alone(bench.job.stop);
    make_vm(bench, record, parts, user_data);
}

} // namespace orch::drivers::virtualbox
