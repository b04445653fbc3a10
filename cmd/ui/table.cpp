#include "cmd/ui/table.hpp"

#include "cmd/ui/width.hpp"

#include <algorithm>
#include <numeric>

namespace orch::cmd::ui {

namespace {

using Cells = std::vector<std::string>;
using Widths = std::vector<std::size_t>;

constexpr std::size_t gap = 3;

Widths natural_widths(const std::vector<Cells>& rows, std::size_t count) {
    Widths widths(count, 0);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < count; ++i)
            widths[i] = std::max(widths[i], columns(row[i]));
    return widths;
}

/// Shares `room` column by column, one at a time, until every wish is met or nothing is left.
Widths share(const Widths& wishes, std::size_t room) {
    Widths widths(wishes.size(), 0);
    bool given = true;
    while (given && room > 0) {
        given = false;
        for (std::size_t i = 0; i < wishes.size() && room > 0; ++i) {
            if (widths[i] == wishes[i])
                continue;
            ++widths[i];
            --room;
            given = true;
        }
    }
    return widths;
}

/// Lines of at most `width` columns, broken at spaces, or inside a word that is longer than that.
Cells wrap(std::string_view cell, std::size_t width) {
    Cells lines;
    while (columns(cell) > width) {
        auto head = cut(cell, std::max<std::size_t>(width, 1));
        if (head.empty()) // a wide character in a narrow column
            head = cell.substr(0, 1);
        if (const auto space = cell.substr(0, head.size() + 1).rfind(' ');
            space != std::string_view::npos && space > 0)
            head = cell.substr(0, space);
        lines.emplace_back(head);
        cell.remove_prefix(head.size());
        cell.remove_prefix(std::min(cell.find_first_not_of(' '), cell.size()));
    }
    lines.emplace_back(cell);
    return lines;
}

std::string centred(std::string_view text, std::size_t width) {
    const auto used = std::min(columns(text), width);
    return pad(std::string((width - used) / 2, ' ') + std::string(text), width);
}

std::string aligned(std::string_view text, std::size_t width, Align align) {
    if (align == Align::left)
        return pad(text, width);
    const auto used = std::min(columns(text), width);
    return std::string(width - used, ' ') + std::string(text);
}

std::string machine_text(const std::vector<Cells>& rows, const std::vector<Column>& layout) {
    auto widths = natural_widths(rows, layout.size());
    constexpr std::size_t least = 2; // 5 with the gap
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < layout.size(); ++i)
            text += aligned(row[i], std::max(widths[i], least), layout[i].align) +
                    std::string(gap, ' ');
        text += row.back() + "\n";
    }
    return text;
}

std::string
compose_text(const std::vector<Cells>& rows, const std::vector<Column>& layout, std::size_t limit) {
    auto widths = natural_widths(rows, layout.size());
    const auto gaps = gap * (layout.size() - 1);
    auto total = std::accumulate(widths.begin(), widths.end(), gaps);
    if (limit > gaps + layout.size() && total > limit) {
        widths = share(widths, limit - gaps);
        total = limit;
    }
    std::string text;
    for (const auto& row : rows) {
        const bool title = &row == &rows.front();
        std::vector<Cells> wrapped;
        std::size_t height = 1;
        for (std::size_t i = 0; i < row.size(); ++i) {
            wrapped.push_back(wrap(row[i], widths[i]));
            height = std::max(height, wrapped.back().size());
        }
        for (std::size_t line = 0; line < height; ++line) {
            for (std::size_t i = 0; i < row.size(); ++i) {
                const auto cell = line < wrapped[i].size() ? wrapped[i][line] : std::string();
                text += i == 0 ? "" : std::string(gap, ' ');
                text +=
                    title ? centred(cell, widths[i]) : aligned(cell, widths[i], layout[i].align);
            }
            text += "\n";
        }
        if (title)
            text += std::string(total, '-') + "\n";
    }
    return text;
}

} // namespace

std::string Table::text(TableStyle style, std::size_t width) const {
    std::vector<Cells> rows;
    auto& titles = rows.emplace_back();
    for (const auto& column : columns_)
        titles.push_back(column.title);
    rows.insert(rows.end(), rows_.begin(), rows_.end());
    for (auto& row : rows)
        row.resize(columns_.size());
    return style == TableStyle::machine ? machine_text(rows, columns_)
                                        : compose_text(rows, columns_, width);
}

} // namespace orch::cmd::ui
