#include "machine/provision/facts.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <map>

namespace orch::machine::provision {

namespace {

constexpr std::string_view marker = "@@orch ";

/// Sections by name: each begins with a line "@@orch NAME".
std::map<std::string, std::string> sections(std::string_view output) {
    std::map<std::string, std::string> result;
    std::string* current = nullptr;
    for (const auto& line : text::lines(output)) {
        if (line.starts_with(marker)) {
            current = &result[line.substr(marker.size())];
        } else if (current != nullptr) {
            *current += line + "\n";
        }
    }
    return result;
}

} // namespace

std::string_view facts_script() {
    return R"SH(
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
section() { printf '\n@@orch %s\n' "$1"; }
show() { cat "$1" 2>/dev/null || { [ "$(id -u)" = 0 ] || sudo -n cat "$1" || doas -n cat "$1"; } 2>/dev/null; }
section os-release; cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
section uid; id -u
section sudo; [ "$(id -u)" = 0 ] || sudo -n true 2>&1 && echo yes
section doas; [ "$(id -u)" = 0 ] || doas -n true 2>/dev/null && echo yes
section systemd; [ -d /run/systemd/system ] && echo yes
section openrc; [ -d /run/openrc ] && command -v rc-service >/dev/null && echo yes
section cloud-init; [ -d /run/cloud-init ] && command -v cloud-init >/dev/null &&
    [ ! -e /run/cloud-init/disabled ] && [ ! -e /run/cloud-init/result.json ] && echo busy
section snap; [ -d /snap/docker/current ] || [ -d /var/lib/snapd/snap/docker/current ] && echo yes
section dockerd; command -v dockerd
# systemd may not have read the newest drop-ins yet.
section unit; systemctl cat docker.service 2>/dev/null
for file in /etc/systemd/system/docker.service.d/*.conf; do
    [ ! -r "$file" ] || { printf '# %s\n' "$file"; cat "$file"; echo; }
done
section daemon-json; show /etc/docker/daemon.json
section settings; for file in /etc/conf.d/docker /var/lib/boot2docker/profile; do
    [ ! -d "${file%/*}" ] || show "$file"
done
section end
)SH";
}

Facts parse_facts(std::string_view output) {
    auto found = sections(output);
    if (!found.contains("end"))
        throw Error(Kind::remote, "the host did not answer as a POSIX shell would")
            .detail(std::string(output.substr(0, 500)))
            .hint("check that the login shell of the SSH user runs commands without printing more");
    const auto word = [&](const char* name) { return std::string(text::trim(found[name])); };
    Facts facts;
    facts.os = parse_os_release(found["os-release"]);
    facts.root = word("uid") == "0";
    facts.sudo_answer = word("sudo");
    const bool sudo = facts.sudo_answer.ends_with("yes");
    const bool doas = word("doas").ends_with("yes");
    facts.privileged = facts.root || sudo || doas;
    facts.become_root = facts.root ? "" : sudo ? "sudo -n " : "doas -n ";
    facts.systemd = word("systemd") == "yes";
    facts.openrc = word("openrc") == "yes";
    facts.first_boot = word("cloud-init") == "busy";
    facts.dockerd = word("dockerd");
    facts.snap = facts.dockerd.starts_with("/snap/") ||
                 facts.dockerd.starts_with("/var/lib/snapd/") ||
                 (facts.dockerd.empty() && word("snap") == "yes");
    facts.unit = parse_unit(found["unit"]);
    facts.daemon_json = word("daemon-json");
    facts.settings = word("settings");
    return facts;
}

} // namespace orch::machine::provision
