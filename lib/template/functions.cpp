#include "lib/template/functions.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/json/json.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace orch::templates {

namespace {

using Json = nlohmann::json;
using Arguments = std::vector<Json>;

[[noreturn]] void fail(std::string_view function, std::string_view why) {
    throw Error(Kind::invalid, "error calling {}: {}", function, why);
}

const Json& argument(std::string_view function, const Arguments& arguments, std::size_t index) {
    if (index >= arguments.size())
        fail(function, fmt::format("wrong number of args: want at least {} got {}", index + 1, arguments.size()));
    return arguments[index];
}

std::string text_argument(std::string_view function, const Arguments& arguments, std::size_t index) {
    const auto& value = argument(function, arguments, index);
    if (!value.is_string()) fail(function, "expected a string, got " + go_text(value, "<nil>"));
    return value.get<std::string>();
}

/// All numbers of decoded JSON are float64 in Go; %v prints them shortest, with an exponent from 1e21 on.
std::string number_text(const Json& value) {
    if (!value.is_number_float()) return value.dump();
    const auto number = value.get<double>();
    if (std::fabs(number) < 1e21 && number == std::trunc(number)) return fmt::format("{:.0f}", number);
    return fmt::format("{}", number);
}

int compare(std::string_view function, const Json& a, const Json& b) {
    if (a.is_number() && b.is_number()) {
        const auto x = a.get<double>();
        const auto y = b.get<double>();
        return x < y ? -1 : x > y ? 1 : 0;
    }
    if (a.is_string() && b.is_string()) return a.get_ref<const std::string&>().compare(b.get_ref<const std::string&>());
    fail(function, "incompatible types for comparison");
}

Json index(const Arguments& arguments) {
    auto value = argument("index", arguments, 0);
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const auto& key = arguments[i];
        if (value.is_object() && key.is_string()) {
            value = value.value(key.get<std::string>(), Json());
        } else if (value.is_array() && key.is_number_integer()) {
            const auto at = key.get<std::int64_t>();
            if (at < 0 || at >= static_cast<std::int64_t>(value.size()))
                fail("index", fmt::format("index out of range: {}", at));
            value = Json(value[static_cast<std::size_t>(at)]);
        } else if (value.is_null()) {
            fail("index", "index of untyped nil");
        } else {
            fail("index", "cannot index " + go_text(value, "<nil>"));
        }
    }
    return value;
}

/// The verbs that people write in --format: %s %v %d %q %t %x %f with flags and width; others as Go
/// reports them.
std::string formatted(char verb, const std::string& flags, const Json& value) {
    const auto plain = go_text(value, "<nil>");
    std::string text = plain;
    if (verb == 'q') {
        text = value.is_string() ? Json(plain).dump() : plain;
    } else if (verb == 'd' && !value.is_number_integer()) {
        return value.is_number() ? fmt::format("%!d(float64={})", plain) : fmt::format("%!d(string={})", plain);
    } else if (verb == 's' && value.is_number()) {
        return fmt::format("%!s(float64={})", plain);
    } else if (verb == 'f' && value.is_number()) {
        text = fmt::format("{:.6f}", value.get<double>());
    } else if (std::string_view("svdqtf").find(verb) == std::string_view::npos) {
        return fmt::format("%!{}(string={})", verb, plain);
    }
    const bool left = flags.find('-') != std::string::npos;
    const auto digits = flags.find_first_of("123456789");
    const auto width = digits == std::string::npos ? 0U : std::stoul(flags.substr(digits));
    if (text.size() >= width) return text;
    const std::string fill(width - text.size(), ' ');
    return left ? text + fill : fill + text;
}

std::string print_format(const Arguments& arguments) {
    const auto format = text_argument("printf", arguments, 0);
    std::string out;
    std::size_t next = 1;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') {
            out += format[i];
            continue;
        }
        const auto start = ++i;
        while (i < format.size() && std::string_view("-+# 0123456789.").find(format[i]) != std::string_view::npos) ++i;
        if (i >= format.size()) {
            out += "%!(NOVERB)";
        } else if (format[i] == '%') {
            out += '%';
        } else if (next >= arguments.size()) {
            out += fmt::format("%!{}(MISSING)", format[i]);
        } else {
            out += formatted(format[i], format.substr(start, i - start), arguments[next++]);
        }
    }
    return out;
}

std::string print(const Arguments& arguments) {
    std::string out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        // Go's Sprint puts a space between operands when neither is a string.
        if (i != 0 && !arguments[i].is_string() && !arguments[i - 1].is_string()) out += ' ';
        out += go_text(arguments[i], "<nil>");
    }
    return out;
}

