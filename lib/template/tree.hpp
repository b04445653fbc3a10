// What a template consists of, after parsing.
#pragma once

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace orch::templates {

struct Pipe;

/// Where something stands, for messages.
struct Place {
    std::size_t position = 0; // Go's idea of it: in ".A.B.C" that of B
    std::string text;         // as written
};

/// One word of a command, with the fields asked of it: .A.B, $x.A, (index . 0).A
struct Operand {
    enum class Kind { dot, nil, constant, field, variable, function, pipe };

    Kind kind = Kind::dot;
    Place place;
    std::string name;                // of a variable ("$" in front) or function
    nlohmann::json constant;         // of a constant
    std::string problem;             // of a constant that cannot be used, told when it is
    std::unique_ptr<Pipe> pipe;      // in parentheses
    std::vector<std::string> fields; // taken one after the other
};

/// A function with its arguments, or one operand.
struct Command {
    Place place;
    std::vector<Operand> operands; // at least one
};

/// Commands, each taking the one before as its last argument.
struct Pipe {
    Place place;
    std::vector<std::string> variables; // set to the result; with range: [index,] element
    bool assigns = false;               // = instead of :=
    std::vector<Command> commands;      // none only in "range $x :="
};

struct Node {
    enum class Kind { text, action, if_, range, with };

    Kind kind = Kind::text;
    std::string text = {};
    Pipe pipe = {};
    std::vector<Node> body = {};
    std::vector<Node> otherwise = {};
};

} // namespace orch::templates
