// A plugin as a process: started, listened to for as long as it lives, and ended for certain.
#pragma once

#include "lib/base/fd.hpp"
#include "lib/process/child.hpp"
#include "lib/tasks/group.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace orch::drivers::plugin {

/// Any thread may call.
class Process {
  public:
    using Span = std::chrono::milliseconds;

    /// A line without its end, of printable characters. Called from any thread, one at a time.
    using Listener = std::function<void(const std::string& line)>;

    struct Listeners {
        Listener out; // what it says on standard output behind its first line
        Listener err;
    };

    /// Starts it, in a process group of its own so that Ctrl-C reaches orch alone, with nothing on
    /// standard input. Throws Error(not_found, internal).
    Process(
        const std::filesystem::path& program,
        std::vector<std::string> environment,
        Listeners listeners
    );

    /// Ends it if it still runs.
    ~Process();

    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// The first line on its standard output, cut if it is very long; nothing if there is none and
    /// there will be none. Throws Error: timeout, cancelled.
    std::optional<std::string> first_line(Span limit, const std::stop_token& stop);

    /// Everything it has said until now has reached the listeners when this returns.
    void settle();

    /// The last lines on its standard error.
    [[nodiscard]] std::vector<std::string> last_errors();

    /// How it ended: exit code, or 128 + signal; nothing if it still runs after `patience`.
    std::optional<int> wait(Span patience);

    /// Waits for its end, then helps with signals, each after `patience`. The programs that it
    /// started live on (a hypervisor may be one), unless `with_children`.
    void end(Span patience, bool with_children);

  private:
    /// One of its streams, cut into lines.
    struct Stream {
        Fd fd;
        std::string line{}; // what came of it; the rest of a very long one is not kept
    };

    void listen(const std::stop_token& stop);
    bool receive(Stream& stream, bool is_out);
    void take(std::string_view bytes, Stream& stream, bool is_out);
    void finish_line(Stream& stream, bool is_out);

    Listeners listeners_;
    process::Pipe out_pipe_;
    process::Pipe err_pipe_;
    process::Child child_;

    std::mutex reading_; // guards what follows; held while listeners are called
    Stream out_;
    Stream err_;
    bool named_ = false; // the first line is complete

    std::mutex mutex_; // guards what follows
    std::condition_variable_any changed_;
    std::optional<std::string> first_;
    bool out_ended_ = false;
    std::deque<std::string> errors_;
    std::optional<int> code_;

    tasks::Group pump_; // last: its thread uses the others
};

} // namespace orch::drivers::plugin
