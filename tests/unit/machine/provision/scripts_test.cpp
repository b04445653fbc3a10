// The scripts that change hosts, run for real in a fake root with fake package and service managers
// that behave like the real ones.
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "machine/provision/scripts.hpp"
#include "tests/support/fake_root.hpp"

#include <doctest/doctest.h>

namespace machine = orch::machine;
namespace provision = orch::machine::provision;

using Lines = std::vector<std::string>;

namespace {

provision::Facts facts_of(const std::string& id, const std::string& version = "") {
    provision::Facts facts;
    facts.os.id = id;
    facts.os.version_id = version;
    facts.openrc = id == "alpine";
    facts.systemd = !facts.openrc && id != "boot2docker";
    facts.dockerd = "/usr/bin/dockerd";
    return facts;
}

std::string install(const provision::Facts& facts, const std::string& url) {
    return provision::install_script(provision::detect(facts), facts.os, url);
}

const std::string apt = "apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 ";

struct Family {
    std::string id;
    std::string version;
    Lines install; // calls on a host without curl
    std::string owner;
    Lines upgrade;
    std::string locked; // what its package manager says when another one works
};

const std::vector<Family> families{
    {"debian",
     "12",
     {apt + "update",
      apt + "install --no-install-recommends curl ca-certificates",
      apt + "update",
      apt + "install --no-install-recommends docker.io iptables"},
     "docker.io",
     {apt + "update", apt + "install --only-upgrade -o Dpkg::Options::=--force-confold docker.io"},
     "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 77 (apt-get)\n"
     "E: Unable to lock directory /var/lib/apt/lists/\n"},
    {"ubuntu",
     "24.04",
     {apt + "update",
      apt + "install --no-install-recommends curl ca-certificates",
      apt + "update",
      apt + "install --no-install-recommends docker.io iptables"},
     "docker-ce",
     {apt + "update", apt + "install --only-upgrade -o Dpkg::Options::=--force-confold docker-ce"},
     "E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily "
     "unavailable)\n"},
    {"fedora",
     "40",
     {"dnf -y install curl ca-certificates", "dnf -y install moby-engine"},
     "moby-engine",
     {"dnf -y upgrade moby-engine"},
     "Another app is currently holding the yum lock; waiting for it to exit...\n"},
    {"rocky",
     "9.4",
     {"dnf -y install curl ca-certificates",
      "curl -fsSL --connect-timeout 10 --max-time 60 -o /etc/yum.repos.d/docker-ce.repo "
      "https://download.docker.com/linux/centos/docker-ce.repo",
      "dnf -y install docker-ce docker-ce-cli containerd.io"},
     "docker-ce",
     {"dnf -y upgrade docker-ce docker-ce-cli containerd.io"},
     "Waiting for process with pid 812 to finish.\n"},
    {"rhel",
     "9.4",
     {"dnf -y install curl ca-certificates",
      "curl -fsSL --connect-timeout 10 --max-time 60 -o /etc/yum.repos.d/docker-ce.repo "
      "https://download.docker.com/linux/rhel/docker-ce.repo",
      "dnf -y install docker-ce docker-ce-cli containerd.io"},
     "docker-ce",
     {"dnf -y upgrade docker-ce docker-ce-cli containerd.io"},
     "Waiting for process with pid 812 to finish.\n"},
    {"amzn",
     "2023",
     {"dnf -y install curl ca-certificates", "dnf -y install docker"},
     "docker",
     {"dnf -y upgrade docker"},
     "Waiting for process with pid 812 to finish.\n"},
    {"opensuse-leap",
     "15.6",
     {"zypper -n install curl ca-certificates", "zypper -n install docker"},
     "docker",
     {"zypper -n update docker"},
     "System management is locked by the application with pid 1234 (zypper).\n"
     "Close this application before trying again.\n"},
    {"arch",
     "",
     {"pacman --noconfirm --noprogressbar -Sy --needed curl ca-certificates",
      "pacman --noconfirm --noprogressbar -Sy --needed docker"},
     "docker",
     {"pacman --noconfirm --noprogressbar -Sy --needed docker"},
     "error: failed to init transaction (unable to lock database)\n"
     "error: could not lock database: File exists\n"},
    {"alpine",
     "3.20.3",
     {"apk --wait 300 add --update-cache curl ca-certificates",
      "apk --wait 300 add --update-cache docker"},
     "docker-engine",
     {"apk --wait 300 add --update-cache --upgrade docker docker-engine"},
     "ERROR: Unable to lock database: Resource temporarily unavailable\n"
     "ERROR: Failed to open apk database: Resource temporarily unavailable\n"},
};

/// The paths of the fake root are longer than those of a host.
Lines without_root(Lines lines) {
    for (auto& line : lines) {
        const auto at = line.find(" -o /tmp");
        const auto etc = line.find("/etc/");
        if (at != std::string::npos && etc != std::string::npos)
            line.erase(at + 4, etc - at - 4);
    }
    return lines;
}

} // namespace

