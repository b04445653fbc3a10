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
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
section() { printf '\n@@orch %s\n' "$1"; }
unit=$(systemctl show -p FragmentPath --value docker.service 2>/dev/null)
section os-release; cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
section uid; id -u
section sudo; [ "$(id -u)" = 0 ] || sudo -n true 2>&1 && echo yes
section systemd; [ -d /run/systemd/system ] && echo yes
section dockerd; command -v dockerd
section unit-exec; [ -n "$unit" ] && sed -n 's/^ExecStart=[-@:+!]*\([^ ][^ ]*\).*/\1/p' "$unit" | tail -n 1
section daemon-json; cat /etc/docker/daemon.json 2>/dev/null
section foreign-exec
for file in /etc/systemd/system/docker.service.d/*.conf; do
    if [ "$file" != /etc/systemd/system/docker.service.d/10-machine.conf ] &&
        [ "$(printf '%s\n' "${file##*/}" 10-machine.conf | sort | tail -n 1)" = "${file##*/}" ] &&
        grep -q '^ExecStart=..*' "$file" 2>/dev/null; then
        printf '%s\n' "$file"
    fi
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
    facts.sudo = facts.root || facts.sudo_answer.ends_with("yes");
    facts.systemd = word("systemd") == "yes";
    facts.dockerd = word("dockerd");
    facts.unit_exec = word("unit-exec");
    facts.daemon_json = word("daemon-json");
    facts.foreign_exec = word("foreign-exec");
    return facts;
}

} // namespace orch::machine::provision
