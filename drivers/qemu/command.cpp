#include "drivers/qemu/command.hpp"

#include "lib/base/text.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/core.h>

namespace orch::drivers::qemu {

namespace {

using Words = std::vector<std::string>;

/// In QEMU's lists of NAME=VALUE a comma in a value is doubled.
std::string escaped(const std::filesystem::path& path) {
    return text::replace_all(path.string(), ",", ",,");
}

void add(Words& words, std::initializer_list<std::string> more) { words.insert(words.end(), more); }

/// The processor: the host's own where it runs the guest, else all that QEMU can compute.
void add_processor(Words& words, const std::string& arch, const std::string& accel) {
    const auto* const machine = arch == "aarch64" ? "virt" : "q35";
    const bool own = accel == "kvm" || accel == "hvf";
    add(words, {"-machine", machine});
    add(words, {"-accel", accel == "tcg" ? "tcg,thread=multi" : accel});
    add(words, {"-cpu", own ? "host" : "max"});
}

void add_firmware(Words& words, const Launch& launch) {
    if (launch.firmware.empty())
        return;
    constexpr auto* flash = "if=pflash,format=raw,unit={},{}file={}";
    add(words,
        {"-drive", fmt::format(fmt::runtime(flash), 0, "readonly=on,", escaped(launch.firmware))});
    if (!launch.firmware_vars.empty())
        add(words,
            {"-drive", fmt::format(fmt::runtime(flash), 1, "", escaped(launch.firmware_vars))});
}

void add_disks(Words& words, const Launch& launch) {
    add(words,
        {"-drive",
         fmt::format(
             "if=none,id=hd0,file={},format=qcow2,discard=unmap,cache=writeback",
             escaped(launch.disk)
         )});
    // boot2docker has drivers for what computers of its time had.
    const auto* const disk = launch.boots_cd ? "ide-hd,bus=ide.0" : "virtio-blk-pci";
    add(words,
        {"-device", fmt::format("{},drive=hd0,bootindex={}", disk, launch.boots_cd ? 2 : 1)});
    add(words,
        {"-drive", fmt::format("if=none,id=cd0,file={},format=raw,readonly=on", escaped(launch.cd))}
    );
    if (launch.boots_cd)
        add(words, {"-device", "ide-cd,bus=ide.1,drive=cd0,bootindex=1"});
    else
        add(words,
            {"-device", "virtio-scsi-pci,id=scsi0", "-device", "scsi-cd,bus=scsi0.0,drive=cd0"});
}

std::string forward(const std::string& protocol, const std::string& address, int from, int to) {
    return fmt::format(",hostfwd={}:{}:{}-:{}", protocol, address, from, to);
}

/// SSH and the engine for this computer alone, what is published for whom the user says.
std::string user_network(const Launch& launch) {
    auto network = std::string("user,id=net0,net=192.168.5.0/24,dhcpstart=192.168.5.15");
    network += forward("tcp", "127.0.0.1", launch.ssh, ssh_port);
    network += forward("tcp", "127.0.0.1", launch.engine, engine_port);
    for (const auto& port : launch.publish)
        network += forward(port.protocol, port.address, port.host, port.guest);
    return network;
}

std::string backend_of(const Launch& launch) {
    if (launch.network == "bridge")
        return "bridge,id=net0,br=" + launch.bridge;
    if (launch.network == "tap")
        return fmt::format("tap,id=net0,ifname={},script=no,downscript=no", launch.interface);
    if (launch.network == "vmnet-shared")
        return "vmnet-shared,id=net0";
    return user_network(launch);
}

void add_networks(Words& words, const Launch& launch) {
    const auto device = [&](const char* id, const std::string& mac) {
        add(words, {"-device", fmt::format("virtio-net-pci,netdev={},mac={}", id, mac)});
    };
    add(words, {"-netdev", backend_of(launch)});
    device("net0", launch.mac);
    if (launch.cluster.group.empty())
        return;
    add(words, {"-netdev", "socket,id=net1,mcast=" + launch.cluster.group});
    device("net1", launch.cluster_mac);
}

} // namespace

Words command_of(const Launch& launch) {
    Words words{launch.program, "-name", "orch-" + launch.name};
    add_processor(words, launch.arch, launch.accel);
    add(words, {"-smp", std::to_string(launch.cpus), "-m", std::to_string(launch.memory)});
    add(words, {"-nodefaults", "-no-user-config", "-display", "none"});
    if (launch.arch != "aarch64") // whose machine has no graphics to leave out
        add(words, {"-vga", "none"});
    add(words, {"-device", "virtio-rng-pci"});
    add_firmware(words, launch);
    add_disks(words, launch);
    add_networks(words, launch);
    add(words, {"-chardev", "file,id=ser0,path=" + escaped(launch.console)});
    add(words, {"-serial", "chardev:ser0"});
    add(words, {"-qmp", "unix:" + escaped(launch.monitor) + ",server=on,wait=off"});
    add(words, {"-pidfile", launch.pid_file.string(), "-daemonize"});
    return words;
}

Words trial_of(const std::string& program, const std::string& arch, const std::string& accel) {
    Words words{program};
    add_processor(words, arch, accel);
    add(words, {"-m", "64", "-nodefaults", "-no-user-config", "-display", "none"});
    // There is nothing to boot from: the firmware gives up and resets the computer.
    if (arch != "aarch64")
        add(words, {"-boot", "reboot-timeout=1", "-no-reboot"});
    return words;
}

std::string mac_of(const std::string& text) {
    const auto hex = tls::sha256_hex(text);
    return fmt::format("52:54:00:{}:{}:{}", hex.substr(0, 2), hex.substr(2, 2), hex.substr(4, 2));
}

} // namespace orch::drivers::qemu
