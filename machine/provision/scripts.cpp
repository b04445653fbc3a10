#include "machine/provision/scripts.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "machine/provision/packages.hpp"
#include "machine/provision/service.hpp"

#include <fmt/core.h>

namespace orch::machine::provision {

namespace {

constexpr std::string_view docker_script_url = "https://get.docker.com";

constexpr std::string_view prologue = R"SH(
set -eu
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
note() { printf '@@orch note %s\n' "$*"; }
)SH";

// The script is run from a file: it may be needed twice, and it may read its standard input.
constexpr std::string_view install_steps = R"SH(
run_install_script() {
    file=$(mktemp)
    printf '%s\n' "$1" > "$file"
    code=0
    patiently sh "$file" </dev/null || code=$?
    rm -f "$file"
    return "$code"
}
if command -v dockerd >/dev/null 2>&1; then exit 0; fi
# Systems with curl-minimal have a curl too, and their packages cannot be installed side by side.
tools=ca-certificates
command -v curl >/dev/null 2>&1 || tools="curl $tools"
install_packages $tools
if [ "$install_url" = distro ]; then
    install_distro_engine
elif script=$(curl -fsSL --connect-timeout 10 --max-time 120 "$install_url" 2>&1); then
    run_install_script "$script"
else
    note "cannot fetch $install_url ($script); installing the distribution's own engine package"
    install_distro_engine
fi
command -v dockerd >/dev/null 2>&1 || give_up "no dockerd after the installation"
)SH";

constexpr std::string_view upgrade_steps = R"SH(
engine_version() { "$dockerd" --version | sed -n 's/^Docker version \([^,]*\).*/\1/p'; }
before=$(engine_version)
package=$(owner_of "$dockerd")
[ -n "$package" ] || give_up "$dockerd belongs to no package: upgrade it as it was installed"
case $package in
docker-ce) upgrade_packages docker-ce docker-ce-cli docker-ce-rootless-extras containerd.io ;;
docker-engine) upgrade_packages docker docker-engine docker-cli ;;
*) upgrade_packages "$package" ;;
esac
echo "@@orch version $before $(engine_version)"
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
resolve_own_name() { # resolve_own_name NAME: a line of /etc/hosts
    while read -r _ names; do
        case " $names " in *[[:space:]]"$1"[[:space:]]*) return ;; esac
    done < /etc/hosts
    # Written in place: in a container the file is a mount and cannot be replaced.
    hosts=$(sed '/^127\.0\.1\.1[[:space:]]/d' /etc/hosts)
    printf '%s\n127.0.1.1 %s\n' "$hosts" "$1" > /etc/hosts
}
open_port() { # in a firewalld that runs, for now and for later
    command -v firewall-cmd >/dev/null 2>&1 && firewall-cmd -q --state 2>/dev/null || return 0
    firewall-cmd -q --query-port="$1/tcp" || firewall-cmd -q --add-port="$1/tcp"
    firewall-cmd -q --permanent --query-port="$1/tcp" ||
        firewall-cmd -q --permanent --add-port="$1/tcp"
}
engine_is_older_than() { # whether the running engine started before one of the files was written
    started=$(engine_started) || return 0
    [ "$(stat -c %Y "$@" | sort -n | tail -n 1)" -gt "$started" ]
}
engine_command_line() { pid=$(engine_pid) && tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline"; }
engine_has_our_options() { # asks the process: it may run with an earlier command line
    engine_command_line 2>/dev/null | grep -q -- "--tlscert[ =]$certificate"
}
engine_was_replaced() {
    case $(readlink "/proc/$(engine_pid)/exe") in *' (deleted)') return 0 ;; *) return 1 ;; esac
}
restart_engine() {
    if ! restart_service; then
        engine_log >&2
        exit 1
    fi
    echo '@@orch restarted'
}
)SH";

constexpr std::string_view configure_steps = R"SH(
enable_engine
open_port "$port"
if [ -n "$changed" ] || ! engine_has_our_options || engine_is_older_than $files ||
    { [ -n "$check_program" ] && engine_was_replaced; }; then
    restart_engine
fi
engine_has_our_options || {
    echo "the engine does not run with orch's options: $(engine_command_line)" >&2
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

std::string
install_script(const Provisioner& provisioner, const OsRelease& os, std::string_view install_url) {
    const bool no_script =
        install_url.starts_with(docker_script_url) && !provisioner.takes_docker_script(os);
    std::string script = fmt::format("{}{}{}", prologue, packages::common, provisioner.packages);
    script += assign("version", os.version_id);
    script += fmt::format("install_distro_engine() {{\n{}\n}}\n", provisioner.install_engine);
    script += assign("install_url", no_script ? "distro" : install_url);
    script += install_steps;
    return script;
}

std::string upgrade_script(const Provisioner& provisioner, std::string_view dockerd) {
    return fmt::format(
        "{}{}{}{}{}",
        prologue,
        packages::common,
        provisioner.packages,
        assign("dockerd", dockerd),
        upgrade_steps
    );
}

std::string configure_script(const Provisioner& provisioner, const Configuration& wanted) {
    std::string script = fmt::format(
        "{}{}{}", prologue, service_functions(provisioner.service), configure_functions
    );
    const auto name = text::shell_quote(wanted.host_name);
    script += fmt::format("set_host_name {0}\nresolve_own_name {0}\n", name);
    std::vector<std::string> paths;
    for (const auto& file : wanted.files) {
        script += put(file);
        paths.push_back(file.path);
    }
    script += assign("files", text::join(paths, " "));
    script += assign("certificate", fmt::format("{}/server.pem", provisioner.options_dir()));
    script += fmt::format("port={}\n", wanted.port);
    script += assign("check_program", wanted.replaced_program_restarts ? "yes" : "");
    script += configure_steps;
    return script;
}

} // namespace orch::machine::provision
