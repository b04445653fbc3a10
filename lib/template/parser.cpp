#include "lib/base/error.hpp"
#include "lib/template/functions.hpp"
#include "lib/template/lexer.hpp"
#include "lib/template/tree.hpp"

#include <cstdlib>

namespace orch::templates {

namespace {

class Parser {
  public:
    explicit Parser(std::string_view text) : tokens_(tokenize(text)) {}

    Nodes run() {
        auto nodes = list();
        if (at_ < tokens_.size()) fail_parsing(tokens_[at_].line, "unexpected {{" + end_word_ + "}}");
        return nodes;
    }

  private:
    [[nodiscard]] const Token* peek() const { return at_ < tokens_.size() ? &tokens_[at_] : nullptr; }

    [[nodiscard]] bool next_is(TokenKind kind) const { return peek() != nullptr && peek()->kind == kind; }

    [[nodiscard]] int line() const {
        return tokens_.empty() ? 1 : tokens_[std::min(at_, tokens_.size() - 1)].line;
    }

    void skip_space() {
        while (next_is(TokenKind::space)) ++at_;
    }

    [[nodiscard]] bool word_follows(std::string_view word) const {
        auto at = at_ + 1;
        while (at < tokens_.size() && tokens_[at].kind == TokenKind::space) ++at;
        return at < tokens_.size() && tokens_[at].kind == TokenKind::word && tokens_[at].value == word;
    }

    /// Nodes up to {{end}} or {{else}}, which are left for the caller.
    Nodes list() {
        Nodes nodes;
        while (const auto* token = peek()) {
            if (token->kind == TokenKind::text) {
                nodes.push_back({.kind = Node::Kind::text, .text = token->value});
                ++at_;
                continue;
            }
            for (const auto* word : {"end", "else"}) {
                if (!word_follows(word)) continue;
                end_word_ = word;
                return nodes;
            }
            nodes.push_back(action());
        }
        return nodes;
    }

    Node action() {
        ++at_; // {{
        skip_space();
        if (next_is(TokenKind::word)) {
            const auto word = peek()->value;
            if (word == "if") return control(Node::Kind::conditional);
            if (word == "range") return control(Node::Kind::loop);
            if (word == "with") return control(Node::Kind::with);
        }
        Node node{.kind = Node::Kind::action, .pipeline = pipeline()};
        expect_close();
        return node;
    }

    Node control(Node::Kind kind) {
        ++at_; // the keyword
        Node node{.kind = kind, .pipeline = pipeline()};
        expect_close();
        node.body = list();
        if (end_of_block() == "else") {
            // "{{else if x}}" is an if inside the else, ended by the same {{end}}.
            if (next_is(TokenKind::word) && (peek()->value == "if" || peek()->value == "with")) {
                node.otherwise.push_back(
                    control(peek()->value == "if" ? Node::Kind::conditional : Node::Kind::with)
                );
                return node;
            }
            expect_close();
            node.otherwise = list();
            if (end_of_block() == "else") fail_parsing(line(), "expected end; found {{else}}");
        }
        expect_close();
        return node;
    }

    /// Eats "{{end" or "{{else" and says which.
    std::string end_of_block() {
        if (peek() == nullptr) fail_parsing(line(), "unexpected EOF");
        ++at_;
        skip_space();
        auto word = peek()->value;
        ++at_;
        skip_space();
        return word;
    }

    void expect_close() {
        skip_space();
        if (!next_is(TokenKind::close)) fail_parsing(line(), "unexpected token in action");
        ++at_;
    }

    Pipeline pipeline() {
        Pipeline result;
        skip_space();
        declarations(result);
        for (;;) {
            result.commands.push_back(command());
            skip_space();
            if (!next_is(TokenKind::pipe)) break;
            ++at_;
        }
        if (result.commands.front().operands.empty()) fail_parsing(line(), "missing value for command");
        return result;
    }

    void declarations(Pipeline& result) {
        const auto start = at_;
        std::vector<std::string> names;
        while (next_is(TokenKind::variable)) {
            names.push_back(peek()->value);
            ++at_;
            skip_space();
            if (next_is(TokenKind::comma)) {
                ++at_;
                skip_space();
                continue;
            }
            if (next_is(TokenKind::declare) || next_is(TokenKind::assign)) {
                result.assigns = peek()->kind == TokenKind::assign;
                result.variables = names;
                ++at_;
                skip_space();
                return;
            }
            break;
        }
        at_ = start;
    }

    Command command() {
        Command result;
        for (skip_space(); operand_follows(); skip_space()) result.operands.push_back(operand());
        return result;
    }

    [[nodiscard]] bool operand_follows() const {
        if (peek() == nullptr) return false;
        switch (peek()->kind) {
        case TokenKind::field:
        case TokenKind::dot:
        case TokenKind::variable:
        case TokenKind::word:
        case TokenKind::string:
        case TokenKind::number:
        case TokenKind::left: return true;
        default: return false;
        }
    }

    Operand operand() {
        Operand result{.line = peek()->line};
        const auto token = *peek();
        if (token.kind != TokenKind::field) ++at_; // a field begins at the dot itself
        switch (token.kind) {
        case TokenKind::variable:
            result.kind = Operand::Kind::variable;
            result.name = token.value;
            break;
        case TokenKind::string:
            result.kind = Operand::Kind::constant;
            result.constant = token.value;
            break;
        case TokenKind::number:
            result.kind = Operand::Kind::constant;
            result.constant = number(token);
            break;
        case TokenKind::word: word(token, result); break;
        case TokenKind::left:
            result.kind = Operand::Kind::pipeline;
            result.pipeline = std::make_shared<Pipeline>(pipeline());
            if (!next_is(TokenKind::right)) fail_parsing(line(), "unclosed left paren");
            ++at_;
            break;
        default: break;
        }
        while (next_is(TokenKind::field)) {
            result.fields.push_back(peek()->value);
            ++at_;
        }
        return result;
    }

    static void word(const Token& token, Operand& result) {
        result.kind = Operand::Kind::constant;
        if (token.value == "true") {
            result.constant = true;
        } else if (token.value == "false") {
            result.constant = false;
        } else if (token.value != "nil") {
            if (!is_function(token.value))
                fail_parsing(token.line, "function \"" + token.value + "\" not defined");
            result.kind = Operand::Kind::function;
            result.name = token.value;
        }
    }

    static nlohmann::json number(const Token& token) {
        const auto value = nlohmann::json::parse(token.value, nullptr, false);
        if (value.is_number()) return value;
        char* end = nullptr;
        const auto integer = std::strtoll(token.value.c_str(), &end, 0); // 0x10, +1
        if (*end != '\0') fail_parsing(token.line, "bad number syntax: \"" + token.value + "\"");
        return integer;
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::string end_word_; // what ended the last list
};

} // namespace

Nodes parse_template(std::string_view text) { return Parser(text).run(); }

} // namespace orch::templates
