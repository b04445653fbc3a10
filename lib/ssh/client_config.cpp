#include "lib/ssh/client_config.hpp"

#include "lib/base/text.hpp"

#include <fmt/core.h>

namespace orch::ssh {

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

std::string config_block(const std::string& alias, const Address& address) {
    auto block = fmt::format(
        "Host {}\n  HostName {}\n  User {}\n  Port {}\n",
        alias,
        bare_host(address.host),
        address.user,
        address.port
    );
    if (!address.key.empty())
        block += fmt::format("  IdentityFile {}\n  IdentitiesOnly yes\n", option_path(address.key));
    return block + fmt::format(
                       "  UserKnownHostsFile {}\n  StrictHostKeyChecking accept-new\n"
                       "  PasswordAuthentication no\n  LogLevel ERROR\n",
                       option_path(address.known_hosts)
                   );
}

} // namespace orch::ssh
