#include "lib/template/lexer.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <algorithm>

namespace orch::templates {

namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool digit(char c) { return c >= '0' && c <= '9'; }

bool space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<Token> run() {
        while (at_ < text_.size()) {
            const auto open = text_.find("{{", at_);
            add_text(text_.substr(at_, open - at_));
            if (open == std::string_view::npos) break;
            move_to(open + 2);
            action();
        }
        return std::move(tokens_);
    }

  private:
    void move_to(std::size_t at) {
        line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                             text_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
        at_ = at;
    }

    void add(TokenKind kind, std::string_view value = {}) {
        tokens_.push_back({kind, std::string(value), line_});
    }

    void add_text(std::string_view piece) {
        if (trim_left_) {
            const auto first = std::find_if_not(piece.begin(), piece.end(), space);
            piece.remove_prefix(static_cast<std::size_t>(first - piece.begin()));
        }
        trim_left_ = false;
        if (!piece.empty()) add(TokenKind::text, piece);
    }

    /// "{{- " takes the white space before it away.
    void trim_text_before() {
        if (tokens_.empty() || tokens_.back().kind != TokenKind::text) return;
        auto& value = tokens_.back().value;
        value.erase(std::find_if_not(value.rbegin(), value.rend(), space).base(), value.end());
        if (value.empty()) tokens_.pop_back();
    }

    void action() {
        if (starts("- ") || starts("-\t") || starts("-\n")) {
            move_to(at_ + 1);
            trim_text_before();
        }
        const auto after_space = text_.find_first_not_of(" \t\r\n", at_);
        if (after_space != std::string_view::npos && text_.substr(after_space).starts_with("/*")) {
            comment(after_space);
            return;
        }
        add(TokenKind::open);
        while (!close()) token();
    }

    void comment(std::size_t start) {
        const auto end = text_.find("*/", start);
        if (end == std::string_view::npos) fail_parsing(line_, "unclosed comment");
        move_to(end + 2);
        if (!try_close()) fail_parsing(line_, "comment ends before closing delimiter");
    }

    bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

    bool try_close() {
        auto at = at_;
        while (at < text_.size() && space(text_[at])) ++at;
        if (text_.substr(at).starts_with("-}}") && at > at_) {
            move_to(at + 3);
            trim_left_ = true;
            return true;
        }
        if (!text_.substr(at).starts_with("}}")) return false;
        move_to(at + 2);
        return true;
    }

    bool close() {
        if (!try_close()) return false;
        add(TokenKind::close);
        return true;
    }

    void token() {
        if (at_ >= text_.size()) fail_parsing(line_, "unclosed action");
        const char c = text_[at_];
        if (space(c)) {
            while (at_ < text_.size() && space(text_[at_])) move_to(at_ + 1);
            add(TokenKind::space);
        } else if (c == '.' && at_ + 1 < text_.size() && letter(text_[at_ + 1])) {
            move_to(at_ + 1);
            add(TokenKind::field, name());
        } else if (digit(c) || ((c == '-' || c == '+' || c == '.') && at_ + 1 < text_.size() && digit(text_[at_ + 1]))) {
            number();
        } else if (c == '"' || c == '`') {
            quoted(c);
        } else if (letter(c)) {
            add(TokenKind::word, name());
        } else if (c == '$') {
            move_to(at_ + 1);
            add(TokenKind::variable, "$" + name());
        } else {
            symbol(c);
        }
    }

    void symbol(char c) {
        if (starts(":=")) {
            move_to(at_ + 2);
            add(TokenKind::declare);
            return;
        }
        static constexpr std::string_view symbols = ".|=,()";
        static constexpr TokenKind kinds[] = {
            TokenKind::dot, TokenKind::pipe, TokenKind::assign, TokenKind::comma, TokenKind::left, TokenKind::right};
        const auto which = symbols.find(c);
        if (which == std::string_view::npos)
            fail_parsing(line_, fmt::format("unexpected \"{}\" in operand", c));
        move_to(at_ + 1);
        add(kinds[which]);
    }

    std::string name() {
        const auto start = at_;
        while (at_ < text_.size() && (letter(text_[at_]) || digit(text_[at_]))) ++at_;
        return std::string(text_.substr(start, at_ - start));
    }

    void number() {
        const auto start = at_++;
        while (at_ < text_.size() && (letter(text_[at_]) || digit(text_[at_]) || text_[at_] == '.')) ++at_;
        add(TokenKind::number, text_.substr(start, at_ - start));
    }

    void quoted(char quote) {
        std::string value;
        auto at = at_ + 1;
        for (; at < text_.size() && text_[at] != quote; ++at) {
            if (quote == '"' && text_[at] == '\n') break;
            if (quote == '"' && text_[at] == '\\' && at + 1 < text_.size()) {
                const char escaped = text_[++at];
                value += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped == 'r' ? '\r' : escaped;
            } else {
                value += text_[at];
            }
        }
        if (at >= text_.size() || text_[at] != quote)
            fail_parsing(line_, quote == '"' ? "unterminated quoted string" : "unterminated raw quoted string");
        move_to(at + 1);
        add(TokenKind::string, value);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    bool trim_left_ = false; // of the next text
    std::vector<Token> tokens_;
};

} // namespace

std::vector<Token> tokenize(std::string_view text) { return Lexer(text).run(); }

void fail_parsing(int line, std::string_view what) {
    throw Error(Kind::invalid, "template parsing error: template: :{}: {}", line, what);
}

} // namespace orch::templates
