#include "lib/template/functions.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/json/json.hpp"
#include "lib/template/format.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace orch::templates {

namespace {

using Json = nlohmann::json;
using Values = std::vector<Value>;

template <class... Parts>
[[noreturn]] void refuse(fmt::format_string<Parts...> reason, Parts&&... parts) {
    throw Error(Kind::invalid, reason, std::forward<Parts>(parts)...);
}

const std::string& text_of(const Value& value) {
    return value.json().get_ref<const std::string&>();
}

Args jsons(const Values& values, std::size_t first = 0) {
    Args args;
    for (auto i = first; i < values.size(); ++i)
        args.push_back(values[i].json());
    return args;
}

// Comparisons. Go compares numbers only of one kind: a number of the data is a float64, 22 in a
// template is an int.

enum class Basic { none, boolean, integer, real, text };

Basic basic(const Json& json) {
    if (json.is_boolean())
        return Basic::boolean;
    if (json.is_number_float())
        return Basic::real;
    if (json.is_number())
        return Basic::integer;
    return json.is_string() ? Basic::text : Basic::none;
}

bool equal_pair(const Value& a, const Value& b) {
    const auto& x = a.json();
    const auto& y = b.json();
    if (x.is_null() || y.is_null())
        return x.is_null() && y.is_null();
    if (basic(x) != basic(y))
        refuse("incompatible types for comparison");
    if (basic(x) != Basic::none)
        return x == y;
    if (x.type() != y.type())
        refuse(
            "non-comparable types {}: {}, {}: {}",
            format("%s", {x}),
            type_name(x),
            type_name(y),
            print({y})
        );
    refuse("non-comparable type {}: {}", format("%s", {y}), type_name(y));
}

bool equal_any(const Values& args) {
    if (args.size() < 2)
        refuse("missing argument for comparison");
    return std::any_of(args.begin() + 1, args.end(), [&](const Value& other) {
        return equal_pair(args[0], other);
    });
}

bool less(const Values& args) {
    const auto& x = args[0].json();
    const auto& y = args[1].json();
    if (basic(x) == Basic::none || basic(y) == Basic::none)
        refuse("invalid type for comparison");
    if (basic(x) != basic(y))
        refuse("incompatible types for comparison");
    if (basic(x) == Basic::boolean)
        refuse("invalid type for comparison");
    return x < y;
}

bool less_or_equal(const Values& args) { return less(args) || equal_any(args); }

// Parts of values.

std::size_t position(const Json& index, std::size_t size, std::string_view kind) {
    if (index.is_null())
        refuse("cannot index slice/array with nil");
    if (basic(index) != Basic::integer)
        refuse("cannot index slice/array with type {}", type_name(index));
    if (index < 0 || index > size)
        refuse("index out of range: {}", index.dump());
    if (index == size) // Go's own check lets this one through
        refuse("reflect: {} index out of range", kind);
    return index.get<std::size_t>();
}

Value index_one(const Value& value, const Json& index) {
    const auto& json = value.json();
    if (json.is_array())
        return value.element(json[position(index, json.size(), "slice")]);
    if (json.is_string()) {
        const auto& text = json.get_ref<const std::string&>();
        const auto byte = static_cast<unsigned char>(text[position(index, text.size(), "string")]);
        return Value::of(std::int64_t{byte});
    }
    if (!json.is_object())
        refuse("can't index item of type {}", type_name(json));
    if (index.is_null())
        refuse("value is nil; should be of type string");
    if (!index.is_string())
        refuse("value has type {}; should be string", type_name(index));
    static const Json nil;
    const auto found = json.find(index.get_ref<const std::string&>());
    return value.element(found == json.end() ? nil : *found);
}

Value index(const Values& args) {
    auto value = args[0];
    if (value.json().is_null())
        refuse("index of untyped nil");
    for (std::size_t i = 1; i < args.size(); ++i) {
        if (value.json().is_null())
            refuse("index of nil pointer");
        value = index_one(value, args[i].json());
    }
    return value;
}

Value length(const Values& args) {
    const auto& json = args[0].json();
    if (args[0].missing())
        refuse("reflect: call of reflect.Value.Type on zero Value");
    if (json.is_null())
        refuse("len of nil pointer");
    if (!json.is_structured() && !json.is_string())
        refuse("len of type {}", type_name(json));
    return Value::of(json.is_string() ? text_of(args[0]).size() : json.size());
}

// Text. Case is that of ASCII: host names, states and drivers need no more.

std::string title(std::string text) {
    bool start = true;
    for (auto& c : text) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '_' ||
                            static_cast<unsigned char>(c) >= 0x80;
        if (start && c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
        start = !letter;
    }
    return text;
}

Json split(const std::string& content, const std::string& separator) {
    Json parts = Json::array();
    if (separator.empty()) { // every character
        for (std::string_view rest = content; !rest.empty();) {
            const auto size = utf8::first_rune(rest).length;
            parts.push_back(std::string(rest.substr(0, size)));
            rest.remove_prefix(size);
        }
        return parts;
    }
    for (std::size_t start = 0;;) {
        const auto end = content.find(separator, start);
        parts.push_back(content.substr(start, end - start));
        if (end == std::string::npos)
            return parts;
        start = end + separator.size();
    }
}

/// docker's own wants a list of strings; decoded JSON has none, so anything is printed here.
std::string join(const Values& args) {
    const auto& list = args[0].json();
    if (!list.is_array() && !list.is_null())
        refuse("cannot join {}", type_name(list));
    std::vector<std::string> parts;
    for (const auto& item : list)
        parts.push_back(print({item}));
    if (!args[1].json().is_string())
        refuse("expected string; got {}", type_name(args[1]));
    return text::join(parts, text_of(args[1]));
}

constexpr auto any = Function::any_number;

const std::array functions = {
    Function{"and", 1, any, 0, nullptr},
    Function{"or", 1, any, 0, nullptr},
    Function{"eq", 1, any, 0, [](const Values& a) { return Value::of(equal_any(a)); }},
    Function{"ne", 2, 2, 0, [](const Values& a) { return Value::of(!equal_any(a)); }},
    Function{"lt", 2, 2, 0, [](const Values& a) { return Value::of(less(a)); }},
    Function{"le", 2, 2, 0, [](const Values& a) { return Value::of(less_or_equal(a)); }},
    Function{"gt", 2, 2, 0, [](const Values& a) { return Value::of(!less_or_equal(a)); }},
    Function{"ge", 2, 2, 0, [](const Values& a) { return Value::of(!less(a)); }},
    Function{"not", 1, 1, 0, [](const Values& a) { return Value::of(!is_true(a[0])); }},
    Function{"index", 1, any, 0, index},
    Function{"len", 1, 1, 0, length},
    Function{"print", 0, any, 0, [](const Values& a) { return Value::of(print(jsons(a))); }},
    Function{"println", 0, any, 0, [](const Values& a) { return Value::of(print_line(jsons(a))); }},
    Function{
        "printf",
        1,
        any,
        1,
        [](const Values& a) { return Value::of(format(text_of(a[0]), jsons(a, 1))); }},
    Function{
        "json", 1, 1, 0, [](const Values& a) { return Value::of(json::to_go_line(a[0].json())); }},
    Function{
        "prettyjson",
        1,
        1,
        0,
        [](const Values& a) { return Value::of(json::to_go_text(a[0].json())); }},
    Function{
        "upper", 1, 1, 1, [](const Values& a) { return Value::of(text::upper(text_of(a[0]))); }},
    Function{
        "lower", 1, 1, 1, [](const Values& a) { return Value::of(text::lower(text_of(a[0]))); }},
    Function{"title", 1, 1, 1, [](const Values& a) { return Value::of(title(text_of(a[0]))); }},
    Function{
        "split",
        2,
        2,
        2,
        [](const Values& a) { return Value::of(split(text_of(a[0]), text_of(a[1]))); }},
    Function{"join", 2, 2, 0, [](const Values& a) { return Value::of(join(a)); }},
};

} // namespace

const Function* find_function(std::string_view name) {
    const auto* const found =
        std::find_if(functions.begin(), functions.end(), [&](const Function& f) {
            return f.name == name;
        });
    return found == functions.end() ? nullptr : found;
}

} // namespace orch::templates
