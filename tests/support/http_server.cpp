#include "tests/support/http_server.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/os/wakeup.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <list>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <thread>
#include <utility>

namespace orch::test {

namespace {

/// The first byte of a client that speaks TLS to us (RFC 8446, 5.1).
constexpr char tls_handshake = 0x16;

/// The client closed the connection or the server ends: nobody is left to answer to.
struct Gone {};

[[noreturn]] void fail(std::string_view what) {
    throw std::system_error(errno, std::generic_category(), std::string(what));
}

/// Waits for `events` on `fd`; false if the server ends first.
bool wait_for(int fd, short events, const os::Wakeup& ending) {
    std::array<pollfd, 2> fds{{{fd, events, 0}, {ending.fd(), POLLIN, 0}}};
    while (::poll(fds.data(), fds.size(), -1) < 0)
        if (errno != EINTR)
            fail("poll");
    return fds[1].revents == 0;
}

std::string head_text(int status, const Headers& headers) {
    auto head = fmt::format("HTTP/1.1 {} Status\r\n", status);
    for (const auto& [name, value] : headers)
        head += fmt::format("{}: {}\r\n", name, value);
    return head;
}

bool has_no_body(int status) { return status == 204 || status == 304 || status < 200; }

} // namespace

/// The socket with what was read from it and not used yet.
class Conversation::Connection {
  public:
    Connection(Fd socket, std::stop_token ending)
        : socket_(std::move(socket)), stop_(std::move(ending)), ending_(stop_) {}

    [[nodiscard]] int fd() const { return socket_.get(); }

    [[nodiscard]] const std::stop_token& server_ends() const { return stop_; }

    /// Throws Gone at the end of the connection.
    std::size_t read(std::span<char> buffer) {
        if (unread_.empty())
            fill();
        const auto count = std::min(buffer.size(), unread_.size());
        std::memcpy(buffer.data(), unread_.data(), count);
        unread_.erase(0, count);
        return count;
    }

    /// A line without its end.
    std::string read_line() {
        for (;;) {
            if (const auto end = unread_.find("\r\n"); end != std::string::npos) {
                auto line = unread_.substr(0, end);
                unread_.erase(0, end + 2);
                return line;
            }
            fill();
            if (unread_.front() == tls_handshake) {
                write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
                throw Gone{};
            }
        }
    }

    bool write(std::string_view bytes) {
        while (!bytes.empty() && open_) {
            const auto count = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                open_ = false;
            else
                bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return open_;
    }

    void close(bool reset) {
        if (reset) {
            const linger now{1, 0};
            ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        }
        open_ = false;
        socket_.reset();
    }

    [[nodiscard]] bool open() const { return open_; }

    void wait_for_hangup() const { wait_for(fd(), POLLRDHUP, ending_); }

  private:
    void fill() {
        if (!open_ || !wait_for(fd(), POLLIN, ending_))
            throw Gone{};
        std::array<char, 65536> buffer{};
        const auto count = ::recv(fd(), buffer.data(), buffer.size(), 0);
        if (count <= 0)
            throw Gone{};
        unread_.append(buffer.data(), static_cast<std::size_t>(count));
    }

    Fd socket_;
    std::stop_token stop_;
    os::Wakeup ending_;
    std::string unread_;
    bool open_ = true;
};

/// Turns a hangup into a stop, on a thread of its own.
class Conversation::Watch {
  public:
    explicit Watch(const Connection& connection)
        : relay_(connection.server_ends(), [this] { gone_.request_stop(); }),
          thread_([this, fd = connection.fd()](const std::stop_token& done) {
              const os::Wakeup ending(done);
              if (wait_for(fd, POLLRDHUP, ending))
                  gone_.request_stop();
          }) {}

    [[nodiscard]] std::stop_token token() const { return gone_.get_token(); }

