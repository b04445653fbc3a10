// HTTP as a seam: a request value in, a response value out. CurlClient is the real one.
#pragma once

#include "lib/base/error.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace orch::http {

struct Response;

/// PEM files. With them the server must show a certificate of `ca`, and gets ours.
struct Tls {
    std::filesystem::path ca;
    std::filesystem::path cert;
    std::filesystem::path key;
    bool verify = true; // false: any server certificate will do (DOCKER_TLS without verification)
    bool verify_host = true; // false: its name need not be the server's
    bool operator==(const Tls&) const = default;
};

/// Credentials of AWS, with which a request is signed at the moment it is sent: Signature
/// Version 4. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
struct AwsSignature {
    std::string region;  // "us-east-1"
    std::string service; // "ec2"
    std::string key_id;
    std::string secret_key;
};

struct Request {
    std::string method = "GET";
    std::string url;                              // absolute; path and query already escaped
    std::map<std::string, std::string> headers{}; // never logged when they hold credentials
    std::string body{};

    /// Instead of `body`: fills the buffer, returns the bytes written, 0 at the end. Sent chunked.
    std::function<std::size_t(std::span<char>)> body_source{};

    /// Receives the body of a 2xx answer piece by piece instead of Response::body; false ends the
    /// exchange without an error. Called on the thread that called send(); what it throws comes out
    /// of send().
    std::function<bool(std::string_view)> on_chunk{};

    /// Told status and headers of a 2xx answer before the first piece of its body.
    std::function<void(const Response& head)> on_head{};

    std::string unix_socket{}; // path of a socket to use instead of the url's host
    std::optional<Tls> tls{};  // for https urls with an own authority
    std::optional<AwsSignature> aws{};

    bool once = false; // over a new connection: on a kept one that breaks, curl would send it again

    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds timeout{60'000}; // for the whole exchange; 0: none (streams)
    std::chrono::seconds stall_timeout{
        0}; // with hardly a byte for so long it is given up; 0: never
};

/// An answer of whatever status; what a 404 means is for the caller to say.
struct Response {
    int status = 0;
    std::map<std::string, std::string> headers; // names in lower case; the last one wins
    std::string body;

    [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300; }
};

/// No complete answer came. The message names the other side; who has a better name for it says
/// that and the cause.
class NoAnswer : public Error {
  public:
    NoAnswer(Kind kind, std::string_view peer, std::string cause, bool begun, bool connected = true)
        : Error(kind, "{} {}: {}", begun ? "lost the connection to" : "cannot reach", peer, cause),
          cause_(std::move(cause)), begun_(begun), connected_(connected) {}

    /// The message without the other side: "connection refused".
    [[nodiscard]] const std::string& cause() const noexcept { return cause_; }

    /// Whether a part of the answer had come.
    [[nodiscard]] bool begun() const noexcept { return begun_; }

    /// Whether there was a connection: the other side may have done what it was asked for.
    [[nodiscard]] bool connected() const noexcept { return connected_; }

  private:
    std::string cause_;
    bool begun_;
    bool connected_;
};

/// A connection that has left HTTP behind and carries bytes both ways. One thread at a time.
class Duplex {
  public:
    virtual ~Duplex() = default;

    /// What poll() waits on. Bytes may be there without it, so receive() until it has none.
    [[nodiscard]] virtual int fd() const = 0;

    /// The bytes that came, 0 at the end; nothing if none are there yet. Throws NoAnswer when the
    /// connection breaks.
    virtual std::optional<std::size_t> receive(std::span<char> buffer) = 0;

    /// How many of the bytes were taken; 0 if there is no room now.
    virtual std::size_t send(std::string_view bytes) = 0;

    /// Tells the other side that nothing more will come from here; it may still send.
    virtual void end_sending() = 0;
};

/// What became of a request for another protocol.
struct Upgrade {
    std::unique_ptr<Duplex> duplex; // null if the server gave an ordinary answer
    Response response;
};

class Client {
  public:
    virtual ~Client() = default;

    /// Throws only if no complete answer came: NoAnswer of kind network (refused, reset, unknown
    /// host), timeout, or denied (a certificate was refused by either side, no permission for the
    /// socket); Error(cancelled). Any thread; connections are kept and used again.
    virtual Response send(const Request& request, const std::stop_token& stop) = 0;

    /// Sends a request that asks for a raw stream in both directions ("Upgrade: tcp"); the server
    /// grants it with 101, or with 200 and the type of a raw stream. Throws as send() does.
    virtual Upgrade upgrade(const Request& request, const std::stop_token& stop);
};

/// `text` with everything escaped that may not stand in a query value or path segment.
std::string escape(std::string_view text);

} // namespace orch::http
