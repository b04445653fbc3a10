// Which provisioner a host gets, by the /etc/os-release that its distribution ships.
#include "lib/base/error.hpp"
#include "machine/provision/provisioner.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace provision = orch::machine::provision;

namespace {

struct Case {
    const char* provisioner;
    bool docker_script; // whether Docker's own script knows the system
    const char* os_release;
};

const std::vector<Case> systems{
    {"ubuntu(systemd)",
     true,
     "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\n"
     "VERSION=\"24.04.1 LTS (Noble Numbat)\"\nVERSION_CODENAME=noble\nID=ubuntu\n"
     "ID_LIKE=debian\nUBUNTU_CODENAME=noble\nLOGO=ubuntu-logo\n"},
    {"ubuntu(systemd)",
     true,
     "NAME=\"Linux Mint\"\nVERSION=\"21.3 (Virginia)\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"
     "PRETTY_NAME=\"Linux Mint 21.3\"\nVERSION_ID=\"21.3\"\nUBUNTU_CODENAME=jammy\n"},
    {"debian",
     true,
     "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n"
     "VERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n"},
    {"debian",
     true,
     "PRETTY_NAME=\"Raspbian GNU/Linux 11 (bullseye)\"\nVERSION_ID=\"11\"\nID=raspbian\n"
     "ID_LIKE=debian\n"},
    {"debian",
     true,
     "PRETTY_NAME=\"Kali GNU/Linux Rolling\"\nNAME=\"Kali GNU/Linux\"\nVERSION_ID=\"2024.3\"\n"
     "ID=kali\nID_LIKE=debian\n"},
    {"fedora",
     true,
     "NAME=\"Fedora Linux\"\nVERSION=\"40 (Cloud Edition)\"\nID=fedora\nVERSION_ID=40\n"
     "PRETTY_NAME=\"Fedora Linux 40 (Cloud Edition)\"\nVARIANT=\"Cloud Edition\"\n"
     "VARIANT_ID=cloud\n"},
    {"fedora-coreos",
     false,
     "NAME=\"Fedora Linux\"\nVERSION=\"40.20240906.3.0 (CoreOS)\"\nID=fedora\nVERSION_ID=40\n"
     "PRETTY_NAME=\"Fedora CoreOS 40.20240906.3.0\"\nVARIANT=\"CoreOS\"\nVARIANT_ID=coreos\n"},
    {"redhat",
     true,
     "NAME=\"Red Hat Enterprise Linux\"\nVERSION=\"9.4 (Plow)\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\n"
     "VERSION_ID=\"9.4\"\nPRETTY_NAME=\"Red Hat Enterprise Linux 9.4 (Plow)\"\n"},
    {"centos",
     true,
     "NAME=\"CentOS Stream\"\nVERSION=\"9\"\nID=\"centos\"\nID_LIKE=\"rhel fedora\"\n"
     "VERSION_ID=\"9\"\nPRETTY_NAME=\"CentOS Stream 9\"\n"},
    {"centos",
     true,
     "NAME=\"CentOS Linux\"\nVERSION=\"7 (Core)\"\nID=\"centos\"\nID_LIKE=\"rhel fedora\"\n"
     "VERSION_ID=\"7\"\nPRETTY_NAME=\"CentOS Linux 7 (Core)\"\n"},
    {"rocky",
     false,
     "NAME=\"Rocky Linux\"\nVERSION=\"9.4 (Blue Onyx)\"\nID=\"rocky\"\n"
     "ID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\nPRETTY_NAME=\"Rocky Linux 9.4\"\n"},
    {"almalinux",
     false,
     "NAME=\"AlmaLinux\"\nVERSION=\"9.4 (Seafoam Ocelot)\"\nID=\"almalinux\"\n"
     "ID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\nPRETTY_NAME=\"AlmaLinux 9.4\"\n"},
    {"ol",
     false,
     "NAME=\"Oracle Linux Server\"\nVERSION=\"9.4\"\nID=\"ol\"\nID_LIKE=\"fedora\"\n"
     "VARIANT=\"Server\"\nVARIANT_ID=\"server\"\nVERSION_ID=\"9.4\"\n"},
    {"redhat", // a derivative that only says what it is like; Docker's script refuses it
     false,
     "NAME=\"EuroLinux\"\nID=\"eurolinux\"\nID_LIKE=\"rhel fedora centos\"\nVERSION_ID=\"9.3\"\n"},
    {"amzn",
     false,
     "NAME=\"Amazon Linux\"\nVERSION=\"2023\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\n"
     "VERSION_ID=\"2023\"\nPRETTY_NAME=\"Amazon Linux 2023.5.20240903\"\n"},
    {"amzn",
     false,
     "NAME=\"Amazon Linux\"\nVERSION=\"2\"\nID=\"amzn\"\nID_LIKE=\"centos rhel fedora\"\n"
     "VERSION_ID=\"2\"\nPRETTY_NAME=\"Amazon Linux 2\"\n"},
    {"SUSE",
     false,
     "NAME=\"openSUSE Leap\"\nVERSION=\"15.6\"\nID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n"
     "VERSION_ID=\"15.6\"\nPRETTY_NAME=\"openSUSE Leap 15.6\"\n"},
    {"SUSE",
     false,
     "NAME=\"openSUSE Tumbleweed\"\nID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n"
     "VERSION_ID=\"20240912\"\nPRETTY_NAME=\"openSUSE Tumbleweed\"\n"},
    {"SUSE",
     false,
     "NAME=\"SLES\"\nVERSION=\"15-SP6\"\nVERSION_ID=\"15.6\"\n"
     "PRETTY_NAME=\"SUSE Linux Enterprise Server 15 SP6\"\nID=\"sles\"\nID_LIKE=\"suse\"\n"},
    {"SUSE",
     false,
     "NAME=\"SLE Micro\"\nVERSION=\"5.5\"\nVERSION_ID=\"5.5\"\n"
     "PRETTY_NAME=\"SUSE Linux Enterprise Micro 5.5\"\nID=\"sle-micro\"\nID_LIKE=\"suse\"\n"},
    {"arch", false, "NAME=\"Arch Linux\"\nPRETTY_NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n"},
    {"arch",
     false,
     "NAME=\"Manjaro Linux\"\nPRETTY_NAME=\"Manjaro Linux\"\nID=manjaro\nID_LIKE=arch\n"
     "BUILD_ID=rolling\n"},
    {"alpine",
     false,
     "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME=\"Alpine Linux v3.20\"\n"},
    {"flatcar",
     false,
     "NAME=\"Flatcar Container Linux by Kinvolk\"\nID=flatcar\nID_LIKE=coreos\n"
     "VERSION=3975.2.1\nVERSION_ID=3975.2.1\n"},
    {"coreOS",
     false,
     "NAME=\"Container Linux by CoreOS\"\nID=coreos\nVERSION=2512.3.0\nVERSION_ID=2512.3.0\n"},
    {"boot2docker",
     false,
     "NAME=Boot2Docker\nVERSION=19.03.12\nID=boot2docker\nID_LIKE=tcl\nVERSION_ID=19.03.12\n"
     "PRETTY_NAME=\"Boot2Docker 19.03.12 (TCL 10.1)\"\n"},
    {"systemd",
     true,
     "NAME=\"VMware Photon OS\"\nVERSION=\"5.0\"\nID=photon\nVERSION_ID=5.0\n"
     "PRETTY_NAME=\"VMware Photon OS/Linux\"\n"},
};

provision::Facts facts_of(const std::string& os_release) {
    provision::Facts facts;
    facts.os = provision::parse_os_release(os_release);
    facts.openrc = facts.os.id == "alpine";
    facts.systemd = !facts.openrc && facts.os.id != "boot2docker";
    return facts;
}

} // namespace

