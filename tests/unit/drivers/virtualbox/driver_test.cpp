#include "tests/unit/drivers/virtualbox/fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace drivers = orch::drivers;
using drivers::Power;
using drivers::Record;
using drivers::State;
using orch::Kind;
using orch::test::error_of;
using orch::test::Lines;

namespace {

struct Fixture : orch::test::VirtualBox {};

} // namespace

TEST_CASE_FIXTURE(
    Fixture, "virtualbox: a machine is made by the documented calls, in their order"
) {
    const auto record = create();
    const auto port = std::to_string(record["SSHPort"].get<int>());
    auto lines = called("");
    std::erase_if(lines, [](const std::string& line) {
        return line.starts_with("list") || line.starts_with("showvminfo") ||
               line.starts_with("--version") || line.starts_with("dhcpserver findlease");
    });
    const Lines expected{
        "convertfromraw stdin D/system.vmdk 3145728 --format VMDK",
        "createmedium disk --filename D/disk.vmdk --size 20000 --format VMDK",
        "createvm --basefolder D --name web1 --uuid ID --register",
        "modifyvm ID --cpus 1 --memory 1024 --firmware bios --bioslogofadein off "
        "--bioslogofadeout off --bioslogodisplaytime 0 --biosbootmenu disabled --ostype Linux26_64 "
        "--acpi on --ioapic on --rtcuseutc on --cpuhotplug off --pae on --hpet on --hwvirtex on "
        "--nestedpaging on --largepages on --vtxvpid on --accelerate3d off --natdnshostresolver1 "
        "off --natdnsproxy1 on --boot1 disk --boot2 none --boot3 none --boot4 none --uart1 0x3F8 4 "
        "--uartmode1 file D/serial.log",
        "modifyvm ID --nic1 nat --nictype1 82540EM --cableconnected1 on",
        "hostonlyif create",
        "hostonlyif ipconfig vboxnet0 --ip 192.168.59.1 --netmask 255.255.255.0",
        "dhcpserver add --netname HostInterfaceNetworking-vboxnet0 --ip 192.168.59.2 --netmask "
        "255.255.255.0 --lowerip 192.168.59.100 --upperip 192.168.59.254 --enable",
        "modifyvm ID --nic2 hostonly --nictype2 82540EM --nicpromisc2 deny --hostonlyadapter2 "
        "vboxnet0 --cableconnected2 on",
        "storagectl ID --name SATA --add sata --hostiocache on",
        "storageattach ID --storagectl SATA --port 0 --device 0 --type dvddrive --medium "
        "D/seed.iso",
        "storageattach ID --storagectl SATA --port 1 --device 0 --type hdd --medium D/system.vmdk",
        "storageattach ID --storagectl SATA --port 2 --device 0 --type hdd --medium D/disk.vmdk",
        "setextradata ID VBoxInternal/Devices/ahci/0/Config/Port2/SerialNumber orchdata",
        "guestproperty set ID /VirtualBox/GuestAdd/SharedFolders/MountPrefix /",
        "guestproperty set ID /VirtualBox/GuestAdd/SharedFolders/MountDir /",
        "modifyvm ID --natpf1 delete ssh",
        "modifyvm ID --natpf1 ssh,tcp,127.0.0.1," + port + ",,22",
        "startvm ID --type headless",
    };
    CHECK(lines == expected);
    CHECK(box.raw.at((machine() / "system.vmdk").string()) == 3 << 20);
    for (const auto& command : box.commands)
        CHECK(command.env.at("LC_ALL") == "C");
}

TEST_CASE_FIXTURE(
    Fixture, "virtualbox: the record is docker-machine's, and says how to get there"
) {
    const auto record = create();
    for (const auto* field :
         {"VBoxManager",
          "HostInterfaces",
          "CPU",
          "Memory",
          "DiskSize",
          "NatNicType",
          "Boot2DockerURL",
          "Boot2DockerImportVM",
          "HostDNSResolver",
          "HostOnlyCIDR",
          "HostOnlyNicType",
          "HostOnlyPromiscMode",
          "UIType",
          "HostOnlyNoDHCP",
          "NoShare",
          "DNSProxy",
          "NoVTXCheck",
          "ShareFolder"}) {
        CAPTURE(field);
        CHECK(record.contains(field));
    }
    CHECK(record["VBoxManager"] == Record::object());
    CHECK(record["DNSProxy"] == true);
    const auto reach = driver().reach(record);
    CHECK(reach.address == "192.168.59.101");
    CHECK(reach.url == "tcp://192.168.59.101:2376");
    CHECK(reach.ssh.host == "127.0.0.1");
    CHECK(reach.ssh.port == record["SSHPort"].get<int>());
    CHECK(reach.ssh.user == "docker");
    CHECK(reach.ssh.key == machine() / "id_rsa");
    CHECK(orch::fs::read_file(machine() / "seed.iso").find("web1") != std::string::npos);
}

