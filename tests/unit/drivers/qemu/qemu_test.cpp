#include "drivers/qemu/accel.hpp"
#include "drivers/qemu/place.hpp"
#include "drivers/qemu/qemu.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "tests/support/loopback.hpp"
#include "tests/unit/drivers/qemu/scene.hpp"

#include <doctest/doctest.h>

namespace qemu = orch::drivers::qemu;
using orch::drivers::Power;
using orch::drivers::Record;
using orch::drivers::State;
using orch::test::QemuScene;

namespace {

constexpr auto* port_is_taken = "qemu-system-x86_64: -netdev user,id=net0: Could not set up host "
                                "forwarding rule 'tcp:127.0.0.1:40001-:22'\n";
constexpr auto* no_multicast =
    "qemu-system-x86_64: -netdev socket,id=net1: can't add socket to multicast group 239.255.1.2: "
    "No such device\n";

bool has_warning(const QemuScene& scene, std::string_view part) {
    for (const auto& event : scene.fake.progress.events())
        if (event.status == orch::progress::Status::warning &&
            event.text.find(part) != std::string::npos)
            return true;
    return false;
}

} // namespace

TEST_CASE_FIXTURE(
    QemuScene, "qemu: create makes key, disk and seed, and starts what the record says"
) {
    const auto record = create({{"qemu-memory", "1024"}, {"qemu-publish", "8080:80"}});
    for (const auto* file : {"id_rsa", "id_rsa.pub", "disk.qcow2", "cidata.iso"}) {
        CAPTURE(file);
        CHECK(std::filesystem::exists(dir / file));
    }
    CHECK(record.at("Memory") == 1024);
    CHECK(record.at("Publish") == Record::array({"8080:80/tcp"}));
    CHECK(record.at("SSHKeyPath") == (dir / "id_rsa").string());
    CHECK(record.at("SSHPort") != record.at("EnginePort"));
    CHECK(programs.launches == 1);
    CHECK(programs.said_last("hostfwd=tcp:127.0.0.1:" + record.at("SSHPort").dump() + "-:22"));
    CHECK(programs.said_last("hostfwd=tcp::8080-:80"));

    const auto reach = driver.reach(record);
    CHECK(reach.address == "127.0.0.1");
    CHECK(reach.url == "tcp://127.0.0.1:" + record.at("EnginePort").dump());
    CHECK(reach.engine_port == 2376);
    CHECK(reach.ssh.user == "orch");
    CHECK(reach.ssh.port == record.at("SSHPort").get<int>());
    CHECK(reach.cluster.empty());
    CHECK(reach.patience == 1);
}

TEST_CASE_FIXTURE(
    QemuScene, "qemu: what a killed create leaves is known from the start, and rm takes it"
) {
    programs.info = "no JSON";
    CHECK_THROWS_AS(create(), orch::Error);
    REQUIRE_FALSE(saved.empty());
    CHECK(saved.front().at("DiskPath") == (dir / "disk.qcow2").string());
    orch::fs::write_atomic(dir / "disk.qcow2.part", "half", 0600);
    driver.remove(saved.front(), fake.job);
    CHECK_FALSE(std::filesystem::exists(dir / "disk.qcow2.part"));
    CHECK(driver.refresh(saved.front(), fake.job) == State::not_found);
}

TEST_CASE_FIXTURE(QemuScene, "qemu: where no guest runs by KVM it says so, and is more patient") {
    programs.trial_refusals = {"qemu-system-x86_64: failed to set MSR 0x10a\n"};
    const auto record = create();
    CHECK(record.at("Accel") == "auto");
    CHECK(record.at("AccelInUse") == "tcg");
    CHECK(has_warning(*this, "failed to set MSR 0x10a): its processor is computed (tcg)"));
    CHECK(driver.reach(record).patience > 1);
}

