#include "compose/output/line_splitter.hpp"

namespace orch::compose {

LineSplitter::LineSplitter(OnLine on_line) : on_line_(std::move(on_line)) {}

void LineSplitter::add(std::string_view piece) {
    for (auto end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
        if (rest_.empty()) {
            on_line_(piece.substr(0, end));
        } else {
            rest_ += piece.substr(0, end);
            on_line_(rest_);
            rest_.clear();
        }
        piece.remove_prefix(end + 1);
    }
    rest_ += piece;
    if (rest_.size() >= longest_line)
        finish();
}

void LineSplitter::finish() {
    if (rest_.empty())
        return;
    on_line_(rest_);
    rest_.clear();
}

} // namespace orch::compose
