// Puts lines together from the pieces in which a container's output comes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace orch::compose {

class LineSplitter {
  public:
    /// `line` without its end. Called on the thread that calls add() and finish().
    using OnLine = std::function<void(std::string_view line)>;

    /// A line that grows beyond this is handed on in parts: memory stays bounded.
    static constexpr std::size_t longest_line = std::size_t{1} << 20U;

    explicit LineSplitter(OnLine on_line);

    void add(std::string_view piece);

    /// A last line without an end.
    void finish();

  private:
    OnLine on_line_;
    std::string rest_;
};

} // namespace orch::compose