TEST_CASE_FIXTURE(QemuScene, "qemu: a kind of processor that was asked for must work") {
    programs.trial_refusals = {"Could not access KVM kernel module: Permission denied\n"};
    try {
        driver.check(request({{"qemu-accel", "kvm"}}), fake.job);
        FAIL("it should be refused");
    } catch (const orch::Error& error) {
        CHECK(error.kind() == orch::Kind::unsupported);
        CHECK(error.message().starts_with("--qemu-accel kvm does not work here: Could not access"));
        CHECK(error.hint().find("usermod -aG kvm") != std::string::npos);
    }
    CHECK(create({{"qemu-accel", "tcg"}}).at("AccelInUse") == "tcg");
    CHECK(programs.trials == 1); // nothing is tried for tcg
}

TEST_CASE_FIXTURE(
    QemuScene, "qemu: check wants programs that are new enough, and an image that is there"
) {
    CHECK_NOTHROW(driver.check(request(), fake.job));
    programs.version = "4.2.1";
    CHECK_THROWS_AS(driver.check(request(), fake.job), orch::Error);
    programs.version = "11.0.0";
    CHECK_NOTHROW(driver.check(request(), fake.job));
    CHECK_THROWS_AS(driver.check(request({{"qemu-image", "debian-99"}}), fake.job), orch::Error);
    CHECK_THROWS_WITH_AS(
        driver.check(
            request({{"qemu-network", "tap"}, {"qemu-network-interface", "no-such-tap"}}), fake.job
        ),
        "this computer has no network interface no-such-tap",
        orch::Error
    );
}

TEST_CASE_FIXTURE(
    QemuScene, "qemu: a disk smaller than its image is refused, and one with a parent"
) {
    programs.info = R"({"format": "raw", "virtual-size": 30000000000})";
    CHECK_THROWS_WITH_AS(
        create(), "--qemu-disk-size 20000 is less than the image's 28611 MB", orch::Error
    );
    programs.info = R"({"format": "qcow2", "virtual-size": 1, "backing-filename": "/etc/shadow"})";
    CHECK_THROWS_AS(create(), orch::Error);
    CHECK(programs.launches == 0);
}

TEST_CASE_FIXTURE(
    QemuScene, "qemu: a port that was taken a moment ago is replaced, three times at most"
) {
    programs.launch_refusals = {port_is_taken, port_is_taken};
    create();
    CHECK(programs.launches == 3);
    programs.launch_refusals = {port_is_taken, port_is_taken, port_is_taken};
    CHECK_THROWS_AS(create(), orch::Error);
    CHECK(programs.launches == 6);
}

TEST_CASE_FIXTURE(QemuScene, "qemu: at start, ports in use are replaced, and known_hosts follows") {
    auto record = create();
    const auto busy = orch::testing::listen_on_loopback();
    record["SSHPort"] = busy.port;
    const auto name = [](int port) { return "[127.0.0.1]:" + std::to_string(port) + " "; };
    orch::fs::write_atomic(dir / "known_hosts", name(busy.port) + "ssh-ed25519 AAAA\n", 0600);
    const int engine = record.at("EnginePort");
    driver.power(record, Power::start, fake.job);
    CHECK(record.at("SSHPort") != busy.port);
    CHECK(record.at("EnginePort") == engine);
    CHECK(
        orch::fs::read_file(dir / "known_hosts") ==
        name(record.at("SSHPort")) + "ssh-ed25519 AAAA\n"
    );
}

TEST_CASE_FIXTURE(
    QemuScene, "qemu: machines of a swarm share a network; without multicast they start alone"
) {
    const auto record = create({{"qemu-cluster", "on"}});
    CHECK(record.at("ClusterGroup") == qemu::cluster_group(store.path()));
    CHECK(driver.reach(record).cluster.starts_with("10.98."));
    CHECK(driver.reach(record).cluster.find('/') == std::string::npos);
    CHECK(programs.said_last("mcast=239.255."));

    programs.launch_refusals = {no_multicast};
    create({{"qemu-cluster", "on"}});
    CHECK_FALSE(programs.said_last("mcast="));
    CHECK(has_warning(*this, "no network for multicast"));
}

