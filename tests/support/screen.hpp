// A terminal's screen in memory: what people see after a program wrote its escape sequences. Knows
// those that orch uses and refuses others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orch::test {

class Screen {
  public:
    explicit Screen(std::size_t rows = 24) : rows_(rows) {}

    /// Fails the test at an unknown sequence, and where the cursor would leave the screen upwards:
    /// that is how a live area destroys what stood above it.
    void feed(std::string_view bytes);

    /// Lines from the first ever written, those that scrolled away included; no empty ones at the
    /// end. Colours are dropped.
    [[nodiscard]] std::vector<std::string> lines() const;

    [[nodiscard]] bool cursor_shown() const noexcept { return cursor_shown_; }

  private:
    void sequence(std::string_view parameters, char final);
    void put(char byte);

    std::size_t rows_;
    std::vector<std::string> lines_{1};
    std::size_t row_ = 0;
    std::size_t column_ = 0; // in bytes; nothing here is cut inside a line
    bool cursor_shown_ = true;
};

} // namespace orch::test
