// Splits a template into text and the tokens between {{ and }}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orch::templates {

enum class TokenType {
    text,
    left_delim,
    right_delim,
    left_paren,
    right_paren,
    pipe,
    comma,
    declare, // :=
    assign,  // =
    dot,
    field,      // .Name
    variable,   // $ or $name
    identifier, // a function, or a keyword
    boolean,
    number,
    character,  // 'x'
    string,     // "quoted"
    raw_string, // `quoted`
    other,      // a printable character without meaning
    error,      // `text` is the message; the last token
    end,
};

struct Token {
    TokenType type;
    std::string text;
    std::size_t position;     // in bytes from the start of the template
    std::size_t line;         // from 1
    bool after_space = false; // within an action; ".A.B" is one operand, ".A .B" are two
};

/// The last token is `end` or `error`. Text is trimmed where {{- or -}} asks for it, and comments
/// are gone.
std::vector<Token> tokenize(std::string_view input);

} // namespace orch::templates
