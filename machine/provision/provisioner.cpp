#include "machine/provision/provisioner.hpp"

#include "lib/base/error.hpp"
#include "machine/provision/packages.hpp"

#include <algorithm>

namespace orch::machine::provision {

namespace {

const Provisioner* row_of(const OsRelease& os) {
    for (const auto& row : provisioners())
        if (std::count(row.ids.begin(), row.ids.end(), os.id) != 0 &&
            (row.variant.empty() || row.variant == os.variant_id))
            return &row;
    return nullptr;
}

/// A system that is none of the rows says what it is like, the closest first.
const Provisioner* row_like(const OsRelease& os) {
    for (const auto& word : os.id_like)
        if (const auto* row = row_of({.id = word}))
            return row;
    return nullptr;
}

// Where the kernel has AppArmor, the engine starts no container without its parser, which the
// package only recommends.
constexpr std::string_view docker_io = R"SH(
profiles=
! grep -qs Y /sys/module/apparmor/parameters/enabled || profiles=apparmor
install_packages docker.io iptables $profiles)SH";
constexpr std::string_view docker = "install_packages docker";

// None of these has an engine of its own, but Docker has packages for them.
constexpr std::string_view for_rhel =
    "docker_repository rhel\ninstall_packages docker-ce docker-ce-cli containerd.io";
constexpr std::string_view for_centos =
    "docker_repository centos\ninstall_packages docker-ce docker-ce-cli containerd.io";

constexpr std::string_view amazon = R"SH(
if command -v amazon-linux-extras >/dev/null 2>&1; then
    patiently amazon-linux-extras install -y docker
else
    install_packages docker
fi)SH";

void require_service(const Provisioner& row, const Facts& facts) {
    const bool there = row.service == Service::systemd  ? facts.systemd
                       : row.service == Service::openrc ? facts.openrc
                                                        : true;
    if (!there)
        throw Error(
            Kind::unsupported,
            "Error detecting OS: {} runs without {}",
            facts.os.pretty_name,
            row.service == Service::systemd ? "systemd" : "OpenRC"
        );
}

} // namespace

const std::vector<Provisioner>& provisioners() {
    using enum Service;
    using enum DockerScript;
    namespace p = packages;
    static const std::vector<Provisioner> rows{
        {"ubuntu(systemd)", {"ubuntu"}, "", systemd, family, p::apt, docker_io},
        {"debian", {"debian", "raspbian"}, "", systemd, family, p::apt, docker_io},
        {"fedora-coreos", {"fedora"}, "coreos", systemd, nobody},
        {"fedora", {"fedora"}, "", systemd, members, p::dnf, "install_packages moby-engine"},
        {"redhat", {"rhel"}, "", systemd, members, p::dnf, for_rhel},
        {"centos", {"centos"}, "", systemd, members, p::dnf, for_centos},
        {"rocky", {"rocky"}, "", systemd, nobody, p::dnf, for_centos},
        {"almalinux", {"almalinux"}, "", systemd, nobody, p::dnf, for_centos},
        {"ol", {"ol"}, "", systemd, nobody, p::dnf, for_centos},
        {"amzn", {"amzn"}, "", systemd, nobody, p::dnf, amazon},
        {"SUSE",
         {"sles",
          "sled",
          "sles_sap",
          "sle-micro",
          "sl-micro",
          "opensuse-leap",
          "opensuse-tumbleweed",
          "opensuse-microos",
          "opensuse",
          "suse"},
         "",
         systemd,
         nobody,
         p::zypper,
         "install_suse_engine \"$version\""},
        {"arch", {"arch", "archarm"}, "", systemd, nobody, p::pacman, docker},
        {"alpine", {"alpine"}, "", openrc, nobody, p::apk, docker},
        {"flatcar", {"flatcar"}, "", systemd, nobody},
        {"coreOS", {"coreos"}, "", systemd, nobody},
        {"boot2docker", {"boot2docker"}, "", boot2docker, nobody},
        // Any other system: only an installation script can bring an engine there.
        {"systemd", {}, "", systemd, family, p::unknown, docker},
    };
    return rows;
}

bool Provisioner::takes_docker_script(const OsRelease& os) const {
    return script == DockerScript::family ||
           (script == DockerScript::members && std::count(ids.begin(), ids.end(), os.id) != 0);
}

const Provisioner& detect(const Facts& facts) {
    const auto* row = row_of(facts.os);
    if (row == nullptr)
        row = row_like(facts.os);
    if (row != nullptr) {
        require_service(*row, facts);
        return *row;
    }
    if (facts.systemd)
        return provisioners().back();
    throw Error(
        Kind::unsupported,
        "Error detecting OS: OS type not recognized ({})",
        facts.os.pretty_name.empty() ? "no /etc/os-release" : facts.os.pretty_name
    )
        .hint("orch provisions systems with systemd, Alpine and boot2docker");
}

} // namespace orch::machine::provision
