// The text of a document: is it text at all, and which line and column is a byte in?
#pragma once

#include "lib/yaml/node.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace orch::yaml {

class Source {
  public:
    /// Skips a byte order mark. Throws SyntaxError at the first byte that is not UTF-8 or not text.
    Source(std::string_view text, std::string_view file);

    [[nodiscard]] std::string_view text() const noexcept { return text_; }

    /// The place of the byte at `offset`. Columns count characters. Cheapest in ascending order.
    Mark mark(std::size_t offset);

    [[noreturn]] void fail(std::size_t offset, std::string problem);

  private:
    void check();

    std::string_view text_;
    std::shared_ptr<const std::string> file_;
    std::size_t offset_ = 0; // what line_ and column_ belong to
    int line_ = 1;
    int column_ = 1;
};

} // namespace orch::yaml