TEST_CASE("provisioner: every system gets its own row before one that it is like") {
    for (const auto& system : systems) {
        CAPTURE(system.os_release);
        const auto facts = facts_of(system.os_release);
        const auto& row = provision::detect(facts);
        CHECK(row.name == system.provisioner);
        CHECK(row.takes_docker_script(facts.os) == system.docker_script);
    }
}

TEST_CASE("provisioner: a system that brings its engine along has no packages, all others do") {
    for (const auto& row : provision::provisioners()) {
        CAPTURE(row.name);
        const bool image = row.name == "fedora-coreos" || row.name == "flatcar" ||
                           row.name == "coreOS" || row.name == "boot2docker";
        CHECK(row.packages.empty() == image);
        CHECK(row.install_engine.empty() == image);
    }
}

TEST_CASE("provisioner: boot2docker keeps its files where they outlive a start") {
    const auto& row = provision::detect(facts_of("ID=boot2docker\n"));
    CHECK(row.options_dir() == "/var/lib/boot2docker");
    CHECK(provision::detect(facts_of("ID=debian\n")).options_dir() == "/etc/docker");
}

TEST_CASE("provisioner: an unknown system and one without its service manager are refused by name"
) {
    provision::Facts facts;
    facts.os = {.id = "plan9", .pretty_name = "Plan 9"};
    CHECK_THROWS_WITH_AS(
        provision::detect(facts), "Error detecting OS: OS type not recognized (Plan 9)", orch::Error
    );
    facts.os = {.id = "devuan", .id_like = {"debian"}, .pretty_name = "Devuan"};
    CHECK_THROWS_WITH_AS(
        provision::detect(facts), "Error detecting OS: Devuan runs without systemd", orch::Error
    );
    facts.os = {.id = "alpine", .pretty_name = "Alpine in a container"};
    CHECK_THROWS_WITH_AS(
        provision::detect(facts),
        "Error detecting OS: Alpine in a container runs without OpenRC",
        orch::Error
    );
}
