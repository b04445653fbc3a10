// Starting programs: always from an argument vector, never through a shell.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace orch::process {

struct Command {
    std::vector<std::string> argv;            // argv[0] is looked up on PATH unless it has a slash
    std::map<std::string, std::string> env{}; // added to the inherited environment
    std::filesystem::path dir{};              // working directory; empty: inherited
    std::string input{};                      // written to standard input, which is then closed
    std::chrono::milliseconds timeout{0};     // 0: none; when over, the program is killed

    /// Instead of `input`, for what memory should not hold: fills the buffer, returns the bytes
    /// written, 0 at the end. Called on the thread of run(); what it throws comes out of run(), and
    /// the program is killed. A program that closes its input early is not asked why.
    std::function<std::size_t(std::span<char>)> input_source{};

    /// Receives both streams as they come, besides the capture. Called on the thread of run().
    std::function<void(std::string_view chunk)> on_output{};
};

/// How a program ended. A non-zero code is data, not an error.
struct Outcome {
    int code = 0; // exit code; 128 + signal if a signal ended it
    std::string out;
    std::string err;

    [[nodiscard]] bool ok() const noexcept { return code == 0; }
};

class Runner {
  public:
    virtual ~Runner() = default;

    /// Runs to the end and captures both streams. Throws Error: not_found (no such program),
    /// timeout, cancelled (the program gets SIGTERM, a second later SIGKILL). Any thread.
    virtual Outcome run(const Command& command, const std::stop_token& stop) = 0;

    /// Runs with the caller's terminal, standard streams and signals; `input` is ignored. Returns
    /// the exit code as in Outcome. For interactive children (ssh, editors).
    virtual int run_attached(const Command& command) = 0;
};

/// The absolute path of `program` on `path` (a PATH value), if it is there and executable.
std::optional<std::filesystem::path>
find_program(const std::string& program, const std::string& path);

} // namespace orch::process