TEST_CASE("scripts: each family installs the engine with its own words") {
    for (const auto& family : families) {
        CAPTURE(family.id);
        orch::test::FakeRoot root(Lines{});
        root.package_managers();
        root.write("/etc/yum.repos.d/other.repo", "");
        const auto outcome = root.run(install(facts_of(family.id, family.version), "distro"));
        CAPTURE(outcome.err);
        CHECK(outcome.code == 0);
        CHECK(without_root(root.calls()) == family.install);
        CHECK(root.has("/bin/dockerd"));
    }
}

TEST_CASE("scripts: where the kernel has AppArmor, so has the engine") {
    orch::test::FakeRoot root;
    root.package_managers();
    root.write("/sys/module/apparmor/parameters/enabled", "Y\n");
    CHECK(root.run(install(facts_of("debian"), "distro")).code == 0);
    CHECK(
        root.calls().back() == apt + "install --no-install-recommends docker.io iptables apparmor"
    );
}

TEST_CASE("scripts: a package manager that another one has locked is asked again") {
    for (const auto& family : families) {
        CAPTURE(family.id);
        orch::test::FakeRoot root;
        root.package_managers(family.locked);
        root.program("curl");
        root.write("/etc/yum.repos.d/docker-ce.repo", "");
        const auto outcome = root.run(install(facts_of(family.id, family.version), "distro"));
        CAPTURE(outcome.err);
        CHECK(outcome.code == 0);
        const auto calls = root.calls();
        REQUIRE(calls.size() >= 3);
        CHECK(calls[1] == "sleep 3");
        CHECK(calls[2] == calls[0]);
    }
}

TEST_CASE("scripts: another failure of a package manager is not tried again, and its words stay") {
    orch::test::FakeRoot root;
    root.package_managers("E: Unable to locate package docker.io\n");
    const auto outcome = root.run(install(facts_of("debian"), "distro"));
    CHECK(outcome.code == 1);
    CHECK(root.calls() == Lines{apt + "update"});
    CHECK(outcome.out.find("Unable to locate package") != std::string::npos);
}

TEST_CASE("scripts: an engine that is there is left alone") {
    orch::test::FakeRoot root;
    root.package_managers();
    root.program("dockerd");
    CHECK(root.run(install(facts_of("debian"), "https://get.docker.com")).code == 0);
    CHECK(root.calls().empty());
}

TEST_CASE("scripts: the script of an URL is run, also by a system that Docker's does not know") {
    orch::test::FakeRoot root;
    root.package_managers();
    root.program("curl", "printf 'apk add docker\\n'");
    const auto outcome = root.run(install(facts_of("alpine"), "https://example.test/install.sh"));
    CHECK(outcome.code == 0);
    CHECK(
        root.calls() ==
        Lines{
            "curl -fsSL --connect-timeout 10 --max-time 120 https://example.test/install.sh",
            "apk add docker"}
    );
}

TEST_CASE("scripts: Docker's own script is not asked where it would refuse") {
    orch::test::FakeRoot root;
    root.package_managers();
    root.program("curl", "exit 6");
    CHECK(root.run(install(facts_of("alpine"), "https://get.docker.com")).code == 0);
    CHECK(root.calls() == Lines{"apk --wait 300 add --update-cache docker"});

    orch::test::FakeRoot debian;
    debian.package_managers();
    debian.program("curl", "echo 'curl: (6) Could not resolve host: get.docker.com' >&2; exit 6");
    const auto outcome = debian.run(install(facts_of("debian"), "https://get.docker.com"));
    CHECK(outcome.code == 0);
    CHECK(
        outcome.out.find("@@orch note cannot fetch https://get.docker.com (curl: (6) Could not "
                         "resolve host: get.docker.com)") != std::string::npos
    );
}

TEST_CASE("scripts: a system with curl-minimal is not given a curl that conflicts with it") {
    orch::test::FakeRoot root({"curl-minimal", "ca-certificates"});
    root.package_managers();
    root.program("curl");
    CHECK(root.run(install(facts_of("amzn", "2023"), "distro")).code == 0);
    CHECK(root.calls() == Lines{"dnf -y install docker"});
}

TEST_CASE("scripts: Amazon Linux 2 and SLES have their own way to the engine") {
    orch::test::FakeRoot amazon;
    amazon.package_managers();
    amazon.program(
        "amazon-linux-extras",
        "echo '#!/bin/sh' > \"$root/bin/dockerd\"; chmod +x "
        "\"$root/bin/dockerd\""
    );
    CHECK(amazon.run(install(facts_of("amzn", "2"), "distro")).code == 0);
    CHECK(amazon.calls() == Lines{"amazon-linux-extras install -y docker"});

    orch::test::FakeRoot sles;
    sles.package_managers("No provider of 'docker' found.\n");
    sles.program("SUSEConnect");
    CHECK(sles.run(install(facts_of("sles", "15.6"), "distro")).code == 0);
    CHECK(
        sles.calls() ==
        Lines{
            "zypper -n install docker",
            "SUSEConnect -p sle-module-containers/15.6/x86_64",
            "zypper -n install docker"}
    );
}

