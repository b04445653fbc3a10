// Tables from cells: callers hand over values, the layout is chosen here.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace orch::cmd::ui {

enum class Align { left, right };

struct Column {
    std::string title;
    Align align = Align::left;
};

enum class TableStyle {
    machine, // docker-machine: at least 5 wide, 3 spaces between, the last column not filled up
    compose, // docker-compose: centred titles over a rule, 3 spaces between, all columns filled up
};

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// Missing cells are empty, cells without a column are dropped.
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

    /// Lines with their ends, the titles first. `width`: columns narrow and cells wrap to fit into
    /// so many columns (compose only); 0: no limit.
    [[nodiscard]] std::string text(TableStyle style, std::size_t width = 0) const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace orch::cmd::ui
