#include "lib/template/format.hpp"

#include "lib/base/utf8.hpp"
#include "lib/template/quote.hpp"
#include "lib/template/value.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace orch::templates {

namespace {

using Json = nlohmann::json;

/// One directive: % and what follows it.
struct Spec {
    bool minus = false;
    bool plus = false;
    bool sharp = false;
    bool space = false;
    bool zero = false;
    std::optional<std::size_t> width;
    std::optional<std::size_t> precision;
    char32_t verb = 'v';
};

bool is_one_of(char32_t verb, std::string_view verbs) {
    return verb < 0x80 && verbs.find(static_cast<char>(verb)) != std::string_view::npos;
}

std::string pad(std::string text, const Spec& spec) {
    const auto length = utf8::count(text);
    if (!spec.width || *spec.width <= length)
        return text;
    const auto missing = *spec.width - length;
    if (spec.minus)
        return text.append(missing, ' ');
    return text.insert(0, missing, spec.zero ? '0' : ' ');
}

/// Digits with their sign; zeros go between the two.
std::string pad_number(bool negative, std::string digits, const Spec& spec) {
    const std::string sign = negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
    const auto length = sign.size() + digits.size();
    if (spec.zero && !spec.minus && spec.width && *spec.width > length)
        digits.insert(0, *spec.width - length, '0');
    auto plain = spec;
    plain.zero = false;
    return pad(sign + digits, plain);
}

std::string format_value(const Json& value, const Spec& spec);

std::string bad_verb(const Json& value, Spec spec) {
    std::string verb;
    utf8::append(verb, spec.verb);
    if (value.is_null())
        return "%!" + verb + "(<nil>)";
    spec.verb = 'v';
    return "%!" + verb + "(" + type_name(value) + "=" + format_value(value, spec) + ")";
}

/// The shortest digits; an exponent from a million on and below one ten-thousandth.
std::string shortest_float(double value) {
    std::array<char, 32> buffer;
    const auto scientific =
        std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::scientific);
    const std::string text(buffer.begin(), scientific.ptr);
    const int exponent = std::stoi(text.substr(text.find('e') + 1));
    if (value != 0 && (exponent < -4 || exponent >= 6))
        return text;
    const auto fixed = std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::fixed);
    return {buffer.begin(), fixed.ptr};
}

std::string float_digits(double value, const Spec& spec) {
    const auto verb = spec.verb | 0x20U;
    if (is_one_of(verb, "vg") && !spec.precision)
        return shortest_float(value);
    const auto form = verb == 'e'   ? std::chars_format::scientific
                      : verb == 'f' ? std::chars_format::fixed
                                    : std::chars_format::general;
    constexpr std::size_t standard = 6;
    constexpr std::size_t most = 500; // more digits than a double has
    const auto precision = std::min(spec.precision.value_or(standard), most);
    std::array<char, 1024> buffer;
    const auto end =
        std::to_chars(buffer.begin(), buffer.end(), value, form, static_cast<int>(precision));
    return {buffer.begin(), end.ptr};
}

std::string format_float(double value, const Spec& spec) {
    if (!is_one_of(spec.verb, "veEfFgG"))
        return bad_verb(value, spec);
    auto digits = float_digits(std::fabs(value), spec);
    if (is_one_of(spec.verb, "EG"))
        std::replace(digits.begin(), digits.end(), 'e', 'E');
    return pad_number(std::signbit(value), digits, spec);
}

std::string format_integer(const Json& value, const Spec& spec) {
    const bool negative = value < 0;
    const auto size = negative ? 0 - static_cast<std::uint64_t>(value.get<std::int64_t>())
                               : value.get<std::uint64_t>();
    const auto rune =
        size <= 0x10FFFF && !negative ? static_cast<char32_t>(size) : utf8::replacement;
    std::string digits;
    switch (spec.verb) {
    case 'v':
    case 'd':
        digits = fmt::format("{}", size);
        break;
    case 'b':
        digits = fmt::format("{:b}", size);
        break;
    case 'o':
    case 'O':
        digits = fmt::format("{}{:o}", spec.verb == 'O' ? "0o" : spec.sharp ? "0" : "", size);
        break;
    case 'x':
        digits = fmt::format("{}{:x}", spec.sharp ? "0x" : "", size);
        break;
    case 'X':
        digits = fmt::format("{}{:X}", spec.sharp ? "0X" : "", size);
        break;
    case 'c':
        utf8::append(digits, rune);
        return pad(digits, spec);
    case 'q':
        return pad(quote_rune(rune), spec);
    case 'U':
        return pad(
            fmt::format("U+{:04X}", static_cast<std::uint64_t>(value.get<std::int64_t>())), spec
        );
    default:
        return bad_verb(value, spec);
    }
    if (const auto least = spec.precision.value_or(0); digits.size() < least)
        digits.insert(0, least - digits.size(), '0');
    auto padding = spec;
    padding.zero = spec.zero && !spec.precision;
    return pad_number(negative, digits, padding);
}

std::string hex_of(const std::string& text, const Spec& spec) {
    const bool upper = spec.verb == 'X';
    std::string digits = !spec.sharp || text.empty() ? "" : upper ? "0X" : "0x";
    for (const unsigned char byte : text)
        digits += upper ? fmt::format("{:02X}", byte) : fmt::format("{:02x}", byte);
    return digits;
}

std::string first_runes(std::string_view text, std::size_t count) {
    std::string_view rest = text;
    for (; count > 0 && !rest.empty(); --count)
        rest.remove_prefix(utf8::first_rune(rest).length);
    return std::string(text.substr(0, text.size() - rest.size()));
}

