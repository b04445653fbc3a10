#include "lib/engine/ssh_gate.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/temp_folder.hpp"
#include "lib/log/log.hpp"
#include "lib/os/wakeup.hpp"
#include "lib/process/child.hpp"
#include "lib/process/runner.hpp"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <list>
#include <mutex>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

namespace orch::engine {

namespace {

/// One connection: the ssh that carries it, and where its standard error comes out.
struct Tunnel {
    Tunnel(const process::Launch& launch, Fd output) : child(launch), words(std::move(output)) {}

    process::Child child;
    Fd words;
};

Fd listen_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw Error(Kind::internal, "{} is too long for the path of a socket", path)
            .hint("set TMPDIR to a shorter folder");
    path.copy(address.sun_path, path.size());
    Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (!listener || ::bind(listener.get(), generic, sizeof address) != 0 ||
        ::listen(listener.get(), SOMAXCONN) != 0)
        throw Error(Kind::internal, "cannot listen at {}: {}", path, std::strerror(errno));
    return listener;
}

struct Target {
    std::string destination; // "web1", "me@web1"
    std::string port;        // empty: ssh's own
};

Target parse_target(std::string_view docker_host) {
    constexpr std::string_view scheme = "ssh://";
    auto rest = docker_host.substr(scheme.size());
    if (rest.ends_with('/'))
        rest.remove_suffix(1);
    const auto host_begin = rest.find('@') == std::string_view::npos ? 0 : rest.find('@') + 1;
    const auto bracket = rest.find(']', host_begin);
    const auto colon = rest.find(':', bracket == std::string_view::npos ? host_begin : bracket);
    const auto port = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
    auto host =
        rest.substr(host_begin, colon == std::string_view::npos ? colon : colon - host_begin);
    const auto user = rest.substr(0, host_begin);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    const bool good = !host.empty() && !host.starts_with('-') && !user.starts_with('-') &&
                      host.find_first_of(" /?#@") == std::string_view::npos &&
                      user.find(':') == std::string_view::npos &&
                      port.find_first_not_of("0123456789") == std::string_view::npos;
    if (!good)
        throw Error(Kind::invalid, "\"{}\" is no address of a Docker engine", docker_host)
            .hint("it looks like ssh://me@192.0.2.7 or ssh://me@web1.example.org:2222");
    return {std::string(user) + std::string(host), std::string(port)};
}

SshGate::Way way_to(const Target& target, const os::Environment& environment) {
    const auto program = process::find_program("ssh", environment.get_or("PATH", "/usr/bin:/bin"));
    if (!program)
        throw Error(Kind::not_found, "ssh is not installed or not on PATH")
            .hint("an engine at ssh://… is reached with the ssh program of OpenSSH");
    SshGate::Way way{
        .program = program->string(), .argv = {"ssh"}, .environment = {}, .temp_dir = {}};
    for (const auto* option : {"BatchMode=yes", "ConnectTimeout=10"})
        way.argv.insert(way.argv.end(), {"-o", option});
    if (!target.port.empty())
        way.argv.insert(way.argv.end(), {"-p", target.port});
    way.argv.insert(way.argv.end(), {"--", target.destination, "docker", "system", "dial-stdio"});
    for (const auto& [name, value] : environment.all())
        way.environment.push_back(name + "=" + value);
    way.temp_dir = environment.get_or("TMPDIR", "/tmp");
    return way;
}

} // namespace

class SshGate::Impl {
  public:
    explicit Impl(Way way)
        : way_(std::move(way)), folder_(way_.temp_dir, "orch-engine-"),
          socket_(folder_ / "docker.sock"), listener_(listen_at(socket_)) {
        // The first ssh logs in, the others go through its connection.
        way_.argv.insert(
            way_.argv.begin() + 1,
            {"-o", "ControlMaster=auto", "-o", "ControlPath=" + (folder_ / "ssh").string()}
        );
        thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
    }

    [[nodiscard]] const std::string& socket() const noexcept { return socket_; }

    std::string last_words() {
        using namespace std::chrono_literals;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 500ms, [this] { return ended_ && !words_.empty(); });
        return words_;
    }

  private:
    void serve(const std::stop_token& stop) {
        const os::Wakeup wakeup(stop);
        while (!stop.stop_requested()) {
            std::vector<pollfd> watched{{wakeup.fd(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
            for (const auto& tunnel : tunnels_) {
                watched.push_back({tunnel.child.fd(), POLLIN, 0});
                watched.push_back({tunnel.words.get(), POLLIN, 0});
            }
            if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR)
                return;
            std::size_t next = 2;
            std::erase_if(tunnels_, [&](Tunnel& tunnel) {
                const bool ended = watched[next].revents != 0;
                if (ended || watched[next + 1].revents != 0)
                    note(tunnel);
                if (ended)
                    end();
                next += 2;
                return ended;
            });
            if (watched[1].revents != 0)
                accept_one();
        }
    }

    void accept_one() {
        const Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection)
            return;
        try {
            auto words = process::make_pipe();
            ::fcntl(words.read.get(), F_SETFL, O_NONBLOCK);
            // In a group of its own: Ctrl-C is for us, who may still want to stop containers.
            const process::Launch ssh{
                .program = way_.program,
                .argv = way_.argv,
                .environment = way_.environment,
                .in = connection.get(),
                .out = connection.get(),
                .err = words.write.get(),
                .own_group = true};
            tunnels_.emplace_back(ssh, std::move(words.read));
        } catch (const Error& error) { // the connection closes, which its user sees
            say(describe(error));
            end();
        }
    }

    /// The last line that ssh wrote.
    void note(Tunnel& tunnel) {
        std::array<char, 4096> buffer{};
        std::string text;
        ssize_t size = 0;
        while ((size = ::read(tunnel.words.get(), buffer.data(), buffer.size())) > 0)
            text.append(buffer.data(), static_cast<std::size_t>(size));
        if (size == 0)
            tunnel.words.reset(); // poll() passes over it
        for (const auto& line : text::split(text, '\n')) {
            const auto words = text::trim(line);
            if (words.empty())
                continue;
            log::debug("ssh", "{}", words);
            say(std::string(words));
        }
    }

    void say(std::string words) {
        const std::lock_guard lock(mutex_);
        words_ = std::move(words);
        changed_.notify_all();
    }

    /// What a connection said is complete.
    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }

    Way way_;
    fs::TempFolder folder_;
    std::string socket_;
    Fd listener_;
    std::list<Tunnel> tunnels_; // of the thread

    std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    std::string words_;
    bool ended_ = false;  // a connection
    std::jthread thread_; // last: ends before the rest goes
};

SshGate::SshGate(Way way) : impl_(std::make_unique<Impl>(std::move(way))) {}

SshGate::~SshGate() = default;

const std::string& SshGate::socket() const noexcept { return impl_->socket(); }

std::string SshGate::last_words() const { return impl_->last_words(); }

Endpoint ssh_endpoint(std::string_view docker_host, const os::Environment& environment) {
    const auto target = parse_target(docker_host);
    auto gate = std::make_shared<SshGate>(way_to(target, environment));
    return {.socket = gate->socket(), .gate = std::move(gate), .address = std::string(docker_host)};
}

} // namespace orch::engine
