#include "drivers/qemu/command.hpp"
#include "lib/base/text.hpp"

#include <doctest/doctest.h>

namespace qemu = orch::drivers::qemu;

namespace {

qemu::Launch some_launch() {
    return {
        .name = "web1",
        .program = "qemu-system-x86_64",
        .arch = "x86_64",
        .accel = "kvm",
        .cpus = 2,
        .memory = 2048,
        .disk = "/s/web1/disk.qcow2",
        .cd = "/s/web1/cidata.iso",
        .console = "/s/web1/serial.log",
        .monitor = "/s/web1/monitor",
        .pid_file = "/s/web1/qemu.pid",
        .mac = "52:54:00:01:02:03",
        .ssh = 40001,
        .engine = 40002,
        .cluster_mac = "52:54:00:0a:0b:0c",
    };
}

std::string line_of(const qemu::Launch& launch) {
    return orch::text::join(qemu::command_of(launch), " ");
}

bool holds(const std::string& line, std::string_view part) {
    return line.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("qemu command: a guest behind this computer's ports, word for word") {
    CHECK(
        line_of(some_launch()) ==
        "qemu-system-x86_64 -name orch-web1 -machine q35 -accel kvm -cpu host -smp 2 -m 2048 "
        "-nodefaults -no-user-config -display none -vga none -device virtio-rng-pci "
        "-drive if=none,id=hd0,file=/s/web1/disk.qcow2,format=qcow2,discard=unmap,cache=writeback "
        "-device virtio-blk-pci,drive=hd0,bootindex=1 "
        "-drive if=none,id=cd0,file=/s/web1/cidata.iso,format=raw,readonly=on "
        "-device virtio-scsi-pci,id=scsi0 -device scsi-cd,bus=scsi0.0,drive=cd0 "
        "-netdev user,id=net0,net=192.168.5.0/24,dhcpstart=192.168.5.15,"
        "hostfwd=tcp:127.0.0.1:40001-:22,hostfwd=tcp:127.0.0.1:40002-:2376 "
        "-device virtio-net-pci,netdev=net0,mac=52:54:00:01:02:03 "
        "-chardev file,id=ser0,path=/s/web1/serial.log -serial chardev:ser0 "
        "-qmp unix:/s/web1/monitor,server=on,wait=off -pidfile /s/web1/qemu.pid -daemonize"
    );
}

TEST_CASE("qemu command: published ports, and a second network with the store's others") {
    auto launch = some_launch();
    launch.publish = {{.host = 8080, .guest = 80}, {"127.0.0.1", 5353, 53, "udp"}};
    launch.cluster = {"239.255.1.2:20003", "10.98.7.1/24"};
    const auto line = line_of(launch);
    CHECK(holds(line, ",hostfwd=tcp::8080-:80,hostfwd=udp:127.0.0.1:5353-:53 -device"));
    CHECK(holds(
        line,
        "-netdev socket,id=net1,mcast=239.255.1.2:20003 "
        "-device virtio-net-pci,netdev=net1,mac=52:54:00:0a:0b:0c"
    ));
}

TEST_CASE("qemu command: networks with addresses of their own forward no ports") {
    auto launch = some_launch();
    launch.bridge = "br7";
    launch.interface = "tap7";
    launch.network = "bridge";
    CHECK(
        holds(line_of(launch), " -netdev bridge,id=net0,br=br7 -device virtio-net-pci,netdev=net0")
    );
    launch.network = "tap";
    CHECK(holds(line_of(launch), " -netdev tap,id=net0,ifname=tap7,script=no,downscript=no "));
    launch.network = "vmnet-shared";
    CHECK(holds(line_of(launch), " -netdev vmnet-shared,id=net0 "));
    CHECK_FALSE(holds(line_of(launch), "hostfwd"));
}

TEST_CASE("qemu command: without the host's help the processor has all that can be computed") {
    auto launch = some_launch();
    launch.accel = "tcg";
    CHECK(holds(line_of(launch), "-machine q35 -accel tcg,thread=multi -cpu max "));
    launch.accel = "hvf";
    CHECK(holds(line_of(launch), "-machine q35 -accel hvf -cpu host "));
    launch.accel = "whpx";
    CHECK(holds(line_of(launch), "-machine q35 -accel whpx -cpu max "));
}

TEST_CASE("qemu command: aarch64 starts by UEFI, with variables of its own") {
    auto launch = some_launch();
    launch.arch = "aarch64";
    launch.firmware = "/usr/share/AAVMF/AAVMF_CODE.fd";
    launch.firmware_vars = "/s/web1/firmware-vars.fd";
    const auto line = line_of(launch);
    CHECK(holds(line, "-machine virt "));
    CHECK(holds(
        line,
        "-drive if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd "
        "-drive if=pflash,format=raw,unit=1,file=/s/web1/firmware-vars.fd "
    ));
    CHECK_FALSE(holds(line, "-vga"));
}

TEST_CASE("qemu command: boot2docker starts from its CD, on devices that it knows") {
    auto launch = some_launch();
    launch.boots_cd = true;
    launch.cd = "/s/web1/boot2docker.iso";
    const auto line = line_of(launch);
    CHECK(holds(line, "-device ide-hd,bus=ide.0,drive=hd0,bootindex=2 "));
    CHECK(holds(line, "-device ide-cd,bus=ide.1,drive=cd0,bootindex=1 "));
    CHECK_FALSE(holds(line, "scsi"));
}

TEST_CASE("qemu command: a comma in a path does not end it") {
    auto launch = some_launch();
    launch.disk = "/s/a,b/disk.qcow2";
    launch.pid_file = "/s/a,b/qemu.pid";
    const auto line = line_of(launch);
    CHECK(holds(line, "file=/s/a,,b/disk.qcow2,format"));
    CHECK(holds(line, "-pidfile /s/a,b/qemu.pid "));
}

TEST_CASE("qemu command: a trial ends by itself where there is firmware to end it") {
    const auto line = orch::text::join(qemu::trial_of("qemu-system-x86_64", "x86_64", "kvm"), " ");
    CHECK(holds(line, "-machine q35 -accel kvm -cpu host "));
    CHECK(holds(line, "-boot reboot-timeout=1 -no-reboot"));
    CHECK_FALSE(holds(orch::text::join(qemu::trial_of("q", "aarch64", "kvm"), " "), "-boot"));
}

TEST_CASE("qemu command: a network card's number is in QEMU's range, and always the same") {
    CHECK(qemu::mac_of("web1").starts_with("52:54:00:"));
    CHECK(qemu::mac_of("web1").size() == 17);
    CHECK(qemu::mac_of("web1") == qemu::mac_of("web1"));
    CHECK(qemu::mac_of("web1") != qemu::mac_of("web2"));
}