TEST_CASE_FIXTURE(
    QemuScene, "qemu: a machine in a network of its own is reached at the address given"
) {
    const auto record = create(
        {{"qemu-network", "bridge"},
         {"qemu-network-bridge", "lo"},
         {"qemu-network-address", "192.0.2.7/24"}}
    );
    const auto reach = driver.reach(record);
    CHECK(reach.url == "tcp://192.0.2.7:2376");
    CHECK(reach.ssh.host == "192.0.2.7");
    CHECK(reach.ssh.port == 22);
    CHECK(programs.said_last("bridge,id=net0,br=lo"));
}

TEST_CASE_FIXTURE(QemuScene, "qemu: what QEMU says when it does not start is passed on") {
    programs.launch_refusals = {"qemu: warning\nqemu: Failed to get \"write\" lock\n"};
    try {
        create();
        FAIL("it should fail");
    } catch (const orch::Error& error) {
        CHECK(error.kind() == orch::Kind::conflict);
        CHECK(error.message().ends_with("does not start: qemu: warning"));
        CHECK(error.details() == std::vector<std::string>{"qemu: Failed to get \"write\" lock"});
    }
}

TEST_CASE_FIXTURE(QemuScene, "qemu: boot2docker gets a disk to format, its ISO, and its own user") {
    std::string iso(0x8100, '\0');
    iso.replace(0x8001, 5, "CD001");
    iso.replace(0x8028, 21, "Boot2Docker-v19.03.12");
    const auto file = store.write("b2d.iso", iso);
    const auto record = create({{"qemu-boot2docker-url", file.string()}});
    CHECK(orch::fs::read_file(dir / "boot2docker.iso") == iso);
    CHECK(driver.reach(record).ssh.user == "docker");
    CHECK_FALSE(std::filesystem::exists(dir / "cidata.iso"));
    CHECK_FALSE(std::filesystem::exists(dir / "disk.qcow2.raw"));
    CHECK(programs.said_last("ide-cd,"));
}

TEST_CASE_FIXTURE(
    QemuScene, "qemu: a machine of docker-machine-driver-qemu loads, starts and goes"
) {
    auto record = Record::parse(R"({
        "IPAddress": "", "MachineName": "web1", "SSHUser": "docker", "SSHPort": 40001,
        "SSHKeyPath": "", "StorePath": "/old", "EnginePort": 40002, "FirstQuery": true,
        "Memory": 1024, "DiskSize": 20000, "CPU": 1, "Program": "qemu-system-x86_64",
        "Display": false, "VirtioDrives": false, "Network": "user", "Boot2DockerURL": "",
        "NetworkInterface": "tap0", "NetworkAddress": "", "NetworkBridge": "br0",
        "DiskPath": "/old/machines/web1/web1.img", "LocalPorts": ""})");
    orch::fs::write_atomic(dir / "disk.qcow2", "a disk", 0600);
    orch::fs::write_atomic(dir / "boot2docker.iso", "an ISO", 0600);
    CHECK(driver.refresh(record, fake.job) == State::stopped);
    const auto reach = driver.reach(record);
    CHECK(reach.url == "tcp://127.0.0.1:40002");
    CHECK(reach.ssh.key == dir / "id_rsa");
    CHECK(reach.ssh.user == "docker");
    driver.power(record, Power::start, fake.job);
    CHECK(programs.said_last("ide-cd,"));
    CHECK(record.at("FirstQuery") == true);
    driver.remove(record, fake.job);
    CHECK_FALSE(std::filesystem::exists(dir / "disk.qcow2"));
}

TEST_CASE("qemu: the processor is in the program's name") {
    CHECK(qemu::arch_of("/opt/bin/qemu-system-aarch64") == "aarch64");
    CHECK(qemu::arch_of("qemu-system-x86_64") == "x86_64");
    CHECK(qemu::arch_of("qemu-kvm") == qemu::host_arch());
}
