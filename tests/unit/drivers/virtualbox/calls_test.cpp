#include "drivers/virtualbox/calls.hpp"
#include "drivers/virtualbox/wishes.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace vbox = orch::drivers::virtualbox;
namespace drivers = orch::drivers;
using orch::Kind;
using orch::test::error_of;

namespace {

std::string line(const vbox::Args& args) { return orch::text::join(args, " "); }

drivers::Values defaults() {
    drivers::Values values;
    for (const auto& option : vbox::info().options)
        values.set(option.name, drivers::value_from_text(option, option.fallback));
    return values;
}

Kind kind_with(const std::string& option, drivers::Values::Value value) {
    auto values = defaults();
    values.set(option, std::move(value));
    return error_of([&] { vbox::check_wishes(values); }).kind();
}

} // namespace

TEST_CASE("virtualbox calls: a computer with an ARM processor has another board") {
    const auto call = line(vbox::set_hardware("ID", {.cpus = 2, .memory = 512, .arm = true}));
    CHECK(
        call == "modifyvm ID --cpus 2 --memory 512 --chipset armv8virtual --firmware efi64 "
                "--graphicscontroller qemuramfb --ostype Linux_arm64 --rtc-use-utc on "
                "--cpu-hotplug off --natdnshostresolver1 off --natdnsproxy1 on --boot1 disk "
                "--boot2 none --boot3 none --boot4 none"
    );
}

TEST_CASE("virtualbox calls: DNS options") {
    const auto call = line(vbox::set_hardware("ID", {.host_resolver = true, .dns_proxy = false}));
    CHECK(call.find("--natdnshostresolver1 on --natdnsproxy1 off") != std::string::npos);
}

TEST_CASE("virtualbox calls: networks of macOS are attached by the names of version 7") {
    CHECK(
        line(vbox::host_only_card("ID", {.name = "net", .is_network = true}, "virtio", "deny")) ==
        "modifyvm ID --nic2 hostonlynet --nictype2 virtio --nicpromisc2 deny --host-only-net2 "
        "net --cableconnected2 on"
    );
}

TEST_CASE("virtualbox calls: the port of ssh is read back") {
    CHECK(
        vbox::ssh_port(vbox::VmInfo("Forwarding(0)=\"web,tcp,,80,,80\"\n"
                                    "Forwarding(1)=\"ssh,tcp,127.0.0.1,2222,,22\"\n")) == 2222
    );
    CHECK(vbox::ssh_port(vbox::VmInfo("name=\"x\"\n")) == 0);
    CHECK(vbox::ssh_port(vbox::VmInfo("Forwarding(0)=\"ssh,tcp,127.0.0.1,x,,22\"\n")) == 0);
}

TEST_CASE("virtualbox wishes: shares are split at the last colon") {
    CHECK(vbox::parse_share("/home/me:code") == vbox::Share{"code", "/home/me"});
    CHECK(vbox::parse_share("C:\\me:code") == vbox::Share{"code", "C:\\me"});
    CHECK(vbox::parse_share("/srv/data") == vbox::Share{"srv/data", "/srv/data"});
    CHECK_FALSE(vbox::parse_share(""));
    CHECK(error_of([] { vbox::parse_share(":name"); }).kind() == Kind::usage);
}

TEST_CASE("virtualbox wishes: what cannot be read is refused, what is left out is docker-machine's"
) {
    CHECK_NOTHROW(vbox::check_wishes(defaults()));
    CHECK(kind_with("virtualbox-memory", 1) == Kind::usage);
    CHECK(kind_with("virtualbox-disk-size", 0) == Kind::usage);
    CHECK(kind_with("virtualbox-hostonly-cidr", std::string("192.168.59.0/24")) == Kind::usage);
    CHECK(kind_with("virtualbox-share-folder", std::string(":x")) == Kind::usage);
    auto values = defaults();
    values.set("virtualbox-boot2docker-url", std::string("x"));
    values.set("virtualbox-import-boot2docker-vm", std::string("y"));
    CHECK(error_of([&] { vbox::check_wishes(values); }).kind() == Kind::usage);
    drivers::Record record;
    values.set("virtualbox-cpu-count", 64);
    vbox::note_wishes(values, record);
    CHECK(record["CPU"] == 32);
    values.set("virtualbox-cpu-count", -1);
    vbox::note_wishes(values, record);
    CHECK(record["CPU"].get<int>() >= 1);
    CHECK(record["NatNicType"] == "82540EM");
}

TEST_CASE("virtualbox wishes: choices are refused by name") {
    const auto options = vbox::info().options;
    const auto found = std::find_if(options.begin(), options.end(), [](const auto& option) {
        return option.name == "virtualbox-ui-type";
    });
    REQUIRE(found != options.end());
    CHECK(error_of([&] { drivers::value_from_text(*found, "vnc"); }).kind() == Kind::usage);
}
