#include "drivers/virtualbox/wishes.hpp"

#include "drivers/kit/images.hpp"
#include "drivers/virtualbox/network.hpp"
#include "lib/base/error.hpp"

#include <algorithm>
#include <unistd.h>
#include <vector>

namespace orch::drivers::virtualbox {

namespace {

constexpr int most_cpus = 32;

std::vector<Option> machine_options() {
    return {
        {.name = "virtualbox-memory",
         .env = "VIRTUALBOX_MEMORY_SIZE",
         .kind = OptionKind::integer,
         .fallback = "1024",
         .help = "Memory in MB"},
        {.name = "virtualbox-cpu-count",
         .env = "VIRTUALBOX_CPU_COUNT",
         .kind = OptionKind::integer,
         .fallback = "1",
         .help = "Processors; -1 for all of this computer's"},
        {.name = "virtualbox-disk-size",
         .env = "VIRTUALBOX_DISK_SIZE",
         .kind = OptionKind::integer,
         .fallback = "20000",
         .help = "Size of the disk for images and containers in MB"},
        {.name = "virtualbox-image",
         .env = "VIRTUALBOX_IMAGE",
         .fallback = std::string(kit::default_image),
         .help = "Cloud image that the guest runs: a name, a file or a URL",
         .choices = kit::image_names(),
         .open_ended = true},
        {.name = "virtualbox-userdata",
         .env = "VIRTUALBOX_USERDATA",
         .help = "File with further user data for the image's cloud-init"},
        {.name = "virtualbox-boot2docker-url",
         .env = "VIRTUALBOX_BOOT2DOCKER_URL",
         .help = "Run this boot2docker ISO instead of a cloud image"},
        {.name = "virtualbox-import-boot2docker-vm",
         .env = "VIRTUALBOX_BOOT2DOCKER_IMPORT_VM",
         .help = "VM of boot2docker whose disk is copied"},
        {.name = "virtualbox-ui-type",
         .env = "VIRTUALBOX_UI_TYPE",
         .fallback = "headless",
         .help = "Window of the guest",
         .choices = {"gui", "sdl", "headless", "separate"}},
        {.name = "virtualbox-no-vtx-check",
         .env = "VIRTUALBOX_NO_VTX_CHECK",
         .kind = OptionKind::flag,
         .help = "Do not check that the processor's virtualization can be used"},
    };
}

std::vector<Option> network_options() {
    return {
        {.name = "virtualbox-host-dns-resolver",
         .env = "VIRTUALBOX_HOST_DNS_RESOLVER",
         .kind = OptionKind::flag,
         .help = "Resolve the guest's names with this computer's resolver"},
        {.name = "virtualbox-no-dns-proxy",
         .env = "VIRTUALBOX_NO_DNS_PROXY",
         .kind = OptionKind::flag,
         .help = "Do not pass the guest's DNS requests on to this computer's servers"},
        {.name = "virtualbox-nat-nictype",
         .env = "VIRTUALBOX_NAT_NICTYPE",
         .fallback = "82540EM",
         .help = "Kind of the network card that leads outside"},
        {.name = "virtualbox-hostonly-cidr",
         .env = "VIRTUALBOX_HOSTONLY_CIDR",
         .fallback = "192.168.59.1/24",
         .help = "This computer's address in the network of the machines"},
        {.name = "virtualbox-hostonly-nictype",
         .env = "VIRTUALBOX_HOSTONLY_NIC_TYPE",
         .fallback = "82540EM",
         .help = "Kind of the network card in that network"},
        {.name = "virtualbox-hostonly-nicpromisc",
         .env = "VIRTUALBOX_HOSTONLY_NIC_PROMISC",
         .fallback = "deny",
         .help = "What that card may listen to",
         .choices = {"deny", "allow-vms", "allow-all"}},
        {.name = "virtualbox-hostonly-no-dhcp",
         .env = "VIRTUALBOX_HOSTONLY_NO_DHCP",
         .kind = OptionKind::flag,
         .help = "No DHCP server of VirtualBox in that network"},
    };
}

std::vector<Option> share_options() {
    return {
        {.name = "virtualbox-share-folder",
         .env = "VIRTUALBOX_SHARE_FOLDER",
         .help = "Directory that the guest may mount, as DIR:NAME"},
        {.name = "virtualbox-no-share",
         .env = "VIRTUALBOX_NO_SHARE",
         .kind = OptionKind::flag,
         .help = "Do not share this computer's home directories with a boot2docker guest"},
    };
}

std::vector<Option> all_options() {
    auto options = machine_options();
    for (auto& option : network_options())
        options.push_back(std::move(option));
    for (auto& option : share_options())
        options.push_back(std::move(option));
    return options;
}

void check_at_least(const Values& values, const char* option, int least) {
    if (values.integer(option) < least)
        throw Error(
            Kind::usage, "--{} takes {} MB or more, not {}", option, least, values.integer(option)
        );
}

int processors(int wish) {
    const auto all = static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    return std::min(wish < 1 ? all : wish, most_cpus);
}

} // namespace

Info info() {
    return {
        .name = "virtualbox",
        .summary = "A virtual machine of VirtualBox on this computer",
        .options = all_options(),
    };
}

std::optional<Share> parse_share(const std::string& written) {
    if (written.empty())
        return std::nullopt;
    const auto colon = written.rfind(':');
    Share share{
        .name = colon == std::string::npos ? "" : written.substr(colon + 1),
        .dir = written.substr(0, colon)};
    if (share.name.empty())
        share.name = share.dir.starts_with('/') ? share.dir.substr(1) : share.dir;
    if (share.dir.empty() || share.name.empty())
        throw Error(Kind::usage, "--virtualbox-share-folder takes DIR:NAME, not \"{}\"", written);
    return share;
}

void check_wishes(const Values& values) {
    check_at_least(values, "virtualbox-memory", 64);
    check_at_least(values, "virtualbox-disk-size", 100);
    parse_cidr(values.text("virtualbox-hostonly-cidr"));
    parse_share(values.text("virtualbox-share-folder"));
    const bool iso = !values.text("virtualbox-boot2docker-url").empty();
    if (iso && !values.text("virtualbox-import-boot2docker-vm").empty())
        throw Error(
            Kind::usage,
            "--virtualbox-boot2docker-url and --virtualbox-import-boot2docker-vm exclude each other"
        );
}

void note_wishes(const Values& values, Record& record) {
    record["VBoxManager"] = Record::object(); // docker-machine writes these two as well
    record["HostInterfaces"] = Record::object();
    record["CPU"] = processors(values.integer("virtualbox-cpu-count"));
    record["Memory"] = values.integer("virtualbox-memory");
    record["DiskSize"] = values.integer("virtualbox-disk-size");
    record["NatNicType"] = values.text("virtualbox-nat-nictype");
    record["Boot2DockerURL"] = values.text("virtualbox-boot2docker-url");
    record["Boot2DockerImportVM"] = values.text("virtualbox-import-boot2docker-vm");
    record["HostDNSResolver"] = values.flag("virtualbox-host-dns-resolver");
    record["HostOnlyCIDR"] = values.text("virtualbox-hostonly-cidr");
    record["HostOnlyNicType"] = values.text("virtualbox-hostonly-nictype");
    record["HostOnlyPromiscMode"] = values.text("virtualbox-hostonly-nicpromisc");
    record["UIType"] = values.text("virtualbox-ui-type");
    record["HostOnlyNoDHCP"] = values.flag("virtualbox-hostonly-no-dhcp");
    record["NoShare"] = values.flag("virtualbox-no-share");
    record["DNSProxy"] = !values.flag("virtualbox-no-dns-proxy");
    record["NoVTXCheck"] = values.flag("virtualbox-no-vtx-check");
    record["ShareFolder"] = values.text("virtualbox-share-folder");
}

} // namespace orch::drivers::virtualbox
