// Talking with a process in a container: its input, its output, its terminal.
#pragma once

#include "lib/http/client.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace orch::engine {

/// Of a terminal, in characters.
struct TerminalSize {
    int rows = 0;
    int columns = 0;
};

/// Who is at the near end of a Dialogue.
struct Speaker {
    int input = -1; // a descriptor to read from; -1: the process gets no input

    /// Called with the stream (1 out, 2 err; a terminal has only 1) and the bytes.
    std::function<void(int stream, std::string_view bytes)> on_output{};

    int notice = -1;                   // a descriptor; whenever it is readable,
    std::function<void()> on_notice{}; // this is called, which makes it unreadable again
};

/// The streams of one process, as the engine hands them over. One thread serves them all, so
/// nothing is left running when it ends.
class Dialogue {
  public:
    Dialogue(std::unique_ptr<http::Duplex> duplex, bool tty, std::stop_token stop)
        : duplex_(std::move(duplex)), tty_(tty), stop_(std::move(stop)) {}

    /// Copies both ways until the process has closed its output. The end of the input is passed on;
    /// input that the process no longer takes is dropped. What the functions throw comes out.
    /// Throws Error(network) when the connection broke, Error(cancelled) at once on a stop.
    void run(const Speaker& speaker);

  private:
    std::unique_ptr<http::Duplex> duplex_;
    bool tty_;
    std::stop_token stop_;
};

/// POST /containers/ID/exec
struct ExecOptions {
    std::vector<std::string> command;
    std::vector<std::string> environment{}; // "NAME=VALUE"
    std::string user{};
    std::string working_dir{};
    bool privileged = false;
    bool tty = false;
    bool attach = true; // false: it runs on its own
};

/// GET /exec/ID/json
struct ExecState {
    bool running = false;
    int exit_code = 0;
};

} // namespace orch::engine