std::string print_line(const Arguments& arguments) {
    std::vector<std::string> words;
    for (const auto& value : arguments) words.push_back(go_text(value, "<nil>"));
    return text::join(words, " ") + "\n";
}

Json length(const Arguments& arguments) {
    const auto& value = argument("len", arguments, 0);
    if (value.is_string()) return value.get_ref<const std::string&>().size();
    if (value.is_array() || value.is_object()) return value.size();
    fail("len", "len of type " + std::string(value.is_null() ? "nil" : value.type_name()));
}

Json equal(const Arguments& arguments) {
    const auto& first = argument("eq", arguments, 0);
    argument("eq", arguments, 1);
    return std::any_of(arguments.begin() + 1, arguments.end(), [&](const Json& other) { return first == other; });
}

Json all(const Arguments& arguments) {
    for (const auto& value : arguments)
        if (!is_true(value)) return value;
    return argument("and", arguments, arguments.size() - 1);
}

Json any(const Arguments& arguments) {
    for (const auto& value : arguments)
        if (is_true(value)) return value;
    return argument("or", arguments, arguments.size() - 1);
}

Json joined(const Arguments& arguments) {
    std::vector<std::string> words;
    for (const auto& value : argument("join", arguments, 0)) words.push_back(go_text(value, "<nil>"));
    return text::join(words, text_argument("join", arguments, 1));
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

std::string title(std::string text) {
    bool begin = true;
    for (auto& c : text) {
        if (begin) c = upper(std::string(1, c)).front();
        begin = c == ' ' || c == '\t' || c == '-';
    }
    return text;
}

using Function = Json (*)(const Arguments&);

const std::map<std::string_view, Function>& functions() {
    static const std::map<std::string_view, Function> table{
        {"and", all},
        {"eq", equal},
        {"ge", [](const Arguments& a) -> Json { return compare("ge", argument("ge", a, 0), argument("ge", a, 1)) >= 0; }},
        {"gt", [](const Arguments& a) -> Json { return compare("gt", argument("gt", a, 0), argument("gt", a, 1)) > 0; }},
        {"index", index},
        {"join", joined},
        {"json", [](const Arguments& a) -> Json { return json::to_go_line(argument("json", a, 0)); }},
        {"le", [](const Arguments& a) -> Json { return compare("le", argument("le", a, 0), argument("le", a, 1)) <= 0; }},
        {"len", length},
        {"lower", [](const Arguments& a) -> Json { return text::lower(text_argument("lower", a, 0)); }},
        {"lt", [](const Arguments& a) -> Json { return compare("lt", argument("lt", a, 0), argument("lt", a, 1)) < 0; }},
        {"ne", [](const Arguments& a) -> Json { return argument("ne", a, 0) != argument("ne", a, 1); }},
        {"not", [](const Arguments& a) -> Json { return !is_true(argument("not", a, 0)); }},
        {"or", any},
        {"prettyjson", [](const Arguments& a) -> Json { return json::to_go_text(argument("prettyjson", a, 0)); }},
        {"print", [](const Arguments& a) -> Json { return print(a); }},
        {"printf", [](const Arguments& a) -> Json { return print_format(a); }},
        {"println", [](const Arguments& a) -> Json { return print_line(a); }},
        {"split", [](const Arguments& a) -> Json {
             const auto separator = text_argument("split", a, 1);
             if (separator.size() != 1) fail("split", "the separator is not one character");
             return text::split(text_argument("split", a, 0), separator.front());
         }},
        {"title", [](const Arguments& a) -> Json { return title(text_argument("title", a, 0)); }},
        {"upper", [](const Arguments& a) -> Json { return upper(text_argument("upper", a, 0)); }},
    };
    return table;
}

} // namespace

bool is_function(std::string_view name) { return functions().contains(name); }

Json call(std::string_view name, const Arguments& arguments) { return functions().at(name)(arguments); }

bool is_true(const Json& value) {
    switch (value.type()) {
    case Json::value_t::null: return false;
    case Json::value_t::boolean: return value.get<bool>();
    case Json::value_t::string: return !value.get_ref<const std::string&>().empty();
    case Json::value_t::array:
    case Json::value_t::object: return !value.empty();
    default: return value.get<double>() != 0;
    }
}

std::string go_text(const Json& value, std::string_view null_text) {
    if (value.is_null()) return std::string(null_text);
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number()) return number_text(value);
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
    std::vector<std::string> parts;
    if (value.is_array()) {
        for (const auto& item : value) parts.push_back(go_text(item, "<nil>"));
        return "[" + text::join(parts, " ") + "]";
    }
    for (const auto& [key, item] : value.items()) parts.push_back(key + ":" + go_text(item, "<nil>"));
    return "map[" + text::join(parts, " ") + "]";
}

} // namespace orch::templates