  private:
    std::stop_source gone_;
    std::stop_callback<std::function<void()>> relay_;
    std::jthread thread_;
};

Conversation::Conversation(Connection& connection) : connection_(connection) { read_head(); }

Conversation::~Conversation() = default;

void Conversation::read_head() {
    const auto words = text::split(connection_.read_line(), ' ');
    if (words.size() != 3)
        throw Gone{};
    method_ = words[0];
    target_ = words[1];
    for (auto line = connection_.read_line(); !line.empty(); line = connection_.read_line()) {
        const auto colon = line.find(':');
        headers_[text::lower(line.substr(0, colon))] = text::trim(line.substr(colon + 1));
    }
    chunked_ = header("transfer-encoding") == "chunked";
    const auto length = header("content-length");
    left_ = length.empty() ? 0 : std::stoul(length);
    body_ended_ = !chunked_ && left_ == 0;
}

std::string Conversation::header(const std::string& name) const {
    const auto found = headers_.find(name);
    return found == headers_.end() ? std::string() : found->second;
}

void Conversation::start_chunk() {
    left_ = std::stoul(connection_.read_line(), nullptr, 16);
    if (left_ == 0) {
        body_ended_ = true;
        connection_.read_line();
    }
}

std::size_t Conversation::read(std::span<char> buffer) {
    if (chunked_ && left_ == 0 && !body_ended_)
        start_chunk();
    if (body_ended_)
        return 0;
    const auto count = connection_.read(buffer.first(std::min(buffer.size(), left_)));
    left_ -= count;
    if (left_ == 0) {
        if (chunked_)
            connection_.read_line();
        else
            body_ended_ = true;
    }
    return count;
}

std::string Conversation::body() {
    std::string all;
    std::array<char, 65536> buffer{};
    while (const auto count = read(buffer))
        all.append(buffer.data(), count);
    return all;
}

void Conversation::drop_body() { body(); }

void Conversation::reply(int status, std::string_view body, const Headers& headers) {
    auto answer = head_text(status, headers);
    if (!has_no_body(status))
        answer += fmt::format("Content-Length: {}\r\n", body.size());
    answer += "\r\n";
    if (method_ != "HEAD" && !has_no_body(status))
        answer += body;
    answered_ = true;
    connection_.write(answer);
}

void Conversation::begin(int status, const Headers& headers) {
    answered_ = true;
    connection_.write(head_text(status, headers) + "Transfer-Encoding: chunked\r\n\r\n");
}

bool Conversation::write(std::string_view chunk) {
    if (chunk.empty()) // it would mean the end
        return connection_.open();
    return connection_.write(fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk));
}

void Conversation::end() { connection_.write("0\r\n\r\n"); }

bool Conversation::send_raw(std::string_view bytes) {
    answered_ = true;
    return connection_.write(bytes);
}

void Conversation::close() {
    watch_.reset();
    connection_.close(false);
}

void Conversation::reset() {
    watch_.reset();
    connection_.close(true);
}

void Conversation::stall() { connection_.wait_for_hangup(); }

std::stop_token Conversation::gone() {
    if (!watch_)
        watch_ = std::make_unique<Watch>(connection_);
    return watch_->token();
}

struct HttpServer::State {
    Handler handler;
    Fd listener;
    std::filesystem::path socket; // empty on loopback
    int port = 0;
    std::atomic<int> accepted{0};
    std::stop_source ending;
    std::list<std::jthread> workers; // used by the acceptor only while that runs
    std::jthread acceptor;

    void start();
    void accept_all();
    void serve(Fd connection) const;
};

void HttpServer::State::start() {
    if (::listen(listener.get(), 128) != 0)
        fail("listen");
    acceptor = std::jthread([this] { accept_all(); });
}

void HttpServer::State::accept_all() {
    const os::Wakeup ended(ending.get_token());
    while (wait_for(listener.get(), POLLIN, ended)) {
        Fd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection)
            continue;
        ++accepted;
        workers.emplace_back([this, fd = connection.release()] { serve(Fd(fd)); });
    }
}

void HttpServer::State::serve(Fd accepted_fd) const {
    Conversation::Connection connection(std::move(accepted_fd), ending.get_token());
    try {
        while (connection.open()) {
            Conversation conversation(connection);
            try {
                handler(conversation);
            } catch (const std::exception& error) {
                if (!conversation.answered_)
                    conversation.reply(
                        500, fmt::format("the test's handler threw: {}", error.what())
                    );
            }
            if (connection.open())
                conversation.drop_body();
        }
    } catch (const Gone&) {
        return; // the end of every connection
    }
}

HttpServer::HttpServer(Handler handler) : state_(std::make_unique<State>()) {
    state_->handler = std::move(handler);
    state_->listener = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(state_->listener.get(), generic, size) != 0 ||
        ::getsockname(state_->listener.get(), generic, &size) != 0)
        fail("bind");
    state_->port = ntohs(address.sin_port);
    state_->start();
}

HttpServer::HttpServer(const std::filesystem::path& socket, Handler handler)
    : state_(std::make_unique<State>()) {
    state_->handler = std::move(handler);
    state_->listener = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    state_->socket = socket;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.native().size() >= sizeof address.sun_path)
        throw Error(Kind::invalid, "the path of the socket is too long: {}", socket.string());
    std::strcpy(address.sun_path, socket.c_str());
    if (::bind(state_->listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        fail("bind " + socket.string());
    state_->start();
}

HttpServer::~HttpServer() {
    state_->ending.request_stop();
    state_->acceptor.join();
    state_->workers.clear();
    if (!state_->socket.empty()) {
        std::error_code ignored;
        std::filesystem::remove(state_->socket, ignored);
    }
}

int HttpServer::port() const { return state_->port; }

std::string HttpServer::url() const {
    return state_->socket.empty() ? fmt::format("http://127.0.0.1:{}", state_->port)
                                  : std::string("http://server");
}

int HttpServer::connections() const { return state_->accepted; }

} // namespace orch::test
