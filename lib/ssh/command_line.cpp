#include "lib/ssh/command_line.hpp"

#include "lib/base/text.hpp"

namespace orch::ssh {

namespace {

/// A file name inside an -o option: ssh splits at spaces and expands % itself.
std::string option_path(const std::filesystem::path& path) {
    if (path.empty())
        return "/dev/null";
    const auto name = text::replace_all(path.string(), "%", "%%");
    return name.find(' ') == std::string::npos ? name : "\"" + name + "\"";
}

std::string bare_host(const std::string& host) {
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    return brackets ? host.substr(1, host.size() - 2) : host;
}

} // namespace

std::vector<std::string>
system_ssh_argv(const Address& address, const std::vector<std::string>& options) {
    std::vector<std::string> argv{"ssh", "-F", "/dev/null"};
    const auto add = [&argv](std::string option) {
        argv.insert(argv.end(), {"-o", std::move(option)});
    };
    add("ConnectionAttempts=3");
    add("ConnectTimeout=10");
    add("LogLevel=ERROR");
    add("PasswordAuthentication=no");
    add("ServerAliveInterval=60");
    add("StrictHostKeyChecking=accept-new");
    add("UserKnownHostsFile=" + option_path(address.known_hosts));
    if (!address.key.empty()) {
        add("IdentitiesOnly=yes");
        argv.insert(argv.end(), {"-i", address.key.string()});
    }
    argv.insert(argv.end(), options.begin(), options.end());
    argv.insert(
        argv.end(),
        {address.user + "@" + bare_host(address.host), "-p", std::to_string(address.port)}
    );
    return argv;
}

} // namespace orch::ssh
