#include "tests/support/qmp_server.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace orch::test {

namespace {

Fd listen_at(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), 8) != 0)
        throw std::runtime_error("cannot listen at " + path.string());
    return fd;
}

/// Whether there is something to read before the end.
bool readable(int fd, int end) {
    std::array<pollfd, 2> fds{{{fd, POLLIN, 0}, {end, POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), -1);
    return fds[1].revents == 0;
}

void send_text(int fd, const std::string& text) {
    ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

} // namespace

QmpServer::QmpServer(const std::filesystem::path& socket, Answer answer, std::string greeting)
    : answer_(std::move(answer)), greeting_(std::move(greeting)), listener_(listen_at(socket)) {
    if (::pipe(end_) != 0)
        throw std::runtime_error("no pipe");
    thread_ = std::thread([this] { serve(); });
}

QmpServer::~QmpServer() {
    [[maybe_unused]] const auto told = ::write(end_[1], "x", 1);
    thread_.join();
    ::close(end_[0]);
    ::close(end_[1]);
}

std::vector<std::string> QmpServer::commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
}

void QmpServer::serve() {
    while (readable(listener_.get(), end_[0])) {
        const Fd client(::accept(listener_.get(), nullptr, nullptr));
        if (client)
            talk(client.get());
    }
}

void QmpServer::talk(int client) {
    send_text(client, greeting_);
    std::string text;
    while (readable(client, end_[0])) {
        std::array<char, 1024> chunk{};
        const auto count = ::recv(client, chunk.data(), chunk.size(), 0);
        if (count <= 0)
            return;
        text.append(chunk.data(), static_cast<std::size_t>(count));
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
            const auto command = nlohmann::json::parse(text.substr(0, end)).value("execute", "");
            text.erase(0, end + 1);
            if (command == "qmp_capabilities") {
                send_text(client, "{\"return\": {}}\r\n");
                continue;
            }
            {
                const std::lock_guard lock(mutex_);
                commands_.push_back(command);
            }
            const auto answer = answer_(command);
            if (answer.empty())
                return;
            send_text(client, answer);
        }
    }
}

} // namespace orch::test
