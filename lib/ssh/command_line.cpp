#include "lib/ssh/command_line.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/ssh/client_config.hpp"

namespace orch::ssh {

namespace {

Error not_ours(char letter) {
    return Error(Kind::unsupported, "the built-in SSH client has no option -{}", letter)
        .hint("with the ssh program installed, and without --native-ssh, all of its options work");
}

/// "-tq": each letter.
void read_options(std::string_view letters, ClientWords& result) {
    constexpr std::string_view harmless = "46aCkqvx";
    for (const char letter : letters) {
        if (letter == 't')
            result.force_terminal = true;
        else if (letter == 'T')
            result.no_terminal = true;
        else if (letter == 'n')
            result.no_input = true;
        else if (harmless.find(letter) == std::string_view::npos)
            throw not_ours(letter);
    }
}

} // namespace

ClientWords parse_client_words(const std::vector<std::string>& words) {
    ClientWords result;
    auto word = words.begin();
    for (; word != words.end() && word->size() > 1 && word->front() == '-'; ++word) {
        if (*word == "--") {
            ++word;
            break;
        }
        read_options(std::string_view(*word).substr(1), result);
    }
    result.line = text::join({word, words.end()}, " ");
    return result;
}

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
