#include "lib/template/evaluator.hpp"

#include "lib/base/error.hpp"
#include "lib/template/format.hpp"
#include "lib/template/functions.hpp"
#include "lib/template/value.hpp"

#include <algorithm>
#include <optional>

namespace orch::templates {

namespace {

using Json = nlohmann::json;

class Evaluator {
  public:
    Evaluator(const Script& script, const Json& data, std::string_view struct_name)
        : script_(script), data_(data), struct_name_(struct_name) {
        variables_.push_back({"$", Value::refer(data)});
    }

    std::string run() && {
        walk(script_.nodes, Value::refer(data_));
        return std::move(out_);
    }

  private:
    struct Variable {
        std::string name;
        Value value;
    };

    /// The result of the command before in a pipeline: the last argument of the next one.
    using Piped = std::optional<Value>;

    [[noreturn]] void fail(const Place& place, const std::string& message) const {
        const auto before = std::string_view(script_.text).substr(0, place.position);
        const auto line_start = before.rfind('\n') + 1; // npos + 1 is 0
        throw Error(
            Kind::invalid,
            "template: :{}:{}: executing \"\" at <{}>: {}",
            1 + std::count(before.begin(), before.end(), '\n'),
            place.position - line_start,
            place.text,
            message
        );
    }

    void walk(const std::vector<Node>& nodes, const Value& dot) {
        for (const auto& node : nodes)
            walk(node, dot);
    }

    void walk(const Node& node, const Value& dot) {
        const auto scope = variables_.size();
        switch (node.kind) {
        case Node::Kind::text:
            out_ += node.text;
            return;
        case Node::Kind::action: // its variables last until the enclosing end
            if (const auto value = evaluate(node.pipe, dot); node.pipe.variables.empty())
                out_ += value.missing() ? "<no value>" : print({value.json()});
            return;
        case Node::Kind::range:
            walk_range(node, dot);
            break;
        case Node::Kind::if_:
        case Node::Kind::with: {
            const auto value = evaluate(node.pipe, dot);
            if (is_true(value))
                walk(node.body, node.kind == Node::Kind::with ? value : dot);
            else
                walk(node.otherwise, dot);
        }
        }
        variables_.resize(scope);
    }

    void walk_range(const Node& node, const Value& dot) {
        const auto list = evaluate(node.pipe, dot);
        const auto& json = list.json();
        if (!json.is_structured() && !json.is_null())
            fail(*last_place_, "range can't iterate over " + print({json}));
        const auto scope = variables_.size();
        const auto& names = node.pipe.variables;
        std::int64_t position = 0;
        for (auto item = json.begin(); item != json.end(); ++item, ++position) {
            const auto element = list.element(*item);
            // The variables were set to the list itself when it was evaluated.
            if (!names.empty())
                variables_[scope - 1].value = element;
            if (names.size() > 1)
                variables_[scope - 2].value =
                    Value::of(json.is_object() ? Json(item.key()) : Json(position));
            walk(node.body, element);
            variables_.resize(scope);
        }
        if (json.empty())
            walk(node.otherwise, dot);
    }

    Value evaluate(const Pipe& pipe, const Value& dot) {
        last_place_ = &pipe.place;
        Piped value;
        for (const auto& command : pipe.commands)
            value = evaluate(command, dot, value).unboxed();
        for (const auto& name : pipe.variables) {
            if (pipe.assigns)
                find_variable(name) = *value;
            else
                variables_.push_back({name, *value});
        }
        return *value;
    }

    Value& find_variable(const std::string& name) {
        const auto found = std::find_if(variables_.rbegin(), variables_.rend(), [&](const auto& v) {
            return v.name == name;
        });
        if (found == variables_.rend()) // an assignment to what was never declared
            fail(*last_place_, "undefined variable: " + name);
        return found->value;
    }

    Value evaluate(const Command& command, const Value& dot, const Piped& piped) {
        const auto& first = command.operands[0];
        using Kind = Operand::Kind;
        if (first.kind == Kind::function && first.fields.empty())
            return call(first, command.place, command.operands, dot, piped);
        last_place_ = &first.place;
        const bool has_arguments = command.operands.size() > 1 || piped.has_value();
        if (has_arguments && !first.fields.empty())
            return evaluate_fields(first, dot, true);
        if (has_arguments)
            fail(first.place, "can't give argument to non-function " + first.place.text);
        if (first.kind == Kind::nil)
            fail(first.place, "nil is not a command");
        return evaluate(first, dot);
    }

    Value evaluate(const Operand& operand, const Value& dot) {
        last_place_ = &operand.place;
        return operand.fields.empty() ? evaluate_base(operand, dot)
                                      : evaluate_fields(operand, dot, false);
    }

