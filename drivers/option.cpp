#include "drivers/option.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace orch::drivers {

namespace {

template <class Kind_>
const Kind_&
stored(const std::map<std::string, Values::Value, std::less<>>& values, std::string_view name) {
    const auto found = values.find(name);
    const auto* value = found == values.end() ? nullptr : std::get_if<Kind_>(&found->second);
    if (value == nullptr)
        throw Error(Kind::internal, "driver option {} was not declared so", name);
    return *value;
}

std::int64_t parse_integer(const Option& option, std::string_view raw) {
    std::int64_t value = 0;
    const bool hexadecimal = raw.starts_with("0x") || raw.starts_with("0X");
    const auto digits = hexadecimal ? raw.substr(2) : raw;
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, value, hexadecimal ? 16 : 10);
    if (parsed.ec != std::errc() || parsed.ptr != end)
        throw Error(Kind::usage, "--{} takes a number, not \"{}\"", option.name, raw);
    return value;
}

bool parse_flag(const Option& option, std::string_view raw) {
    const auto word = text::lower(raw);
    if (word == "1" || word == "t" || word == "true")
        return true;
    if (word.empty() || word == "0" || word == "f" || word == "false")
        return false;
    throw Error(Kind::usage, "--{} takes true or false, not \"{}\"", option.name, raw);
}

std::string parse_text(const Option& option, std::string_view raw) {
    const auto& choices = option.choices;
    const bool nothing = raw.empty() && option.fallback.empty(); // the driver decides
    const bool any = choices.empty() || option.open_ended || nothing;
    if (!any && std::find(choices.begin(), choices.end(), raw) == choices.end())
        throw Error(
            Kind::usage,
            "--{} takes one of {}, not \"{}\"",
            option.name,
            text::join(choices, ", "),
            raw
        );
    return std::string(raw);
}

std::vector<std::string> parse_list(std::string_view raw) {
    std::vector<std::string> items;
    for (const auto& item : text::split(raw, ','))
        if (const auto trimmed = text::trim(item); !trimmed.empty())
            items.emplace_back(trimmed);
    return items;
}

} // namespace

const std::string& Values::text(std::string_view name) const {
    return stored<std::string>(values_, name);
}

int Values::integer(std::string_view name) const {
    const auto value = stored<std::int64_t>(values_, name);
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
        throw Error(Kind::usage, "--{} cannot be {}", name, value);
    return static_cast<int>(value);
}

bool Values::flag(std::string_view name) const { return stored<bool>(values_, name); }

const std::vector<std::string>& Values::list(std::string_view name) const {
    return stored<std::vector<std::string>>(values_, name);
}

Values::Value value_from_text(const Option& option, std::string_view raw) {
    switch (option.kind) {
    case OptionKind::text:
        return parse_text(option, raw);
    case OptionKind::integer:
        return parse_integer(option, raw);
    case OptionKind::flag:
        return parse_flag(option, raw);
    case OptionKind::list:
        return parse_list(raw);
    }
    throw Error(Kind::internal, "driver option {} has no kind", option.name);
}

} // namespace orch::drivers
