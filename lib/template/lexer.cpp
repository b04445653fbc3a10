#include "lib/template/lexer.hpp"

#include "lib/base/utf8.hpp"
#include "lib/template/quote.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace orch::templates {

namespace {

using std::string_view;

constexpr string_view spaces = " \t\r\n";

bool is_space(char c) { return spaces.find(c) != string_view::npos; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Letters, digits and _; what is not ASCII counts as a letter.
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
  public:
    explicit Lexer(string_view input) : input_(input) {}

    std::vector<Token> run() && {
        while (!failed() && at_ < input_.size())
            lex_text();
        if (!failed())
            add(TokenType::end, at_);
        return std::move(tokens_);
    }

  private:
    [[nodiscard]] bool failed() const {
        return !tokens_.empty() && tokens_.back().type == TokenType::error;
    }

    [[nodiscard]] string_view rest() const { return input_.substr(at_); }

    [[nodiscard]] char peek() const { return at_ < input_.size() ? input_[at_] : '\0'; }

    [[nodiscard]] std::size_t line_of(std::size_t position) const {
        const auto end = input_.begin() + static_cast<std::ptrdiff_t>(position);
        return 1 + static_cast<std::size_t>(std::count(input_.begin(), end, '\n'));
    }

    void add(TokenType type, std::size_t start) {
        const std::string text(input_.substr(start, at_ - start));
        tokens_.push_back({type, text, start, line_of(start), std::exchange(space_, false)});
    }

    void fail(std::string message) {
        tokens_.push_back({TokenType::error, std::move(message), at_, line_of(at_)});
    }

    void skip_spaces() { at_ = std::min(input_.find_first_not_of(spaces, at_), input_.size()); }

    void lex_text() {
        const auto start = at_;
        const auto open = input_.find("{{", at_);
        at_ = std::min(open, input_.size());
        const bool trims = open != string_view::npos && input_.size() > open + 3 &&
                           input_[open + 2] == '-' && is_space(input_[open + 3]);
        const auto resume = at_;
        while (trims && at_ > start && is_space(input_[at_ - 1]))
            --at_;
        if (at_ > start)
            add(TokenType::text, start);
        at_ = resume;
        if (open != string_view::npos)
            lex_action(trims);
    }

    void lex_action(bool trims) {
        const auto start = at_;
        at_ += 2;
        const auto marker = std::string_view("-").size();
        if (input_.substr(at_ + (trims ? marker + 1 : 0)).starts_with("/*") ||
            input_.substr(at_ + (trims ? marker : 0)).starts_with("/*"))
            return lex_comment();
        add(TokenType::left_delim, start);
        at_ += trims ? marker : 0;
        parens_ = 0;
        while (!failed() && !lex_right_delim())
            lex_token();
    }

    void lex_comment() {
        const auto close = input_.find("*/", at_);
        if (close == string_view::npos)
            return fail("unclosed comment");
        at_ = close + 2;
        const auto length = right_delim_length();
        if (length == 0)
            return fail("comment ends before closing delimiter");
        leave_action(length);
    }

    /// Length of }} or of " -}}", 0 if neither is next.
    [[nodiscard]] std::size_t right_delim_length() const {
        if (rest().starts_with("}}"))
            return 2;
        return is_space(peek()) && input_.substr(at_ + 1).starts_with("-}}") ? 4 : 0;
    }

    void leave_action(std::size_t delim_length) {
        at_ += delim_length;
        if (delim_length > 2)
            skip_spaces();
    }

    bool lex_right_delim() {
        while (is_space(peek()) && right_delim_length() == 0) {
            ++at_;
            space_ = true;
        }
        const auto length = right_delim_length();
        if (length == 0)
            return false;
        if (parens_ > 0) {
            fail("unclosed left paren");
            return true;
        }
        const auto start = at_ + length - 2;
        tokens_.push_back({TokenType::right_delim, "}}", start, line_of(start), false});
        space_ = false;
        leave_action(length);
        return true;
    }

    void lex_token() {
        const auto start = at_;
        if (at_ == input_.size())
            return fail("unclosed action");
        const char c = input_[at_];
        const char next = at_ + 1 < input_.size() ? input_[at_ + 1] : '\0';
        if (c == '"')
            return lex_quoted(TokenType::string, '"', "unterminated quoted string");
        if (c == '\'')
            return lex_quoted(TokenType::character, '\'', "unterminated character constant");
        if (c == '`')
            return lex_raw_string();
        if (c == '$')
            return lex_name(TokenType::variable, TokenType::variable);
        if (c == '.' && !is_digit(next))
            return lex_name(TokenType::dot, TokenType::field);
        if (c == '.' || c == '+' || c == '-' || is_digit(c))
            return lex_number();
        if (is_word(c))
            return lex_word();
        ++at_;
        lex_symbol(c, start);
    }

    void lex_symbol(char c, std::size_t start) {
        switch (c) {
        case '|':
            return add(TokenType::pipe, start);
        case ',':
            return add(TokenType::comma, start);
        case '=':
            return add(TokenType::assign, start);
        case '(':
            ++parens_;
            return add(TokenType::left_paren, start);
        case ')':
            add(TokenType::right_paren, start);
            if (--parens_ < 0)
                fail("unexpected right paren " + describe(start));
            return;
        case ':':
            if (peek() != '=')
                return fail("expected :=");
            ++at_;
            return add(TokenType::declare, start);
        default:
            if (c > ' ' && c <= '~')
                return add(TokenType::other, start);
            fail("unrecognized character in action: " + describe(start));
        }
    }

    void lex_quoted(TokenType type, char quote, const char* unterminated) {
        const auto start = at_++;
        for (; peek() != quote; ++at_) {
            if (peek() == '\\')
                ++at_;
            if (at_ >= input_.size() || peek() == '\n')
                return fail(unterminated);
        }
        ++at_;
        add(type, start);
    }

    void lex_raw_string() {
        const auto start = at_;
        const auto close = input_.find('`', at_ + 1);
        if (close == string_view::npos)
            return fail("unterminated raw quoted string");
        at_ = close + 1;
        add(TokenType::raw_string, start);
    }

    /// What begins with . or $: `bare` if nothing follows.
    void lex_name(TokenType bare, TokenType named) {
        const auto start = at_++;
        while (is_word(peek()))
            ++at_;
        if (ends_word())
            add(at_ == start + 1 ? bare : named, start);
    }

    void lex_word() {
        const auto start = at_;
        while (is_word(peek()))
            ++at_;
        const auto word = input_.substr(start, at_ - start);
        if (ends_word())
            add(word == "true" || word == "false" ? TokenType::boolean : TokenType::identifier,
                start);
    }

    /// Fails unless what comes next may stand right behind a name.
    bool ends_word() {
        constexpr string_view terminators = " \t\r\n.,|:)(";
        if (at_ == input_.size() || terminators.find(peek()) != string_view::npos ||
            rest().starts_with("}}"))
            return true;
        fail("bad character " + describe(at_));
        return false;
    }

    void take_any_of(string_view characters, bool once = false) {
        while (at_ < input_.size() && characters.find(input_[at_]) != string_view::npos) {
            ++at_;
            if (once)
                return;
        }
    }

    /// Takes more than numbers are ("089", "."); the parser refuses what is none.
    void lex_number() {
        const auto start = at_;
        take_any_of("+-", true);
        const bool hexadecimal = rest().starts_with("0x") || rest().starts_with("0X");
        const string_view digits = hexadecimal ? "0123456789abcdefABCDEF_" : "0123456789_";
        if (hexadecimal || (peek() == '0' && input_.substr(at_ + 1).find_first_of("oObB") == 0))
            at_ += 2;
        take_any_of(digits);
        take_any_of(".", true);
        take_any_of(digits);
        if (!hexadecimal && (peek() == 'e' || peek() == 'E')) {
            ++at_;
            take_any_of("+-", true);
            take_any_of(digits);
        }
        const bool complex = peek() == '+' || peek() == '-';
        if (!is_word(peek()) && !complex)
            return add(TokenType::number, start);
        at_ += complex ? 2 : 1;
        at_ = std::min(at_, input_.size());
        fail("bad number syntax: " + quote(input_.substr(start, at_ - start)));
    }

    /// "U+0040 '@'"
    [[nodiscard]] std::string describe(std::size_t position) const {
        return position < input_.size() ? describe_rune(utf8::first_rune(input_.substr(position)))
                                        : "EOF";
    }

    string_view input_;
    std::size_t at_ = 0;
    bool space_ = false; // there was space before the token that comes next
    int parens_ = 0;
    std::vector<Token> tokens_;
};

} // namespace

std::vector<Token> tokenize(string_view input) { return Lexer(input).run(); }

} // namespace orch::templates
