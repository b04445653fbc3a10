// The parsed template; for this room only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace orch::templates {

struct Pipeline;

/// One operand: a value to begin with, then fields of it.
struct Operand {
    enum class Kind { dot, variable, constant, function, pipeline };
    Kind kind = Kind::dot;
    std::string name;        // of a variable or function
    nlohmann::json constant; // string, number, true, false, nil
    std::shared_ptr<Pipeline> pipeline; // in parentheses
    std::vector<std::string> fields;
    int line = 1;
};

/// A function with its arguments, or a lone operand.
struct Command {
    std::vector<Operand> operands;
};

struct Pipeline {
    std::vector<std::string> variables; // declared or assigned: {{$x := ...}}, {{range $i, $x := ...}}
    bool assigns = false;               // "=" instead of ":="
    std::vector<Command> commands;
};

struct Node;
using Nodes = std::vector<Node>;

struct Node {
    enum class Kind { text, action, conditional, loop, with };
    Kind kind = Kind::text;
    std::string text;
    Pipeline pipeline;
    Nodes body;
    Nodes otherwise; // else
};

/// Throws Error(invalid) as Template's constructor says.
Nodes parse_template(std::string_view text);

} // namespace orch::templates
