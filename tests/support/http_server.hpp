// A small real HTTP/1.1 server for tests, on loopback or a unix socket: one thread for each
// connection, kept alive, and able to misbehave on demand.
#pragma once

#include "lib/base/fd.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace orch::test {

/// Names in lower case.
using Headers = std::map<std::string, std::string>;

/// One request and its answer. The handler that gets it runs on the connection's thread; it gives
/// one of: reply(), begin() with write() and end(), close() or reset().
class Conversation {
  public:
    class Connection;
    explicit Conversation(Connection& connection);
    ~Conversation();
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    [[nodiscard]] const std::string& method() const { return method_; }

    /// Path and query as they were sent.
    [[nodiscard]] const std::string& target() const { return target_; }

    [[nodiscard]] const Headers& headers() const { return headers_; }

    [[nodiscard]] std::string header(const std::string& name) const;

    /// The next bytes of the request's body; 0 at its end. What the handler leaves is read and
    /// dropped before the next request.
    std::size_t read(std::span<char> buffer);

    /// All of the request's body that is left.
    std::string body();

    void reply(int status, std::string_view body, const Headers& headers = {});

    /// The head of an answer that is sent chunk by chunk.
    void begin(int status, const Headers& headers = {});

    /// False when the client is gone.
    bool write(std::string_view chunk);
    void end();

    /// Ends the connection as it is: in order, or as a reset.
    void close();
    void reset();

    /// Bytes as they are, whatever they mean.
    bool send_raw(std::string_view bytes);

    /// Returns when the client has gone or the server ends.
    void stall();

    /// Stopped when the client has gone or the server ends; for handlers that wait for something.
    std::stop_token gone();

  private:
    friend class HttpServer;
    class Watch;

    void read_head();
    void start_chunk();
    void drop_body();

    Connection& connection_;
    std::string method_;
    std::string target_;
    Headers headers_;
    bool chunked_ = false;
    bool body_ended_ = false;
    std::size_t left_ = 0; // of the body or of its current chunk
    bool answered_ = false;
    std::unique_ptr<Watch> watch_;
};

class HttpServer {
  public:
    using Handler = std::function<void(Conversation&)>;

    /// On a free port of 127.0.0.1.
    explicit HttpServer(Handler handler);

    /// On a unix socket, which is removed at the end.
    HttpServer(const std::filesystem::path& socket, Handler handler);

    /// Ends all connections and joins their threads.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] int port() const;

    /// "http://127.0.0.1:PORT"; on a unix socket "http://server".
    [[nodiscard]] std::string url() const;

    /// How many connections were accepted so far.
    [[nodiscard]] int connections() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace orch::test