    Value evaluate_base(const Operand& operand, const Value& dot) {
        using Kind = Operand::Kind;
        switch (operand.kind) {
        case Kind::dot:
        case Kind::field:
            return dot;
        case Kind::variable:
            return find_variable(operand.name);
        case Kind::pipe:
            return evaluate(*operand.pipe, dot);
        case Kind::function:
            return call(operand, operand.place, {}, dot, std::nullopt);
        case Kind::constant:
            if (!operand.problem.empty())
                fail(operand.place, operand.problem);
            return Value::of(operand.constant);
        case Kind::nil:
            break;
        }
        return {};
    }

    Value evaluate_fields(const Operand& operand, const Value& dot, bool has_arguments) {
        auto value = evaluate_base(operand, dot);
        for (std::size_t i = 0; i < operand.fields.size(); ++i)
            value =
                field(value, operand.fields[i], has_arguments && i + 1 == operand.fields.size());
        return value;
    }

    /// Of nothing, every field is nothing; of nil, none.
    Value field(const Value& value, const std::string& name, bool has_arguments) const {
        if (value.missing())
            return {};
        const auto& json = value.json();
        if (json.is_null())
            fail(*last_place_, fmt::format("nil pointer evaluating {}.{}", type_name(value), name));
        const bool is_struct = &json == &data_ && !struct_name_.empty();
        if (json.is_object()) {
            if (has_arguments)
                fail(*last_place_, name + " is not a method but has arguments");
            if (const auto found = json.find(name); found != json.end())
                return value.element(*found);
            if (!is_struct)
                return {};
        }
        const auto type = is_struct ? std::string(struct_name_) : type_name(value);
        fail(*last_place_, fmt::format("can't evaluate field {} in type {}", name, type));
    }

    /// `words` are the function's name and its arguments, as in Command; none if it stands alone as
    /// an argument itself.
    Value call(
        const Operand& name,
        const Place& place,
        const std::vector<Operand>& words,
        const Value& dot,
        const Piped& piped
    ) {
        last_place_ = &name.place;
        const auto& function = *find_function(name.name); // the parser knows all names
        check_count(function, name.place, words.empty() ? 0 : words.size() - 1, piped.has_value());
        if (function.call == nullptr)
            return short_circuit(function.name == "or", words, dot, piped);
        std::vector<Value> args;
        for (std::size_t i = 1; i < words.size(); ++i)
            args.push_back(argument(words[i], dot, i <= function.texts));
        if (piped)
            args.push_back(checked(*piped, args.size() < function.texts));
        try {
            return function.call(args);
        } catch (const Error& error) {
            fail(place, fmt::format("error calling {}: {}", name.name, error.message()));
        }
    }

    /// Go counts the piped argument for the one message and not for the other.
    void
    check_count(const Function& function, const Place& place, std::size_t words, bool piped) const {
        const auto count = words + (piped ? 1 : 0);
        constexpr auto text = "wrong number of args for {}: want {}{} got {}";
        if (function.most == Function::any_number && count < function.least)
            fail(place, fmt::format(text, function.name, "at least ", function.least, words));
        if (function.most != Function::any_number && count != function.most)
            fail(place, fmt::format(text, function.name, "", function.most, count));
    }

    /// The first argument that decides, else the last.
    Value short_circuit(
        bool decisive, const std::vector<Operand>& words, const Value& dot, const Piped& piped
    ) {
        Value value;
        for (std::size_t i = 1; i < words.size(); ++i) {
            value = argument(words[i], dot, false);
            if (is_true(value) == decisive)
                return value;
        }
        return piped ? *piped : value;
    }

    Value argument(const Operand& operand, const Value& dot, bool as_text) {
        last_place_ = &operand.place;
        if (as_text && operand.kind == Operand::Kind::nil)
            fail(operand.place, "cannot assign nil to string");
        if (as_text && operand.kind == Operand::Kind::constant && !operand.constant.is_string())
            fail(operand.place, "expected string; found " + operand.place.text);
        return checked(evaluate(operand, dot), as_text);
    }

    [[nodiscard]] Value checked(const Value& value, bool as_text) const {
        if (!as_text || value.json().is_string())
            return value;
        if (value.missing())
            fail(*last_place_, "invalid value; expected string");
        const bool nil = value.json().is_null();
        const auto type = nil ? type_name(value) : type_name(value.json());
        fail(*last_place_, "wrong type for value; expected string; got " + type);
    }

    const Script& script_;
    const Json& data_;
    std::string_view struct_name_;
    std::vector<Variable> variables_;
    const Place* last_place_ = nullptr; // what was evaluated last: some errors are put down to it
    std::string out_;
};

} // namespace

std::string evaluate(const Script& script, const Json& data, std::string_view type_name) {
    return Evaluator(script, data, type_name).run();
}

} // namespace orch::templates
