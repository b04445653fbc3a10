#include "lib/http/curl_upgrade.hpp"

#include "lib/http/curl_handle.hpp"
#include "lib/http/head.hpp"
#include "lib/log/log.hpp"
#include "lib/os/wakeup.hpp"
#include "lib/tasks/clock.hpp"
#include "lib/tls/end_sending.hpp"

#include <array>
#include <poll.h>
#include <sys/socket.h>

namespace orch::http {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_head = 64 * 1024;

class CurlDuplex : public Duplex {
  public:
    explicit CurlDuplex(const Request& request) : request_(request) {}

    void connect(const std::stop_token& stop) { handle_.connect(request_, stop); }

    [[nodiscard]] int fd() const override { return static_cast<int>(handle_.socket()); }

    std::optional<std::size_t> receive(std::span<char> buffer) override {
        if (!early_.empty()) {
            const auto size = early_.copy(buffer.data(), buffer.size());
            early_.erase(0, size);
            return size;
        }
        std::size_t size = 0;
        const auto code = libcurl().easy_recv(handle_.easy(), buffer.data(), buffer.size(), &size);
        if (code == CURLE_AGAIN)
            return std::nullopt;
        if (code != CURLE_OK)
            throw handle_.broken(code, request_);
        return size;
    }

    std::size_t send(std::string_view bytes) override {
        std::size_t size = 0;
        const auto code = libcurl().easy_send(handle_.easy(), bytes.data(), bytes.size(), &size);
        if (code != CURLE_OK && code != CURLE_AGAIN)
            throw handle_.broken(code, request_);
        return code == CURLE_OK ? size : 0;
    }

    void end_sending() override {
        // Under TLS a closed socket would be a cut, not an end.
        if (auto* session = handle_.tls_session())
            tls::end_sending(session);
        else
            ::shutdown(fd(), SHUT_WR);
    }

    /// Bytes that came behind the head of the answer.
    void put_back(std::string bytes) { early_ = std::move(bytes); }

    [[nodiscard]] const Request& request() const { return request_; }

    [[nodiscard]] NoAnswer broken_off() const {
        return handle_.broken(CURLE_GOT_NOTHING, request_);
    }

    [[nodiscard]] NoAnswer too_late() const {
        return handle_.broken(CURLE_OPERATION_TIMEDOUT, request_);
    }

  private:
    Request request_; // a copy: errors name it later
    CurlHandle handle_;
    std::string early_;
};

/// The first moments of the connection, still in HTTP.
class Exchange {
  public:
    Exchange(CurlDuplex& duplex, const std::stop_token& stop)
        : duplex_(duplex), stop_(stop), wakeup_(stop),
          deadline_(std::chrono::steady_clock::now() + duplex.request().timeout) {}

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto size = duplex_.send(bytes);
            bytes.remove_prefix(size);
            if (size == 0)
                wait(POLLOUT);
        }
    }

    /// The head; what came behind it stays in rest().
    Head read_head() {
        for (;;) {
            if (const auto end = text_.find("\r\n\r\n"); end != std::string::npos) {
                auto head = parse_head(std::string_view(text_).substr(0, end));
                text_.erase(0, end + 4);
                return head;
            }
            if (text_.size() > longest_head || !more())
                throw duplex_.broken_off();
        }
    }

    /// The body of an answer that is no upgrade: as long as it says, else to the end.
    std::string read_body(const Head& head) {
        const auto length = head.length();
        while ((!length || text_.size() < *length) && more()) {
        }
        return length ? text_.substr(0, *length) : head.chunked() ? join_chunks(text_) : text_;
    }

    std::string rest() { return std::move(text_); }

  private:
    /// False at the end of the connection.
    bool more() {
        std::array<char, 4096> buffer{};
        for (;;) {
            if (const auto size = duplex_.receive(buffer)) {
                text_.append(buffer.data(), *size);
                return *size > 0;
            }
            wait(POLLIN);
        }
    }

    void wait(short events) {
        using std::chrono::duration_cast;
        const auto left = duration_cast<milliseconds>(deadline_ - std::chrono::steady_clock::now());
        const bool limited = duplex_.request().timeout.count() > 0;
        if (limited && left.count() <= 0)
            throw duplex_.too_late();
        std::array<pollfd, 2> fds{{{duplex_.fd(), events, 0}, {wakeup_.fd(), POLLIN, 0}}};
        ::poll(fds.data(), fds.size(), limited ? static_cast<int>(left.count()) + 1 : -1);
        tasks::check(stop_);
    }

    CurlDuplex& duplex_;
    const std::stop_token& stop_;
    os::Wakeup wakeup_;
    std::chrono::steady_clock::time_point deadline_;
    std::string text_;
};

} // namespace

Upgrade curl_upgrade(const Request& request, const std::stop_token& stop) {
    auto duplex = std::make_unique<CurlDuplex>(request);
    duplex->connect(stop);
    Exchange exchange(*duplex, stop);
    exchange.send(request_text(request));
    const auto head = exchange.read_head();
    Upgrade result{.duplex = nullptr, .response = {head.status, head.headers, {}}};
    log::debug("http", "{} {}: {}", request.method, request.url, head.status);
    if (head.status == 101 || head.raw_stream()) {
        duplex->put_back(exchange.rest());
        result.duplex = std::move(duplex);
    } else {
        result.response.body = exchange.read_body(head);
    }
    return result;
}

} // namespace orch::http