TEST_CASE_FIXTURE(
    Fixture, "virtualbox: the id is on disk before the VM is, the port before it runs"
) {
    bool early = false;
    bool with_port = false;
    auto maker = driver();
    const drivers::Request request{.values = values};
    const auto save = [&](const Record& record) {
        early = early || (box.vms.empty() && !record["VMId"].get<std::string>().empty());
        const bool off = !box.vms.empty() && vm().state == "poweroff";
        with_port = with_port || (off && record["SSHPort"].get<int>() != 0);
    };
    maker.create(request, save, fake.job);
    CHECK(early);
    CHECK(with_port);
}

TEST_CASE_FIXTURE(Fixture, "virtualbox: boot2docker's CD, disk and shares") {
    const auto iso = dir.write("b2d.iso", orch::test::iso_image("Boot2Docker-v19.03.12"));
    const auto shared = dir.path() / "code";
    std::filesystem::create_directories(shared);
    values.set("virtualbox-boot2docker-url", "file://" + iso.string());
    values.set("virtualbox-share-folder", shared.string() + ":src");
    values.set("virtualbox-disk-size", 200);
    const auto record = create();
    CHECK(box.raw.at((machine() / "disk.vmdk").string()) == 200ULL << 20);
    CHECK(box.first_bytes.starts_with("boot2docker, please format-me"));
    CHECK(orch::fs::read_file(machine() / "boot2docker.iso") == orch::fs::read_file(iso));
    CHECK(called("storageattach").size() == 2);
    CHECK(called("modifyvm ID --cpus").at(0).ends_with("--boot1 dvd"));
    CHECK(
        called("sharedfolder") ==
        Lines{"sharedfolder add ID --name src --hostpath " + shared.string() + " --automount"}
    );
    CHECK(
        called("setextradata") ==
        Lines{"setextradata ID VBoxInternal2/SharedFoldersEnableSymlinksCreate/src 1"}
    );
    CHECK_FALSE(record.contains("Image"));
}

TEST_CASE_FIXTURE(Fixture, "virtualbox: a VM of boot2docker is imported with its disk and key") {
    dir.write(".ssh/id_boot2docker", "the key");
    orch::fs::make_private_dir(dir.path() / "cache");
    dir.write("cache/boot2docker.iso", orch::test::iso_image("Boot2Docker-v19.03.12"));
    const auto disk = dir.write("old/disk.vmdk", "disk");
    box.vms["old-id"] = {
        .name = "boot2docker-vm",
        .id = "old-id",
        .folder = dir.path() / "old",
        .state = "running",
        .disks = {disk.string()}};
    values.set("virtualbox-import-boot2docker-vm", std::string("boot2docker-vm"));
    const auto record = create();
    CHECK(called("controlvm") == Lines{"controlvm boot2docker-vm poweroff"});
    CHECK(called("clonehd") == Lines{"clonehd " + disk.string() + " D/disk.vmdk"});
    CHECK(record["CPU"] == 3);
    CHECK(record["Memory"] == 2048);
    CHECK(orch::fs::read_file(machine() / "id_rsa") == "the key");
}

TEST_CASE_FIXTURE(Fixture, "virtualbox: what a user must know is said before anything is made") {
    SUBCASE("it is not installed") {
        host.environment = {};
        CHECK(refused().message().starts_with("VBoxManage not found"));
    }
    SUBCASE("it is too old") {
        box.version = "4.2.0r1\n";
        CHECK(refused().message().find("VirtualBox is 4.2") != std::string::npos);
    }
    SUBCASE("it has no version") {
        box.version = "WARNING: what\n";
        CHECK(refused().kind() == Kind::unsupported);
    }
    SUBCASE("the processor's virtualization is off") {
        host.virtualizes = [] { return false; };
        CHECK(refused().message().find("VT-X/AMD-v") != std::string::npos);
        values.set("virtualbox-no-vtx-check", true);
        CHECK_NOTHROW(create());
        return;
    }
    SUBCASE("its modules are not loaded") {
        box.fail(
            "list hostonlyifs", "VBoxManage: error: Failed to create the VirtualBox object!\n"
        );
        CHECK(refused().hint().find("vboxconfig") != std::string::npos);
    }
    SUBCASE("the network is outside of what it allows") {
        values.set("virtualbox-hostonly-cidr", std::string("192.168.99.1/24"));
        const auto error = refused();
        CHECK(error.kind() == Kind::denied);
        CHECK(error.hint().find("\"* 192.168.99.0/24\"") != std::string::npos);
        dir.write("networks.conf", "* 192.168.99.0/24\n");
        CHECK_NOTHROW(create());
        return;
    }
    SUBCASE("a VM of that name is there") {
        box.vms["other"] = {.name = "web1", .id = "other", .folder = "/elsewhere"};
        CHECK(refused().kind() == Kind::conflict);
        CHECK(box.vms.contains("other"));
        return;
    }
    SUBCASE("the file with user data is missing") {
        values.set("virtualbox-userdata", std::string("/none"));
        CHECK(refused().kind() == Kind::not_found);
    }
    CHECK(box.vms.empty());
    CHECK(box.lines("create").empty());
}

