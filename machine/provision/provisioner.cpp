#include "machine/provision/provisioner.hpp"

#include "lib/base/error.hpp"

#include <array>

namespace orch::machine::provision {

namespace {

// apt-get itself waits for its locks; unattended-upgrades may hold them for minutes after boot.
constexpr std::string_view apt = R"SH(
export DEBIAN_FRONTEND=noninteractive
apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"; }
install_packages() {
    missing=
    for package; do
        dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
    done
    [ -z "$missing" ] || { apt update && apt install --no-install-recommends $missing; }
}
install_distro_engine() { apt update && apt install --no-install-recommends docker.io iptables; }
)SH";

const std::array<Provisioner, 2> table{{
    {"ubuntu(systemd)", [](const OsRelease& os) { return os.is_like("ubuntu"); }, apt},
    {"debian", [](const OsRelease& os) { return os.is_like("debian"); }, apt},
}};

} // namespace

const Provisioner& detect(const Facts& facts) {
    const auto& os = facts.os;
    for (const auto& provisioner : table) {
        if (!provisioner.matches(os))
            continue;
        if (facts.systemd)
            return provisioner;
        throw Error(
            Kind::unsupported, "Error detecting OS: {} runs without systemd", os.pretty_name
        );
    }
    throw Error(
        Kind::unsupported,
        "Error detecting OS: OS type not recognized ({})",
        os.pretty_name.empty() ? "no /etc/os-release" : os.pretty_name
    )
        .hint("orch provisions Debian, Ubuntu and systems that call themselves like them");
}

} // namespace orch::machine::provision
