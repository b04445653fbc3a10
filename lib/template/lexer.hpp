// Template text to tokens, as Go's text/template/parse cuts it; for this room only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orch::templates {

enum class TokenKind {
    text,     // outside of actions
    open,     // {{
    close,    // }}
    field,    // .Name; value without the dot
    dot,      // .
    variable, // $name; value with the dollar sign
    word,     // keyword or function
    string,   // value unquoted
    number,   // as written
    pipe,     // |
    declare,  // :=
    assign,   // =
    comma,    // ,
    left,     // (
    right,    // )
    space,    // between operands: ".A.B" is one operand, ".A .B" two
};

struct Token {
    TokenKind kind;
    std::string value;
    int line = 1;
};

/// Throws Error(invalid) "template parsing error: template: :LINE: ..." for an unclosed action, string
/// or comment.
std::vector<Token> tokenize(std::string_view text);

/// The error for what is wrong in a line of a template.
[[noreturn]] void fail_parsing(int line, std::string_view what);

} // namespace orch::templates