TEST_CASE("scripts: read-only and unknown systems say why they get no engine") {
    orch::test::FakeRoot suse;
    suse.package_managers();
    suse.program("transactional-update");
    auto outcome = suse.run(install(facts_of("sle-micro", "5.5"), "distro"));
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("transactional-update pkg install docker") != std::string::npos);

    orch::test::FakeRoot silverblue;
    silverblue.package_managers();
    silverblue.write("/run/ostree-booted", "");
    outcome = silverblue.run(install(facts_of("fedora", "40"), "distro"));
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("rpm-ostree") != std::string::npos);

    orch::test::FakeRoot photon;
    photon.program("curl", "exit 22");
    outcome = photon.run(install(facts_of("photon"), "https://get.docker.com"));
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("install Docker there first") != std::string::npos);

    orch::test::FakeRoot alpine;
    alpine.package_managers("ERROR: unable to select packages:\n  docker (no such package)\n");
    alpine.write(
        "/etc/apk/repositories",
        "https://dl-cdn.alpinelinux.org/alpine/v3.20/main\n"
        "#https://dl-cdn.alpinelinux.org/alpine/v3.20/community\n"
    );
    outcome = alpine.run(install(facts_of("alpine"), "distro"));
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("'community'") != std::string::npos);
}

TEST_CASE("scripts: upgrade names the engine's package and what belongs to it, nothing else") {
    for (const auto& family : families) {
        CAPTURE(family.id);
        Lines installed{family.owner, "vim"};
        if (family.id == "rocky" || family.id == "rhel")
            installed = {"docker-ce", "docker-ce-cli", "containerd.io", "vim"};
        if (family.id == "alpine")
            installed = {"docker", "docker-engine", "vim"};
        orch::test::FakeRoot root(installed);
        root.package_managers();
        root.write("/owner", family.owner + "\n");
        root.program("dockerd", "", "echo 'Docker version 20.10.24+dfsg1, build 5d6db84'; exit");
        const auto outcome =
            root.run(provision::upgrade_script(provision::detect(facts_of(family.id)), "dockerd"));
        CAPTURE(outcome.err);
        CHECK(outcome.code == 0);
        CHECK(root.calls() == family.upgrade);
        CHECK(outcome.out.find("@@orch version 20.10.24+dfsg1 ") != std::string::npos);
    }
}

TEST_CASE("scripts: an engine that no package brought is not upgraded") {
    orch::test::FakeRoot root;
    root.package_managers();
    root.write("/owner", "");
    root.program("dockerd", "", "echo 'Docker version 27.3.1, build ce12230'; exit");
    const auto outcome =
        root.run(provision::upgrade_script(provision::detect(facts_of("fedora")), "dockerd"));
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "dockerd belongs to no package: upgrade it as it was installed\n");
    CHECK(root.calls().empty());
}

TEST_CASE("scripts: every script parses in dash and in busybox's shell") {
    for (const auto& row : provision::provisioners()) {
        CAPTURE(row.name);
        Lines scripts{
            provision::configure_script(row, {.host_name = "web1", .files = {{"/a", "b\n"}}}),
            std::string(provision::facts_script()),
        };
        if (!row.packages.empty()) {
            scripts.push_back(provision::install_script(row, {}, "https://get.docker.com"));
            scripts.push_back(provision::upgrade_script(row, "/usr/bin/dockerd"));
        }
        for (const auto& script : scripts) {
            CHECK(orch::test::syntax_error({"dash"}, script) == "");
            CHECK(orch::test::syntax_error({"busybox", "sh"}, script) == "");
        }
    }
}

TEST_CASE("scripts: a file travels inside the script, never on a command line") {
    const auto& debian = provision::detect(facts_of("debian"));
    const auto script = provision::configure_script(
        debian,
        {.host_name = "web1", .files = {{"/etc/docker/server-key.pem", "KEY $x `y`\n", 0600}}}
    );
    CHECK(
        script.find("put 0600 /etc/docker/server-key.pem <<'ORCH-END-OF-FILE'\nKEY $x `y`\n"
                    "ORCH-END-OF-FILE\n") != std::string::npos
    );
}

TEST_CASE("scripts: a file that a here-document would change is refused") {
    const auto& debian = provision::detect(facts_of("debian"));
    CHECK_THROWS_AS(
        provision::configure_script(debian, {.host_name = "x", .files = {{"/a", "no newline"}}}),
        orch::Error
    );
}
