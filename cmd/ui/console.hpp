// The only writer of standard output and standard error. Answers go out, everything else goes err;
// a live area at the bottom of the terminal is kept whole while lines scroll above it.
#pragma once

#include "cmd/ui/color.hpp"
#include "lib/os/environment.hpp"

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct termios;

namespace orch::cmd::ui {

/// The reader of standard output has gone (`orch ... | head`): end quietly with code 1.
class OutputClosed : public std::exception {
  public:
    [[nodiscard]] const char* what() const noexcept override { return "standard output is closed"; }
};

struct Size {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

/// Every member may be called from any thread.
class Console {
  public:
    /// The descriptors are borrowed. `in` is only asked whether it is a terminal, and made raw.
    Console(int in, int out, int err, const os::Environment& environment);
    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    /// A piece of the answer, as it is; unbuffered, so hand over large pieces. Throws OutputClosed
    /// when nobody reads any more, Error(invalid) when it cannot be written (a full disk).
    void out(std::string_view text);

    /// Everything that is not the answer, as it is. What cannot be written is lost.
    void err(std::string_view text) noexcept;

    /// All of standard input. Throws Error(invalid) if it cannot be read.
    [[nodiscard]] std::string read_all();

    /// Replaces the live area by `lines` (each shorter than the terminal is wide) and puts `above`,
    /// whole lines, over it. Without a terminal only `above` is written.
    void live(std::vector<std::string> lines, std::string_view above = {}) noexcept;

    [[nodiscard]] bool in_is_terminal() const noexcept { return in_.terminal; }

    [[nodiscard]] bool out_is_terminal() const noexcept { return out_.terminal; }

    [[nodiscard]] bool err_is_terminal() const noexcept { return err_.terminal; }

    [[nodiscard]] bool out_color() const noexcept { return out_.color; }

    [[nodiscard]] bool err_color() const noexcept { return err_.color; }

    /// Before other threads start.
    void choose_color(ColorChoice choice);

    /// Of the terminal now; 80 x 24 where there is none.
    [[nodiscard]] Size out_size() const noexcept { return size_of(out_); }

    [[nodiscard]] Size err_size() const noexcept { return size_of(err_); }

    /// Whether the terminal can show UTF-8, by the locale's name.
    [[nodiscard]] bool unicode() const noexcept { return unicode_; }

    /// While it lives the terminal belongs to an interactive child: no live area is drawn.
    class Handover {
      public:
        explicit Handover(Console& console);
        ~Handover();
        Handover(const Handover&) = delete;
        Handover& operator=(const Handover&) = delete;

      private:
        Console& console_;
    };

    /// While it lives standard input is raw: every key is a byte, nothing is echoed. Does nothing
    /// without a terminal.
    class RawInput {
      public:
        explicit RawInput(Console& console);
        ~RawInput();
        RawInput(const RawInput&) = delete;
        RawInput& operator=(const RawInput&) = delete;

      private:
        Console& console_;
    };

    /// Gives the terminal back as it was: for a process that is about to end at once. Waits only a
    /// moment for a thread that is stuck in writing.
    void restore() noexcept;

  private:
    struct Stream {
        int fd;
        bool terminal = false;
        bool color = false;
    };

    static Size size_of(const Stream& stream) noexcept;
    [[nodiscard]] std::string hide() const;
    [[nodiscard]] std::string show() const;
    void write_err(std::string_view text) noexcept;
    void leave_raw() noexcept;

    const os::Environment& environment_;
    Stream in_;
    Stream out_;
    Stream err_;
    bool unicode_;

    std::mutex mutex_;               // guards everything below and the order of writes
    std::vector<std::string> lines_; // the live area
    bool shown_ = false;             // whether lines_ are on the screen now
    bool midline_ = false;           // the last text had no line end: the area would tear it
    int handed_over_ = 0;
    std::unique_ptr<termios> before_raw_;
};

} // namespace orch::cmd::ui
