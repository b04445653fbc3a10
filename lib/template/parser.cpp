#include "lib/template/parser.hpp"

#include "lib/base/error.hpp"
#include "lib/template/lexer.hpp"
#include "lib/template/number.hpp"
#include "lib/template/quote.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace orch::templates {

namespace {

using std::string_view;

constexpr std::array<string_view, 10> keywords = {
    "if", "else", "end", "range", "with", "define", "template", "block", "break", "continue"};

class Parser {
  public:
    Parser(string_view text, const IsFunction& is_function)
        : text_(text), is_function_(is_function), tokens_(tokenize(text)) {}

    std::vector<Node> run() {
        auto nodes = list(Until::end_of_text);
        return nodes;
    }

  private:
    enum class Until { end_of_text, end_or_else, end };

    [[nodiscard]] const Token& peek() const { return tokens_[next_]; }

    const Token& take() {
        const auto& token = tokens_[next_];
        if (next_ + 1 < tokens_.size())
            ++next_;
        line_ = token.line;
        return token;
    }

    [[nodiscard]] bool at_keyword(string_view word) const {
        return peek().type == TokenType::identifier && peek().text == word;
    }

    [[nodiscard]] bool at_any_keyword() const {
        return peek().type == TokenType::identifier &&
               std::find(keywords.begin(), keywords.end(), peek().text) != keywords.end();
    }

    [[noreturn]] void fail(const std::string& message) const {
        throw Error(Kind::invalid, "template parsing error: template: :{}: {}", line_, message);
    }

    /// Refuses the next token.
    [[noreturn]] void fail_at_token(string_view context) {
        const bool keyword = at_any_keyword() || peek().type == TokenType::dot;
        const auto& token = take();
        if (token.type == TokenType::error)
            fail(token.text + start_of_action(token));
        constexpr std::size_t longest = 10;
        const auto shown = token.type == TokenType::end ? "EOF"
                           : keyword                    ? "<" + token.text + ">"
                           : token.text.size() > longest
                               ? quote(token.text.substr(0, longest)) + "..."
                               : quote(token.text);
        fail(fmt::format("unexpected {} in {}", shown, context));
    }

    /// An action over several lines may have gone wrong in the first of them.
    [[nodiscard]] std::string start_of_action(const Token& token) const {
        if (action_line_ == 0 || action_line_ == token.line)
            return "";
        return fmt::format(
            "{} started at :{}",
            string_view(token.text).ends_with(" action") ? "" : " in action",
            action_line_
        );
    }

    void expect_right_delim(string_view context) {
        if (peek().type != TokenType::right_delim)
            fail_at_token(context);
        take();
    }

    /// From a position to where the last token ended.
    [[nodiscard]] Place place_from(std::size_t start, std::size_t position) const {
        const auto& last = tokens_[next_ == 0 ? 0 : next_ - 1];
        const auto end = std::max(start, last.position + last.text.size());
        return {position, std::string(text_.substr(start, end - start))};
    }

    /// Nodes up to a keyword that ends them; it is left as the next token, behind its {{.
    std::vector<Node> list(Until until) {
        std::vector<Node> nodes;
        for (;;) {
            const auto type = peek().type;
            if (type == TokenType::end && until == Until::end_of_text)
                return nodes;
            if (type == TokenType::end) {
                take();
                fail("unexpected EOF");
            }
            if (type == TokenType::text) {
                nodes.push_back({.kind = Node::Kind::text, .text = take().text});
                continue;
            }
            if (type != TokenType::left_delim)
                fail_at_token("input");
            action_line_ = take().line;
            if (at_keyword("end") || at_keyword("else")) {
                if (until == Until::end_of_text)
                    fail_at_closing("unexpected ");
                if (until == Until::end && at_keyword("else"))
                    fail_at_closing("expected end; found ");
                return nodes;
            }
            nodes.push_back(action());
            action_line_ = 0;
        }
    }

    /// {{end}} or {{else}} where it does not belong.
    [[noreturn]] void fail_at_closing(string_view message) {
        const auto word = take().text;
        if (!(word == "else" && at_keyword("if")))
            expect_right_delim(word);
        fail(fmt::format("{}{{{{{}}}}}", message, word));
    }

    Node action() {
        for (const auto& [word, kind] :
             {std::pair{"if", Node::Kind::if_},
              std::pair{"range", Node::Kind::range},
              std::pair{"with", Node::Kind::with}})
            if (at_keyword(word))
                return control(kind);
        if (at_any_keyword()) {
            const auto word = take().text;
            fail(fmt::format("{} is not supported", quote(word)));
        }
        return {.kind = Node::Kind::action, .pipe = pipeline("command", TokenType::right_delim)};
    }

    Node control(Node::Kind kind) {
        const auto word = take().text;
        const auto variables = variables_.size();
        Node node{.kind = kind, .pipe = pipeline(word, TokenType::right_delim)};
        node.body = list(Until::end_or_else);
        if (take().text == "else") {
            if (kind == Node::Kind::if_ && at_keyword("if")) {
                node.otherwise.push_back(control(kind)); // its {{end}} ends this one, too
                variables_.resize(variables);
                return node;
            }
            expect_right_delim("else");
            node.otherwise = list(Until::end);
            take();
        }
        expect_right_delim("end");
        variables_.resize(variables);
        return node;
    }

