#include "lib/ssh/system_shell.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "lib/net/dial.hpp"
#include "lib/ssh/command_line.hpp"
#include "lib/ssh/host_key.hpp"
#include "lib/ssh/transfer.hpp"

namespace orch::ssh {

namespace {

using std::chrono::milliseconds;

constexpr int ssh_failed = 255;      // ssh's own exit code for everything that goes wrong
constexpr milliseconds brief{5'000}; // for a word with the master process

Error changed_host_key(const Address& address) {
    return Error(
               Kind::denied,
               "the host key of {} has changed",
               net::endpoint_text(address.host, address.port)
    )
        .hint("{}", changed_key_hint(address));
}

Error failed(const std::string& what, const std::string& output) {
    Error error(Kind::network, "{}", what);
    for (const auto& line : text::lines(output))
        error.detail(line);
    return error;
}

/// What ssh said on its way out, as one of our errors.
Error translate(const Address& address, const std::string& output) {
    const auto endpoint = net::endpoint_text(address.host, address.port);
    const auto login = address.user + "@" + endpoint;
    const auto says = [&output](std::string_view part) {
        return output.find(part) != std::string::npos;
    };
    if (says("HOST IDENTIFICATION HAS CHANGED") || says("Host key verification failed"))
        return changed_host_key(address);
    if (says("UNPROTECTED PRIVATE KEY FILE"))
        return Error(Kind::denied, "others can read the SSH key {}", address.key.string())
            .hint("chmod 600 {}", address.key.string());
    if (says("Permission denied") || says("Too many authentication failures")) {
        if (address.key.empty())
            return {Kind::denied, "{} refuses every key of the agent", login};
        return Error(Kind::denied, "{} refuses the key {}", login, address.key.string())
            .hint("if it is protected by a passphrase: ssh-add {}", address.key.string());
    }
    if (says("Connection refused"))
        return {Kind::network, "cannot connect to {}: connection refused", endpoint};
    if (says("No route to host"))
        return {Kind::network, "cannot connect to {}: no route to host", endpoint};
    if (says("Could not resolve hostname"))
        return {Kind::network, "cannot connect to {}: unknown host", endpoint};
    if (says("timed out"))
        return {Kind::timeout, "{} does not answer", endpoint};
    return failed(fmt::format("no SSH connection to {}", endpoint), output);
}

} // namespace

SystemShell::SystemShell(
    process::Runner& runner,
    Address address,
    std::string agent_socket,
    milliseconds timeout,
    const std::stop_token& stop
)
    : runner_(runner), address_(std::move(address)), agent_socket_(std::move(agent_socket)),
      // Short: the name of a socket may have 107 bytes only, of which ssh takes 17 for itself.
      folder_("/tmp", "orch-ssh-") {
    start_master(timeout, stop);
}

SystemShell::~SystemShell() {
    try {
        auto command = ssh({"-O", "exit"});
        command.timeout = brief;
        runner_.run(command, {});
    } catch (const std::exception& error) {
        log::debug("ssh", "cannot end the master connection: {}", error.what());
    }
}

process::Command SystemShell::ssh(std::vector<std::string> options) const {
    options.insert(
        options.end(), {"-o", "BatchMode=yes", "-o", "ControlPath=" + (folder_ / "s").string()}
    );
    process::Command command{.argv = system_ssh_argv(address_, options)};
    if (!agent_socket_.empty())
        command.env["SSH_AUTH_SOCK"] = agent_socket_;
    return command;
}

void SystemShell::start_master(milliseconds timeout, const std::stop_token& stop) {
    // The master stays in the background, and not for ever if nobody is left to end it.
    auto command = ssh({"-o", "ControlMaster=yes", "-o", "ControlPersist=1h"});
    command.argv.insert(command.argv.end(), {"--", "true"});
    command.timeout = timeout;
    try {
        const auto outcome = runner_.run(command, stop);
        if (outcome.code == ssh_failed)
            throw translate(address_, outcome.err);
    } catch (const Error& error) {
        if (error.kind() != Kind::timeout)
            throw;
        throw Error(
            Kind::timeout,
            "{} does not answer within {:g} s",
            net::endpoint_text(address_.host, address_.port),
            std::chrono::duration<double>(timeout).count()
        );
    }
}

bool SystemShell::master_alive(const std::stop_token& stop) const {
    auto command = ssh({"-O", "check"});
    command.timeout = brief;
    return runner_.run(command, stop).ok();
}

process::Outcome SystemShell::run(const Command& command, const std::stop_token& stop) {
    // Over the master or not at all: a second connection would hide that the first one broke.
    auto local = ssh({"-o", "ControlMaster=no", "-o", "ProxyCommand=false"});
    local.argv.insert(local.argv.end(), {"--", command.line});
    local.input = command.input;
    local.timeout = command.timeout;
    local.on_output = command.on_output;
    try {
        auto outcome = runner_.run(local, stop);
        // A remote command may end with this code as well.
        if (outcome.code == ssh_failed && !master_alive(stop))
            throw failed(
                fmt::format(
                    "the connection to {} is lost", net::endpoint_text(address_.host, address_.port)
                ),
                outcome.err
            );
        return outcome;
    } catch (const Error& error) {
        if (error.kind() != Kind::timeout || command.timeout.count() <= 0)
            throw;
        throw Error(
            Kind::timeout,
            "a command on {} did not finish within {:g} s",
            net::endpoint_text(address_.host, address_.port),
            std::chrono::duration<double>(command.timeout).count()
        );
    }
}

int SystemShell::attach(const Attachment& attachment, const std::stop_token&) {
    auto local = ssh(
        {"-o", "ControlMaster=no", "-o", "ProxyCommand=false", attachment.terminal ? "-tt" : "-T"}
    );
    if (!attachment.line.empty())
        local.argv.insert(local.argv.end(), {"--", attachment.line});
    return runner_.run_attached(local);
}

void SystemShell::put(
    std::string_view content, const std::string& path, unsigned mode, const std::stop_token& stop
) {
    write_remote_file(*this, content, path, mode, stop);
}

std::string SystemShell::get(const std::string& path, const std::stop_token& stop) {
    return read_remote_file(*this, path, stop);
}

} // namespace orch::ssh
