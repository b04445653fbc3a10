#include "tests/support/ssh_server.hpp"

#include "lib/os/environment.hpp"
#include "lib/process/system_runner.hpp"
#include "tests/support/loopback.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <pwd.h>
#include <stdexcept>
#include <unistd.h>

namespace orch::testing {

namespace fs = std::filesystem;

namespace {

std::string user_name() {
    const passwd* entry = ::getpwuid(::geteuid());
    return entry == nullptr ? "root" : entry->pw_name;
}

std::string read_all(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Reads sshd's log until it listens.
void await_listening(int fd) {
    std::string log;
    std::array<char, 4096> buffer;
    while (log.find("Server listening on") == std::string::npos) {
        pollfd polled{fd, POLLIN, 0};
        const auto size =
            ::poll(&polled, 1, 10'000) == 1 ? ::read(fd, buffer.data(), buffer.size()) : 0;
        if (size <= 0)
            throw std::runtime_error("sshd does not start: " + log);
        log.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

} // namespace

SshServer::SshServer() : port_(refusing_port()) {
    fs::create_directories("/run/sshd"); // sshd insists
    make_key("host", "ed25519");
    authorize(make_key("id_ed25519", "ed25519"));
    std::ofstream(folder_ / "sshd_config")
        << "ListenAddress 127.0.0.1\nPort " << port_ << "\nHostKey " << (folder_ / "host").string()
        << "\nAuthorizedKeysFile " << (folder_ / "authorized_keys").string()
        << "\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
           "PasswordAuthentication no\nKbdInteractiveAuthentication no\nMaxStartups 100\n"
           "Subsystem sftp internal-sftp\n";
    start();
}

SshServer::~SshServer() { stop(); }

void SshServer::start() {
    process::Pipe log = process::make_pipe();
    const process::Launch launch{
        .program = "/usr/sbin/sshd",
        .argv = {"/usr/sbin/sshd", "-D", "-e", "-f", (folder_ / "sshd_config").string()},
        .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
        .err = log.write.get(),
        .own_group = true,
    };
    child_.emplace(launch);
    log.write.reset();
    await_listening(log.read.get());
}

void SshServer::stop() { child_.reset(); }

ssh::Address SshServer::address() const {
    return {
        .host = "127.0.0.1",
        .port = port_,
        .user = user_name(),
        .key = folder_ / "id_ed25519",
        .known_hosts = folder_ / "known_hosts",
    };
}

fs::path SshServer::make_key(
    const std::string& name, const std::string& type, const std::string& passphrase
) const {
    const auto path = folder_ / name;
    fs::remove(path);
    const auto outcome = process::SystemRunner().run(
        {.argv = {"ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", path.string()}}, {}
    );
    if (!outcome.ok())
        throw std::runtime_error("ssh-keygen: " + outcome.err);
    return path;
}

void SshServer::authorize(const fs::path& key) const {
    std::ofstream(folder_ / "authorized_keys", std::ios::app) << read_all(key.string() + ".pub");
}

void SshServer::change_host_key() {
    stop();
    make_key("host", "ed25519");
    start();
}

} // namespace orch::testing
