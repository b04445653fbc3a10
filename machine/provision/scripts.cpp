#include "machine/provision/scripts.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

namespace orch::machine::provision {

namespace {

constexpr std::string_view prologue = R"SH(
set -eu
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
note() { printf '@@orch note %s\n' "$*"; }
)SH";

constexpr std::string_view install_steps = R"SH(
if command -v dockerd >/dev/null 2>&1; then exit 0; fi
install_packages curl ca-certificates
if [ "$install_url" = distro ]; then
    install_distro_engine
elif script=$(curl -fsSL --connect-timeout 10 --max-time 120 "$install_url" 2>&1); then
    printf '%s\n' "$script" | sh -s
else
    note "cannot fetch $install_url ($script); installing the distribution's own engine package"
    install_distro_engine
fi
command -v dockerd >/dev/null 2>&1 || { echo "no dockerd after the installation" >&2; exit 1; }
)SH";

constexpr std::string_view configure_functions = R"SH(
changed=
put() { # put MODE PATH < content: replaces PATH if its content differs
    temporary="$2.orch-new"
    trap 'rm -f "$temporary"' EXIT
    mkdir -p "${2%/*}"
    (umask 077 && cat > "$temporary")
    if cmp -s "$temporary" "$2"; then
        rm -f "$temporary"
        chmod "$1" "$2"
    else
        chmod "$1" "$temporary"
        mv -f "$temporary" "$2"
        changed=yes
    fi
}
set_host_name() {
    if [ "$(hostname)" != "$1" ]; then
        hostname "$1"
        printf '%s\n' "$1" > /etc/hostname
    fi
    if ! grep -q "[[:space:]]$1\$" /etc/hosts; then
        # Written in place: in a container the file is a mount and cannot be replaced.
        hosts=$(sed '/^127\.0\.1\.1[[:space:]]/d' /etc/hosts)
        printf '%s\n127.0.1.1 %s\n' "$hosts" "$1" > /etc/hosts
    fi
}
property() { systemctl show -p "$1" --value docker.service; }
engine_is_older_than() { # whether the running engine started before PATH was written
    started=$(date -d "$(property ActiveEnterTimestamp)" +%s 2>/dev/null) || return 0
    [ "$(stat -c %Y "$1")" -gt "$started" ]
}
engine_has_our_options() { # asks the process, not the unit: it may run with an earlier command line
    tr '\0' ' ' < "/proc/$(property MainPID)/cmdline" | grep -q -- "--tlscert $certificate"
}
restart_engine() {
    if systemctl cat docker.socket >/dev/null 2>&1; then
        # With socket activation any client would start the engine with whatever options it then has.
        systemctl disable --now docker.socket >/dev/null 2>&1 || true
    fi
    if ! systemctl restart docker.service; then
        systemctl status --no-pager --lines=0 docker.service >&2 || true
        journalctl -u docker.service -n 15 --no-pager -o cat >&2 || true
        exit 1
    fi
    echo '@@orch restarted'
}
)SH";

constexpr std::string_view configure_steps = R"SH(
systemctl daemon-reload
systemctl is-enabled --quiet docker.service 2>/dev/null || systemctl enable --quiet docker.service
if [ -n "$changed" ] || ! systemctl is-active --quiet docker.service || ! engine_has_our_options ||
    engine_is_older_than "$drop_in" || engine_is_older_than "$certificate"; then
    restart_engine
fi
engine_has_our_options || {
    echo "the engine does not run with orch's options: $(property ExecStart)" >&2
    exit 1
}
)SH";

std::string assign(std::string_view variable, std::string_view value) {
    return fmt::format("{}={}\n", variable, text::shell_quote(value));
}

/// A here-document keeps every byte but needs a final newline and an end mark that does not occur.
std::string put(const RemoteFile& file) {
    constexpr std::string_view end = "ORCH-END-OF-FILE";
    if (!file.content.ends_with('\n') || file.content.find(end) != std::string::npos)
        throw Error(Kind::internal, "{} cannot be sent inside a script", file.path);
    return fmt::format(
        "put {:04o} {} <<'{}'\n{}{}\n",
        file.mode,
        text::shell_quote(file.path),
        end,
        file.content,
        end
    );
}

} // namespace

std::string install_script(const Provisioner& provisioner, std::string_view install_url) {
    return fmt::format(
        "{}{}{}{}",
        prologue,
        provisioner.packages_script,
        assign("install_url", install_url),
        install_steps
    );
}

std::string configure_script(std::string_view host_name, const std::vector<RemoteFile>& files) {
    std::string script = fmt::format("{}{}", prologue, configure_functions);
    script += fmt::format("set_host_name {}\n", text::shell_quote(host_name));
    for (const auto& file : files)
        script += put(file);
    script += assign("drop_in", "/etc/systemd/system/docker.service.d/10-machine.conf");
    script += assign("certificate", "/etc/docker/server.pem");
    script += configure_steps;
    return script;
}

} // namespace orch::machine::provision