std::string format_string(const Json& value, const Spec& spec) {
    auto text = value.get<std::string>();
    if (spec.precision)
        text = first_runes(text, *spec.precision);
    switch (spec.verb) {
    case 'v':
    case 's':
        return pad(text, spec);
    case 'q':
        return pad(quote(text), spec);
    case 'x':
    case 'X':
        return pad(hex_of(text, spec), spec);
    default:
        return bad_verb(value, spec);
    }
}

/// A nil inside a list or map is "<nil>" whatever the verb.
std::string format_element(const Json& value, const Spec& spec) {
    return value.is_null() ? "<nil>" : format_value(value, spec);
}

std::string format_children(const Json& value, const Spec& spec) {
    std::string text = value.is_object() ? "map[" : "[";
    for (auto item = value.begin(); item != value.end(); ++item) {
        if (item != value.begin())
            text += ' ';
        if (value.is_object())
            text += format_value(item.key(), spec) + ':';
        text += format_element(*item, spec);
    }
    return text + ']';
}

std::string format_value(const Json& value, const Spec& spec) {
    if (spec.verb == 'T') {
        auto as_text = spec;
        as_text.verb = 's';
        return pad(type_name(value), as_text);
    }
    if (value.is_structured())
        return format_children(value, spec);
    if (value.is_string())
        return format_string(value, spec);
    if (value.is_number_float())
        return format_float(value.get<double>(), spec);
    if (value.is_number())
        return format_integer(value, spec);
    if (value.is_null())
        return spec.verb == 'v' ? pad("<nil>", spec) : bad_verb(value, spec);
    return is_one_of(spec.verb, "vt") ? pad(value.get<bool>() ? "true" : "false", spec)
                                      : bad_verb(value, spec);
}

class Formatter {
  public:
    Formatter(std::string_view directives, const Args& args) : rest_(directives), args_(args) {}

    std::string run() && {
        while (!rest_.empty()) {
            const auto percent = std::min(rest_.find('%'), rest_.size());
            out_ += rest_.substr(0, percent);
            rest_.remove_prefix(percent);
            if (!rest_.empty())
                directive();
        }
        report_extra();
        return std::move(out_);
    }

  private:
    void directive() {
        rest_.remove_prefix(1);
        Spec spec;
        flags(spec);
        spec.width = number(&spec);
        if (take('.'))
            spec.precision = number(nullptr).value_or(0);
        if (rest_.empty()) {
            out_ += "%!(NOVERB)";
            return;
        }
        const auto rune = utf8::first_rune(rest_);
        const std::string verb(rest_.substr(0, rune.length));
        rest_.remove_prefix(rune.length);
        spec.verb = rune.code;
        if (verb == "v") // %+v and %#v are about structs
            spec.plus = spec.sharp = false;
        if (verb == "%")
            out_ += '%';
        else if (next_ == args_.size())
            out_ += "%!" + verb + "(MISSING)";
        else
            out_ += format_value(args_[next_++], spec);
    }

    bool take(char c) {
        if (rest_.empty() || rest_[0] != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    void flags(Spec& spec) {
        for (;;) {
            if (take('-'))
                spec.minus = true;
            else if (take('+'))
                spec.plus = true;
            else if (take('#'))
                spec.sharp = true;
            else if (take(' '))
                spec.space = true;
            else if (take('0'))
                spec.zero = true;
            else
                break;
        }
        if (spec.minus)
            spec.zero = false;
    }

    /// A width or precision, from the format or, for *, from the arguments; a negative width there
    /// means the flag -, which `spec` takes.
    std::optional<std::size_t> number(Spec* spec) {
        constexpr std::int64_t most = 1'000'000; // Go's own bound
        if (take('*')) {
            const bool usable = next_ < args_.size() && args_[next_].is_number_integer();
            const auto given = usable ? args_[next_].get<std::int64_t>() : most + 1;
            next_ = std::min(next_ + 1, args_.size());
            if (given > most || given < -most || (given < 0 && spec == nullptr)) {
                out_ += spec != nullptr ? "%!(BADWIDTH)" : "%!(BADPREC)";
                return std::nullopt;
            }
            if (given < 0) {
                spec->minus = true;
                spec->zero = false;
            }
            return static_cast<std::size_t>(given < 0 ? -given : given);
        }
        const auto length = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        if (length == 0)
            return std::nullopt;
        std::int64_t given = 0;
        const auto* const end = rest_.data() + length;
        const bool fits =
            std::from_chars(rest_.data(), end, given).ec == std::errc() && given <= most;
        rest_.remove_prefix(length);
        return fits ? std::optional(static_cast<std::size_t>(given)) : std::nullopt;
    }

    void report_extra() {
        if (next_ == args_.size())
            return;
        out_ += "%!(EXTRA ";
        for (auto i = next_; i < args_.size(); ++i) {
            out_ += i == next_ ? "" : ", ";
            out_ += args_[i].is_null() ? "<nil>"
                                       : type_name(args_[i]) + "=" + format_value(args_[i], Spec());
        }
        out_ += ')';
    }

    std::string_view rest_;
    const Args& args_;
    std::size_t next_ = 0;
    std::string out_;
};

} // namespace

std::string format(std::string_view directives, const Args& args) {
    return Formatter(directives, args).run();
}

std::string print(const Args& args) {
    std::string text;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (i > 0 && !args[i].is_string() && !args[i - 1].is_string())
            text += ' ';
        text += format_value(args[i], Spec());
    }
    return text;
}

std::string print_line(const Args& args) {
    std::string text;
    for (std::size_t i = 0; i < args.size(); ++i)
        text += (i == 0 ? "" : " ") + format_value(args[i], Spec());
    return text + '\n';
}

} // namespace orch::templates
