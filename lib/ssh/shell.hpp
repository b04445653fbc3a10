// A remote host reached by SSH: connect once, run many commands over the one connection.
#pragma once

#include "lib/base/error.hpp"
#include "lib/process/runner.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace orch::ssh {

struct Address {
    std::string host;
    int port = 22;
    std::string user = "root";
    std::filesystem::path key{}; // private key file; empty: the agent, then the default keys
    std::filesystem::path known_hosts{}; // OpenSSH format; the host key is added at first contact
                                         // and pinned from then on. Empty: nothing is remembered
    bool operator==(const Address&) const = default;
};

/// A remote command. Build `line` with text::shell_join or give a script as `input` of "sh -s".
struct Command {
    std::string line;
    std::string input{};
    std::chrono::milliseconds timeout{0}; // 0: none

    /// Receives both streams as they come, besides the capture. Called on the thread of run().
    std::function<void(std::string_view chunk)> on_output{};
};

/// Of a terminal, in characters.
struct WindowSize {
    int columns = 80;
    int rows = 24;
    bool operator==(const WindowSize&) const = default;
};

struct Terminal {
    std::string type = "xterm"; // as in $TERM
    WindowSize size{};
};

/// A remote program that talks to the person here.
struct Attachment {
    std::string line{};                   // empty: the login shell
    std::optional<Terminal> terminal{};   // with one, both of its output streams come as one
    std::function<WindowSize()> window{}; // asked now and then, to follow the terminal's size
    int in = 0;                           // descriptors, borrowed
    int out = 1;
    int err = 2;
};

class Shell {
  public:
    virtual ~Shell() = default;

    /// Runs a program on the caller's own streams; returns its exit code. Who gives it a terminal
    /// has made the own one raw. Throws Error: network, cancelled, unsupported.
    virtual int attach(const Attachment&, const std::stop_token&) {
        throw Error(Kind::unsupported, "this connection carries no interactive program");
    }

    /// Runs to the end: exit code and both streams, apart. Throws Error: network (connection lost),
    /// timeout, cancelled. One call at a time.
    virtual process::Outcome run(const Command& command, const std::stop_token& stop) = 0;

    /// Writes a file as the login user, byte for byte, with permission bits `mode`. It appears
    /// whole or not at all (temporary name, then rename). Throws Error(remote) with the remote
    /// reason.
    virtual void
    put(std::string_view content,
        const std::string& path,
        unsigned mode,
        const std::stop_token& stop) = 0;

    /// The content of a file. Throws Error(not_found) or Error(remote).
    virtual std::string get(const std::string& path, const std::stop_token& stop) = 0;
};

class Connector {
  public:
    virtual ~Connector() = default;

    /// Connects, checks the host key against Address::known_hosts, logs in. Throws Error:
    /// network (refused, unreachable, unknown host), timeout, denied (login refused, key unusable,
    /// host key changed: message says "host key"), cancelled. Any thread.
    virtual std::unique_ptr<Shell> connect(
        const Address& address, std::chrono::milliseconds timeout, const std::stop_token& stop
    ) = 0;
};

} // namespace orch::ssh
