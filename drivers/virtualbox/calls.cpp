#include "drivers/virtualbox/calls.hpp"

#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <charconv>

namespace orch::drivers::virtualbox {

namespace {

constexpr auto controller = "SATA";
constexpr std::string_view rule = "ssh,tcp,127.0.0.1,";

std::string on_off(bool value) { return value ? "on" : "off"; }

void append(Args& args, const Args& more) { args.insert(args.end(), more.begin(), more.end()); }

Args x86_board() {
    return {
        "--firmware",
        "bios",
        "--bioslogofadein",
        "off",
        "--bioslogofadeout",
        "off",
        "--bioslogodisplaytime",
        "0",
        "--biosbootmenu",
        "disabled",
        "--ostype",
        "Linux26_64",
        "--acpi",
        "on",
        "--ioapic",
        "on",
        "--rtcuseutc",
        "on",
        "--cpuhotplug",
        "off",
        "--pae",
        "on",
        "--hpet",
        "on",
        "--hwvirtex",
        "on",
        "--nestedpaging",
        "on",
        "--largepages",
        "on",
        "--vtxvpid",
        "on",
        "--accelerate3d",
        "off",
    };
}

Args arm_board() {
    return {
        "--chipset",
        "armv8virtual",
        "--firmware",
        "efi64",
        "--graphicscontroller",
        "qemuramfb",
        "--ostype",
        "Linux_arm64",
        "--rtc-use-utc",
        "on",
        "--cpu-hotplug",
        "off",
    };
}

Args attach(
    const std::string& id, Port port, const std::string& type, const std::filesystem::path& file
) {
    return {
        "storageattach",
        id,
        "--storagectl",
        controller,
        "--port",
        std::to_string(static_cast<int>(port)),
        "--device",
        "0",
        "--type",
        type,
        "--medium",
        file.string(),
    };
}

} // namespace

Args create_vm(
    const std::string& name, const std::string& id, const std::filesystem::path& folder
) {
    return {
        "createvm", "--basefolder", folder.string(), "--name", name, "--uuid", id, "--register"};
}

Args set_hardware(const std::string& id, const Hardware& hardware) {
    Args args{
        "modifyvm",
        id,
        "--cpus",
        std::to_string(hardware.cpus),
        "--memory",
        std::to_string(hardware.memory)};
    append(args, hardware.arm ? arm_board() : x86_board());
    append(
        args,
        {"--natdnshostresolver1",
         on_off(hardware.host_resolver),
         "--natdnsproxy1",
         on_off(hardware.dns_proxy)}
    );
    append(args, {"--boot1", hardware.boots_disk ? "disk" : "dvd"});
    if (hardware.boots_disk)
        append(args, {"--boot2", "none", "--boot3", "none", "--boot4", "none"});
    if (!hardware.serial_log.empty())
        append(
            args, {"--uart1", "0x3F8", "4", "--uartmode1", "file", hardware.serial_log.string()}
        );
    return args;
}

Args nat_card(const std::string& id, const std::string& type) {
    return {"modifyvm", id, "--nic1", "nat", "--nictype1", type, "--cableconnected1", "on"};
}

Args host_only_card(
    const std::string& id,
    const Attachment& attachment,
    const std::string& type,
    const std::string& promiscuous
) {
    Args args{
        "modifyvm",
        id,
        "--nic2",
        attachment.is_network ? "hostonlynet" : "hostonly",
        "--nictype2",
        type,
        "--nicpromisc2",
        promiscuous};
    append(
        args,
        {attachment.is_network ? "--host-only-net2" : "--hostonlyadapter2",
         attachment.name,
         "--cableconnected2",
         "on"}
    );
    return args;
}

Args storage_controller(const std::string& id) {
    return {"storagectl", id, "--name", controller, "--add", "sata", "--hostiocache", "on"};
}

Args attach_cd(const std::string& id, const std::filesystem::path& file) {
    return attach(id, Port::cd, "dvddrive", file);
}

Args attach_disk(const std::string& id, Port port, const std::filesystem::path& file) {
    return attach(id, port, "hdd", file);
}

Args disk_serial(const std::string& id, Port port, const std::string& serial) {
    return {
        "setextradata",
        id,
        fmt::format(
            "VBoxInternal/Devices/ahci/0/Config/Port{}/SerialNumber", static_cast<int>(port)
        ),
        serial};
}

std::string disk_by_serial(const std::string& serial) {
    return "/dev/disk/by-id/ata-VBOX_HARDDISK_" + serial;
}

std::vector<Args> mount_places(const std::string& id) {
    constexpr std::string_view at = "/VirtualBox/GuestAdd/SharedFolders/";
    return {
        {"guestproperty", "set", id, fmt::format("{}MountPrefix", at), "/"},
        {"guestproperty", "set", id, fmt::format("{}MountDir", at), "/"},
    };
}

std::vector<Args> share(const std::string& id, const Share& share) {
    return {
        {"sharedfolder", "add", id, "--name", share.name, "--hostpath", share.dir, "--automount"},
        {"setextradata", id, "VBoxInternal2/SharedFoldersEnableSymlinksCreate/" + share.name, "1"},
    };
}

Args forget_ssh(const std::string& id) { return {"modifyvm", id, "--natpf1", "delete", "ssh"}; }

Args forward_ssh(const std::string& id, int port) {
    return {"modifyvm", id, "--natpf1", fmt::format("{}{},,22", rule, port)};
}

Args forward_ssh_now(const std::string& id, int port) {
    return {"controlvm", id, "natpf1", fmt::format("{}{},,22", rule, port)};
}

int ssh_port(const VmInfo& vm) {
    for (int i = 0;; ++i) {
        const auto forward = vm.get(fmt::format("Forwarding({})", i));
        if (forward.empty())
            return 0;
        const auto parts = text::split(forward, ',');
        if (parts.size() != 6 || parts[0] != "ssh")
            continue;
        int port = 0;
        std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), port);
        return port;
    }
}

Args start(const std::string& id, const std::string& ui_type) {
    return {"startvm", id, "--type", ui_type};
}

Args control(const std::string& id, const std::string& verb) { return {"controlvm", id, verb}; }

} // namespace orch::drivers::virtualbox
