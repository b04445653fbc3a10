#include "lib/template/template.hpp"

#include "lib/base/error.hpp"
#include "lib/template/functions.hpp"
#include "lib/template/tree.hpp"

#include <optional>
#include <utility>

namespace orch::templates {

namespace {

using Json = nlohmann::json;

/// One run over one value.
class Run {
  public:
    Run(const Json& data, std::string_view strict_type) : data_(data), strict_type_(strict_type) {
        variables_.emplace_back("$", data);
    }

    std::string run(const Nodes& nodes) {
        list(nodes, data_);
        return std::move(out_);
    }

  private:
    void list(const Nodes& nodes, const Json& dot) {
        const auto scope = variables_.size();
        for (const auto& node : nodes) execute(node, dot);
        variables_.resize(scope, {});
    }

    void execute(const Node& node, const Json& dot) {
        switch (node.kind) {
        case Node::Kind::text: out_ += node.text; break;
        case Node::Kind::action: action(node, dot); break;
        case Node::Kind::conditional: branch(node, dot, false); break;
        case Node::Kind::with: branch(node, dot, true); break;
        case Node::Kind::loop: loop(node, dot); break;
        }
    }

    void action(const Node& node, const Json& dot) {
        const auto value = evaluate(node.pipeline, dot);
        if (node.pipeline.variables.empty()) out_ += go_text(value, "<no value>");
    }

    void branch(const Node& node, const Json& dot, bool moves_dot) {
        const auto scope = variables_.size();
        const auto value = evaluate(node.pipeline, dot);
        if (is_true(value)) {
            list(node.body, moves_dot ? value : dot);
        } else {
            list(node.otherwise, dot);
        }
        variables_.resize(scope, {});
    }

    void loop(const Node& node, const Json& dot) {
        const auto scope = variables_.size();
        auto bare = node.pipeline;
        const auto names = std::exchange(bare.variables, {});
        const auto value = evaluate(bare, dot);
        if (!value.is_null() && !value.is_structured())
            throw Error(Kind::invalid, "range can't iterate over {}", go_text(value, "<nil>"));
        if (value.empty()) list(node.otherwise, dot);
        std::size_t number = 0;
        for (const auto& [key, item] : value.items()) {
            const Json index = value.is_array() ? Json(number++) : Json(key);
            if (names.size() == 2) variables_.emplace_back(names[0], index);
            if (!names.empty()) variables_.emplace_back(names.back(), item);
            list(node.body, item);
            variables_.resize(scope, {});
        }
    }

    Json evaluate(const Pipeline& pipeline, const Json& dot) {
        std::optional<Json> value;
        for (const auto& command : pipeline.commands) value = evaluate(command, dot, value);
        for (const auto& name : pipeline.variables) set(name, *value, pipeline.assigns);
        return *std::move(value);
    }

    /// `piped` is the result of the command before, the last argument of this one.
    Json evaluate(const Command& command, const Json& dot, const std::optional<Json>& piped) {
        const auto& first = command.operands.front();
        if (first.kind != Operand::Kind::function) {
            if (piped || command.operands.size() > 1)
                throw Error(
                    Kind::invalid,
                    "template: :{}: executing \"\": can't give argument to non-function {}",
                    first.line,
                    first.fields.empty() ? first.name : "." + first.fields.back()
                );
            return evaluate(first, dot);
        }
        std::vector<Json> arguments;
        for (std::size_t i = 1; i < command.operands.size(); ++i)
            arguments.push_back(evaluate(command.operands[i], dot));
        if (piped) arguments.push_back(*piped);
        return call(first.name, arguments);
    }

    Json evaluate(const Operand& operand, const Json& dot) {
        Json value;
        switch (operand.kind) {
        case Operand::Kind::dot: value = dot; break;
        case Operand::Kind::variable: value = variable(operand); break;
        case Operand::Kind::constant: value = operand.constant; break;
        case Operand::Kind::pipeline: value = evaluate(*operand.pipeline, dot); break;
        case Operand::Kind::function: value = call(operand.name, {}); break;
        }
        for (const auto& field : operand.fields) value = field_of(value, field, operand);
        return value;
    }

    Json field_of(const Json& value, const std::string& field, const Operand& operand) {
        if (value.is_object()) {
            const auto found = value.find(field);
            if (found != value.end()) return *found;
            const bool whole = value == data_;
            if (!strict_type_.empty() && whole)
                throw Error(
                    Kind::invalid,
                    "template: :{}:2: executing \"\" at <.{}>: can't evaluate field {} in type {}",
                    operand.line,
                    field,
                    field,
                    strict_type_
                );
            return {};
        }
        if (value.is_null()) {
            // Go: nil data; a field of a missing key is <no value> only at the first step.
            throw Error(
                Kind::invalid,
                "template: :{}: executing \"\" at <.{}>: nil pointer evaluating interface {{}}.{}",
                operand.line,
                field,
                field
            );
        }
        throw Error(
            Kind::invalid,
            "template: :{}: executing \"\" at <.{}>: can't evaluate field {} in type {}",
            operand.line,
            field,
            field,
            strict_type_.empty() ? "interface {}" : "string"
        );
    }

    Json variable(const Operand& operand) const {
        for (auto it = variables_.rbegin(); it != variables_.rend(); ++it)
            if (it->first == operand.name) return it->second;
        throw Error(Kind::invalid, "template: :{}: undefined variable \"{}\"", operand.line, operand.name);
    }

    void set(const std::string& name, const Json& value, bool assigns) {
        if (assigns)
            for (auto it = variables_.rbegin(); it != variables_.rend(); ++it)
                if (it->first == name) {
                    it->second = value;
                    return;
                }
        variables_.emplace_back(name, value);
    }

    const Json& data_;
    std::string_view strict_type_;
    std::vector<std::pair<std::string, Json>> variables_; // innermost last
    std::string out_;
};

} // namespace

struct Template::Program {
    Nodes nodes;
};

Template::Template(std::string_view text)
    : program_(std::make_unique<Program>(Program{parse_template(text)})) {}

Template::~Template() = default;
Template::Template(Template&&) noexcept = default;

std::string Template::run(const Json& data) const { return Run(data, {}).run(program_->nodes); }

std::string Template::run_strict(const Json& data, std::string_view type_name) const {
    return Run(data, type_name).run(program_->nodes);
}

} // namespace orch::templates