    Pipe pipeline(string_view context, TokenType end) {
        const auto start = peek().position;
        Pipe pipe;
        declarations(pipe, context);
        while (peek().type != end) {
            if (!starts_operand())
                fail_at_token(context);
            pipe.commands.push_back(command());
        }
        pipe.place = place_from(start, start);
        take();
        if (pipe.commands.empty())
            fail(fmt::format("missing value for {}", context));
        for (std::size_t i = 1; i < pipe.commands.size(); ++i) {
            const auto& first = pipe.commands[i].operands[0];
            using Kind = Operand::Kind;
            if (first.kind == Kind::constant || first.kind == Kind::nil ||
                (first.kind == Kind::dot && first.fields.empty()))
                fail(fmt::format("non executable command in pipeline stage {}", i + 1));
        }
        return pipe;
    }

    /// "$x :=", "$x =" and, with range, "$i, $x :=" in front of a pipeline.
    void declarations(Pipe& pipe, string_view context) {
        while (peek().type == TokenType::variable && next_ + 1 < tokens_.size()) {
            const auto after = tokens_[next_ + 1].type;
            const bool comma = after == TokenType::comma;
            if (!comma && after != TokenType::declare && after != TokenType::assign)
                return;
            pipe.variables.push_back(take().text);
            variables_.push_back(pipe.variables.back());
            take();
            pipe.assigns = after == TokenType::assign;
            if (!comma)
                return;
            if (context != "range" || pipe.variables.size() > 1)
                fail(fmt::format("too many declarations in {}", context));
            if (peek().type != TokenType::variable)
                fail("range can only initialize variables");
        }
    }

    [[nodiscard]] bool starts_operand() const {
        switch (peek().type) {
        case TokenType::dot:
        case TokenType::field:
        case TokenType::variable:
        case TokenType::boolean:
        case TokenType::number:
        case TokenType::character:
        case TokenType::string:
        case TokenType::raw_string:
        case TokenType::left_paren:
            return true;
        case TokenType::identifier:
            return !at_any_keyword();
        default:
            return false;
        }
    }

    Command command() {
        const auto start = peek().position;
        Command command;
        do {
            command.operands.push_back(operand());
        } while (starts_operand() && peek().after_space);
        command.place = place_from(start, start);
        switch (peek().type) {
        case TokenType::pipe:
            take();
            return command;
        case TokenType::right_delim:
        case TokenType::right_paren:
            return command;
        default:
            fail_at_token("operand");
        }
    }

    Operand operand() {
        const auto start = peek().position;
        auto operand = term();
        bool literal = operand.kind == Operand::Kind::constant ||
                       operand.kind == Operand::Kind::nil || operand.kind == Operand::Kind::dot;
        const auto word = place_from(start, start).text;
        auto position = start;
        while (peek().type == TokenType::field && !peek().after_space) {
            if (literal)
                fail(fmt::format("unexpected . after term {}", quote(word)));
            if (position == start)
                position = peek().position;
            operand.fields.push_back(take().text.substr(1));
        }
        operand.place = place_from(start, position);
        return operand;
    }

    Operand term() {
        const auto& token = take();
        Operand operand;
        using Kind = Operand::Kind;
        switch (token.type) {
        case TokenType::dot:
            return operand;
        case TokenType::field:
            operand.kind = Kind::field;
            operand.fields.push_back(token.text.substr(1));
            return operand;
        case TokenType::variable:
            operand.kind = Kind::variable;
            operand.name = token.text;
            if (std::find(variables_.begin(), variables_.end(), token.text) == variables_.end())
                fail(fmt::format("undefined variable {}", quote(token.text)));
            return operand;
        case TokenType::identifier:
            return name(token);
        case TokenType::left_paren:
            operand.kind = Kind::pipe;
            operand.pipe =
                std::make_unique<Pipe>(pipeline("parenthesized pipeline", TokenType::right_paren));
            return operand;
        default:
            operand.kind = Kind::constant;
            operand.constant = constant(token, operand);
            return operand;
        }
    }

    Operand name(const Token& token) {
        Operand operand;
        operand.kind = token.text == "nil" ? Operand::Kind::nil : Operand::Kind::function;
        operand.name = token.text;
        if (token.text != "nil" && !is_function_(token.text))
            fail(fmt::format("function {} not defined", quote(token.text)));
        return operand;
    }

    nlohmann::json constant(const Token& token, Operand& operand) {
        if (token.type == TokenType::boolean)
            return token.text == "true";
        if (token.type == TokenType::number) {
            auto number = parse_number(token.text);
            if (!number)
                fail(fmt::format("illegal number syntax: {}", quote(token.text)));
            if (number->is_null())
                operand.problem = token.text + " overflows int";
            return *number;
        }
        const auto text = unquote(token.text);
        if (token.type == TokenType::character) {
            if (!text)
                fail("malformed character constant: " + token.text);
            return static_cast<std::int64_t>(utf8::first_rune(*text).code);
        }
        if (!text)
            fail("invalid syntax");
        return *text;
    }

    string_view text_;
    const IsFunction& is_function_;
    std::vector<Token> tokens_;
    std::size_t next_ = 0;
    std::size_t line_ = 1;
    std::size_t action_line_ = 0;
    std::vector<std::string> variables_ = {"$"};
};

} // namespace

std::vector<Node> parse(string_view text, const IsFunction& is_function) {
    return Parser(text, is_function).run();
}

} // namespace orch::templates
