#include "machine/copy.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/ssh/client_config.hpp"

namespace orch::machine {

namespace {

/// As scp and rsync spell it. A plain path gets a slash in front of what they would take for a
/// host or an option.
std::string spelled(const CopyEnd& end) {
    if (!end.machine.empty())
        return (end.user.empty() ? "" : end.user + "@") + end.machine + ":" + end.path;
    const bool misleading = end.path.starts_with('-') || end.path.find(':') < end.path.find('/');
    return misleading ? "./" + end.path : end.path;
}

bool between_machines(const CopyRequest& request) {
    return !request.from.machine.empty() && !request.to.machine.empty();
}

std::vector<std::string> scp_argv(const CopyRequest& request, const std::filesystem::path& config) {
    std::vector<std::string> argv{"scp", "-F", config.string()};
    // Through this computer: the machines have no keys of each other.
    if (between_machines(request))
        argv.emplace_back("-3");
    if (request.recursive)
        argv.emplace_back("-r");
    if (request.quiet)
        argv.emplace_back("-q");
    argv.insert(argv.end(), {"--", spelled(request.from), spelled(request.to)});
    return argv;
}

std::vector<std::string>
rsync_argv(const CopyRequest& request, const std::filesystem::path& config) {
    if (between_machines(request))
        throw Error(Kind::unsupported, "--delta cannot copy from machine to machine: rsync cannot")
            .hint("leave out --delta, or copy to this computer first");
    std::vector<std::string> argv{"rsync"};
    if (!request.quiet)
        argv.emplace_back("--progress");
    argv.insert(argv.end(), {"-e", text::shell_join({"ssh", "-F", config.string()})});
    if (request.recursive)
        argv.emplace_back("-r");
    argv.insert(argv.end(), {"--", spelled(request.from), spelled(request.to)});
    return argv;
}

/// A value inside the options of sshfs, where a comma begins the next one.
std::string fuse_value(std::string value) {
    value = text::replace_all(std::move(value), "\\", "\\\\");
    return text::replace_all(std::move(value), ",", "\\,");
}

} // namespace

CopyEnd parse_copy_end(const std::string& text) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || text.find('/') < colon)
        return {.path = text};
    auto host = text.substr(0, colon);
    auto path = text.substr(colon + 1);
    if (host == "localhost")
        return {.path = std::move(path)};
    const auto at = host.find('@');
    if (at == std::string::npos)
        return {.machine = std::move(host), .path = std::move(path)};
    return {.machine = host.substr(at + 1), .user = host.substr(0, at), .path = std::move(path)};
}

std::vector<std::string>
copy_argv(const CopyRequest& request, const std::filesystem::path& config) {
    return request.delta ? rsync_argv(request, config) : scp_argv(request, config);
}

Mount parse_mount(const std::string& source, const std::string& mount_point) {
    Mount mount{.source = parse_copy_end(source), .mount_point = mount_point};
    if (mount.source.machine.empty())
        mount.source.machine = "default";
    if (mount_point.empty())
        mount.mount_point = mount.source.path;
    return mount;
}

std::vector<std::string> mount_argv(const Mount& mount, const ssh::Address& address) {
    const auto& user = mount.source.user.empty() ? address.user : mount.source.user;
    std::vector<std::string> argv{"sshfs"};
    const auto add = [&argv](const std::string& name, const std::string& value) {
        argv.insert(argv.end(), {"-o", name + "=" + fuse_value(value)});
    };
    add("StrictHostKeyChecking", "accept-new");
    add("UserKnownHostsFile", ssh::option_path(address.known_hosts));
    add("LogLevel", "ERROR");
    add("PasswordAuthentication", "no");
    if (!address.key.empty()) {
        add("IdentitiesOnly", "yes");
        add("IdentityFile", ssh::option_path(address.key));
    }
    add("Port", std::to_string(address.port));
    const bool ipv6 = address.host.find(':') != std::string::npos && address.host.front() != '[';
    argv.push_back(
        user + "@" + (ipv6 ? "[" + address.host + "]" : address.host) + ":" + mount.source.path
    );
    argv.push_back(mount.mount_point);
    return argv;
}

std::vector<std::string> unmount_argv(const std::string& program, const std::string& mount_point) {
    if (program == "umount")
        return {program, mount_point};
    return {program, "-u", mount_point};
}

} // namespace orch::machine