TEST_CASE_FIXTURE(
    Fixture, "virtualbox: faults that pass are waited for, also those with exit code 0"
) {
    box.fail("createvm", "VBoxManage: error: The object is not ready\n", 3);
    box.fail(
        "modifyvm",
        "VBoxManage: error: The machine 'web1' is already locked for a session (or being "
        "unlocked)\nVBoxManage: error: Details: code VBOX_E_INVALID_OBJECT_STATE\n",
        10
    );
    create();
    CHECK(called("createvm").size() == 4);
    CHECK(vm().state == "running");
    box.fail("controlvm", "VBoxManage: error: it failed\n", 1, 0);
    auto record = saved.back();
    auto power = driver();
    CHECK(error_of([&] {
              power.power(record, Power::kill, fake.job);
          }).message() == "VBoxManage controlvm failed: it failed");
}

TEST_CASE_FIXTURE(Fixture, "virtualbox: remove takes all away, from any state, twice") {
    const auto record = create();
    auto remover = driver();
    SUBCASE("running") {}
    SUBCASE("saved") { vm().state = "saved"; }
    SUBCASE("off") { vm().state = "poweroff"; }
    SUBCASE("still locked after it was switched off") {
        box.fail(
            "unregistervm",
            "VBoxManage: error: Cannot unregister the machine 'web1' while it "
            "is locked\n",
            5
        );
    }
    remover.remove(record, fake.job);
    CHECK(box.vms.empty());
    CHECK_FALSE(std::filesystem::exists(machine() / "system.vmdk"));
    CHECK_FALSE(std::filesystem::exists(machine() / "disk.vmdk"));
    CHECK_NOTHROW(remover.remove(record, fake.job));
}

TEST_CASE_FIXTURE(Fixture, "virtualbox: remove cleans up after a create that broke off anywhere") {
    for (const auto* point :
         {"convertfromraw",
          "createmedium",
          "createvm",
          "modifyvm",
          "storagectl",
          "storageattach",
          "guestproperty",
          "startvm"}) {
        CAPTURE(point);
        box.fail(point, "VBoxManage: error: no\n", 1);
        CHECK(refused().kind() == Kind::remote);
        REQUIRE_FALSE(saved.empty());
        driver().remove(saved.back(), fake.job);
        CHECK(box.vms.empty());
        CHECK_FALSE(std::filesystem::exists(machine() / "disk.vmdk"));
        saved.clear();
    }
    orch::fs::make_private_dir(machine() / "web1"); // made, but not registered
    driver().remove(Record{{"VMId", "x"}}, fake.job);
    CHECK_FALSE(std::filesystem::exists(machine() / "web1"));
    CHECK_NOTHROW(create());
}

TEST_CASE_FIXTURE(
    Fixture, "virtualbox: machines of docker-machine are found by name, and only ours"
) {
    Record old{{"MachineName", "web1"}, {"HostOnlyCIDR", "192.168.99.1/24"}, {"SSHPort", 0}};
    auto driver_of_old = driver();
    box.vms["x"] = {.name = "web1", .id = "x", .folder = machine() / "web1"};
    CHECK(driver_of_old.refresh(old, fake.job) == State::stopped);
    SUBCASE("its own is removed") {
        driver_of_old.remove(old, fake.job);
        CHECK(box.vms.empty());
    }
    SUBCASE("another one of that name stays") {
        box.vms["x"].folder = "/home/me/VirtualBox VMs/web1";
        driver_of_old.remove(old, fake.job);
        CHECK(box.vms.size() == 1);
        CHECK(box.lines("unregistervm").empty());
    }
    SUBCASE("its old network is refused with the line that allows it") {
        box.fail("hostonlyif ipconfig", "VBoxManage: error: Code E_ACCESSDENIED (0x80070005)\n");
        const auto error = error_of([&] { driver_of_old.power(old, Power::start, fake.job); });
        CHECK(error.kind() == Kind::denied);
        CHECK(error.hint().find("/etc/vbox/networks.conf") != std::string::npos);
        CHECK(box.adapters.empty());
    }
}

TEST_CASE_FIXTURE(
    Fixture, "virtualbox: a guest of boot2docker gets a new CD, others their packages"
) {
    auto record = create();
    CHECK_FALSE(driver().upgrade(record, fake.job));
    dir.write("cache/boot2docker.iso", orch::test::iso_image("Boot2Docker-v19.03.12"));
    orch::fs::write_atomic(
        machine() / "boot2docker.iso", orch::test::iso_image("Boot2Docker-v19.03.5"), 0600
    );
    record.erase("Image");
    const auto replaced = driver().upgrade(record, fake.job);
    REQUIRE(replaced);
    CHECK(replaced->before == "v19.03.5");
    CHECK(replaced->after == "v19.03.12");
    CHECK(vm().state == "running");
    box.calls.clear();
    CHECK(driver().upgrade(record, fake.job)->after == "v19.03.12");
    CHECK(box.lines("controlvm").empty());
}
