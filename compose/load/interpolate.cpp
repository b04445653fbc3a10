#include "compose/load/interpolate.hpp"

#include <utility>

namespace orch::compose::load {

namespace {

constexpr int max_nesting = 32; // of defaults within defaults

bool name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool name_char(char c) { return name_start(c) || (c >= '0' && c <= '9'); }

std::string_view take_name(std::string_view& text) {
    std::size_t size = 0;
    if (!text.empty() && name_start(text.front()))
        while (size < text.size() && name_char(text[size]))
            ++size;
    const auto name = text.substr(0, size);
    text.remove_prefix(size);
    return name;
}

/// The length of what stands before the '}' that closes the brace, or npos.
std::size_t closing_brace(std::string_view text) {
    int depth = 1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '}' && --depth == 0)
            return i;
        if (text.substr(i).starts_with("$$"))
            ++i;
        else if (text.substr(i).starts_with("${"))
            ++depth;
    }
    return std::string_view::npos;
}

class Interpolation {
  public:
    explicit Interpolation(const os::Environment& variables) : variables_(variables) {}

    Interpolated run(std::string_view text) {
        result_.text = expand(text, 0);
        return std::move(result_);
    }

  private:
    std::string expand(std::string_view text, int nesting) {
        std::string out;
        while (!text.empty() && !result_.invalid) {
            const auto dollar = text.find('$');
            out += text.substr(0, dollar);
            if (dollar == std::string_view::npos)
                break;
            text.remove_prefix(dollar + 1);
            out += reference(text, nesting);
        }
        return out;
    }

    /// What stands behind a '$'; takes it off `text`.
    std::string reference(std::string_view& text, int nesting) {
        if (text.starts_with('$')) {
            text.remove_prefix(1);
            return "$";
        }
        if (!text.starts_with('{')) {
            const auto name = take_name(text);
            return name.empty() ? invalid() : value_or_blank(name);
        }
        text.remove_prefix(1);
        const auto size = closing_brace(text);
        if (size == std::string_view::npos || nesting == max_nesting)
            return invalid();
        auto inside = text.substr(0, size);
        text.remove_prefix(size + 1);
        const auto name = take_name(inside);
        if (name.empty())
            return invalid();
        return inside.empty() ? value_or_blank(name) : conditional(name, inside, nesting);
    }

    /// `rest` is an operator and its argument: ":-default".
    std::string conditional(std::string_view name, std::string_view rest, int nesting) {
        const bool empty_counts_as_unset = rest.front() == ':';
        rest.remove_prefix(empty_counts_as_unset ? 1 : 0);
        const char operation = rest.empty() ? '\0' : rest.front();
        if (operation != '-' && operation != '?' && operation != '+')
            return invalid();
        rest.remove_prefix(1);
        const auto value = variables_.get(name);
        const bool has = value && !(empty_counts_as_unset && value->empty());
        if (operation == '+')
            return has ? expand(rest, nesting + 1) : "";
        if (has)
            return *value;
        if (operation == '-')
            return expand(rest, nesting + 1);
        result_.missing = rest.empty() ? std::string(name) : expand(rest, nesting + 1);
        return {};
    }

    std::string value_or_blank(std::string_view name) {
        auto value = variables_.get(name);
        if (!value)
            result_.unset.emplace_back(name);
        return std::move(value).value_or("");
    }

    std::string invalid() {
        result_.invalid = true;
        return {};
    }

    const os::Environment& variables_;
    Interpolated result_;
};

/// Interpolates a value of the key `key`; false if it had to be refused.
bool interpolate_node(
    yaml::Node& node, const RawService& service, const std::string& key, Context& context
) {
    bool good = true;
    for (auto& item : node.items)
        good = interpolate_node(item, service, key, context) && good;
    for (auto& entry : node.entries)
        good = interpolate_node(entry.value, service, key, context) && good;
    if (!node.is(yaml::Type::string) || node.scalar.find('$') == std::string::npos)
        return good;
    auto result = interpolate(node.scalar, context.variables);
    for (const auto& name : result.unset)
        context.findings.warn(
            fmt::format("The {} variable is not set. Defaulting to a blank string.", name)
        );
    if (result.invalid)
        context.findings.add(
            node.mark,
            "Invalid interpolation format for \"{}\" option in service \"{}\": \"{}\"",
            key,
            service.name,
            node.scalar
        );
    else if (result.missing)
        context.findings.add(
            node.mark,
            "Missing mandatory value for \"{}\" option interpolating {} in service \"{}\": {}",
            key,
            node.scalar,
            service.name,
            *result.missing
        );
    node.scalar = std::move(result.text);
    return good && !result.invalid && !result.missing;
}

} // namespace

Interpolated interpolate(std::string_view text, const os::Environment& variables) {
    return Interpolation(variables).run(text);
}

void interpolate(RawService& service, Context& context) {
    for (auto& entry : service.options.entries)
        if (!interpolate_node(entry.value, service, entry.key.scalar, context))
            service.wrong.insert(entry.key.scalar);
    std::erase_if(service.options.entries, [&](const yaml::Entry& entry) {
        return service.wrong.contains(entry.key.scalar);
    });
}

} // namespace orch::compose::load
