#include "lib/json/json.hpp"

#include "lib/base/error.hpp"
#include "lib/base/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace orch::json {

namespace {

/// Far more than any real file has, and few enough for the recursion of writers and copies.
constexpr int deepest = 1000;

/// The byte (from 1) at which the nesting gets too deep, 0 if it does not.
std::size_t find_abyss(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string && c == '\\')
            ++i;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '[' || c == '{') && ++depth > deepest)
            return i + 1;
        else if (!in_string && (c == ']' || c == '}'))
            --depth;
    }
    return 0;
}

/// The library says "[json.exception...] parse error at line 1, column 9: syntax error while
/// parsing value - REASON; last read: 'TEXT'; expected ...". The text read may be a secret.
std::string reason_of(const nlohmann::json::exception& error) {
    std::string_view text = error.what();
    for (const std::string_view prefix : {"] ", ": ", " - "})
        if (const auto at = text.find(prefix); at != std::string_view::npos)
            text.remove_prefix(at + prefix.size());
    return std::string(text.substr(0, text.find("; ")));
}

/// "byte 7", and where an editor shows it if there is more than one line.
std::string place_of(std::string_view text, std::size_t byte) {
    const auto before = text.substr(0, byte == 0 ? 0 : byte - 1);
    const auto line = 1 + std::count(text.begin(), text.begin() + std::ssize(before), '\n');
    if (text.find('\n') == std::string_view::npos)
        return fmt::format("byte {}", byte);
    const auto start = before.rfind('\n') + 1; // 0 where there is none
    return fmt::format("byte {} (line {}, column {})", byte, line, before.size() - start + 1);
}

/// Runs `parse`; what it says becomes an Error with the place.
template <class Parse>
auto with_place(std::string_view text, std::string_view source, Parse&& parse) {
    if (const auto byte = find_abyss(text); byte != 0)
        throw Error(Kind::invalid, "{}: {}: nested too deeply", source, place_of(text, byte));
    try {
        return parse();
    } catch (const nlohmann::json::parse_error& error) {
        throw Error(
            Kind::invalid, "{}: {}: {}", source, place_of(text, error.byte), reason_of(error)
        );
    } catch (const nlohmann::json::exception& error) {
        throw Error(Kind::invalid, "{}: {}", source, reason_of(error));
    }
}

void write_escape(std::string& out, char c) {
    switch (c) {
    case '"':
    case '\\':
        out += {'\\', c};
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    }
}

void write_string(std::string& out, std::string_view text) {
    constexpr std::string_view escaped = "\"\\<>&";
    out += '"';
    while (!text.empty()) {
        const auto rune = utf8::first_rune(text);
        const bool line_end = rune.code == 0x2028 || rune.code == 0x2029; // for JavaScript
        if (!rune.valid || line_end)
            out += fmt::format("\\u{:04x}", std::uint32_t{rune.code});
        else if (rune.code < ' ' || escaped.find(text[0]) != std::string_view::npos)
            write_escape(out, text[0]);
        else
            out += text.substr(0, rune.length);
        text.remove_prefix(rune.length);
    }
    out += '"';
}

/// The shortest digits that give the same double; an exponent only for the very large and small.
void write_double(std::string& out, double value) {
    if (!std::isfinite(value)) { // JSON has no such number
        out += "null";
        return;
    }
    const auto size = std::fabs(value);
    constexpr double all_whole = 9007199254740992; // 2^53: from here on there are no fractions
    const bool plain = size == 0 || (size >= 1e-6 && size < 1e21);
    const bool fixed = plain && size < all_whole;
    const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.begin(), buffer.end(), value, format).ptr;
    std::string text(buffer.begin(), end);
    if (plain && !fixed) { // to_chars would print digits beyond the shortest, Go prints zeros
        const auto exponent = std::stoul(text.substr(text.find('e') + 1));
        text.erase(text.find('e'));
        std::erase(text, '.');
        text.resize(exponent + (value < 0 ? 2 : 1), '0');
    } else if (const auto zero = text.find("e-0"); zero != std::string::npos) {
        text.erase(zero + 2, 1);
    }
    out += text;
}

/// Builds a value from the parser's events; see parse_ordered.
class VerbatimReader : public nlohmann::json_sax<Ordered> {
  public:
    Ordered value() && { return std::move(root_); }

    bool null() override { return add(nullptr); }

    bool boolean(bool value) override { return add(value); }

    bool number_integer(number_integer_t value) override { return add(value); }

    bool number_unsigned(number_unsigned_t value) override { return add(value); }

    bool number_float(number_float_t value, const string_t& text) override {
        std::string written;
        write_double(written, value);
        if (written == text)
            return add(value);
        return add(Ordered::binary({text.begin(), text.end()}));
    }

    bool string(string_t& value) override { return add(std::move(value)); }

    bool binary(binary_t&) override { return false; } // JSON has none

    bool start_object(std::size_t) override { return open(Ordered::object()); }

    bool start_array(std::size_t) override { return open(Ordered::array()); }

    bool key(string_t& value) override {
        key_ = std::move(value);
        return true;
    }

    bool end_object() override { return close(); }

    bool end_array() override { return close(); }

    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error)
        override {
        // Thrown as what it is: the base class has no public copy.
        if (const auto* known = dynamic_cast<const nlohmann::json::parse_error*>(&error))
            throw *known;
        if (const auto* known = dynamic_cast<const nlohmann::json::out_of_range*>(&error))
            throw *known;
        return false;
    }

  private:
    Ordered& put(Ordered value) {
        if (open_.empty())
            return root_ = std::move(value);
        auto& parent = *open_.back();
        if (parent.is_object())
            return parent[key_] = std::move(value);
        parent.push_back(std::move(value));
        return parent.back();
    }

    bool add(Ordered value) {
        put(std::move(value));
        return true;
    }

    /// What is open is the last child of its parent and stays where it is until it is closed.
    bool open(Ordered value) {
        open_.push_back(&put(std::move(value)));
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    Ordered root_;
    std::vector<Ordered*> open_;
    std::string key_;
};

template <class Json>
class GoWriter {
  public:
    explicit GoWriter(bool pretty) : pretty_(pretty) {}

    std::string text(const Json& value) && {
        write(value);
        return std::move(out_);
    }

  private:
    void write(const Json& value) {
        if (value.is_object() || value.is_array())
            write_children(value);
        else if (value.is_string())
            write_string(out_, value.template get_ref<const std::string&>());
        else if (value.is_number_float())
            write_double(out_, value.template get<double>());
        else if (value.is_binary()) // a number of parse_ordered
            out_.append(value.get_binary().begin(), value.get_binary().end());
        else
            out_ += value.dump(); // null, booleans, integers
    }

    void write_children(const Json& value) {
        out_ += value.is_object() ? '{' : '[';
        ++depth_;
        for (auto item = value.begin(); item != value.end(); ++item) {
            if (item != value.begin())
                out_ += ',';
            new_line();
            if (value.is_object()) {
                write_string(out_, item.key());
                out_ += pretty_ ? ": " : ":";
            }
            write(*item);
        }
        --depth_;
        if (!value.empty())
            new_line();
        out_ += value.is_object() ? '}' : ']';
    }

    void new_line() {
        constexpr std::size_t spaces = 4;
        if (pretty_)
            out_.append("\n").append(spaces * depth_, ' ');
    }

    bool pretty_;
    std::size_t depth_ = 0;
    std::string out_;
};

} // namespace

nlohmann::json parse(std::string_view text, std::string_view source) {
    return with_place(text, source, [&] { return nlohmann::json::parse(text); });
}

Ordered parse_ordered(std::string_view text, std::string_view source) {
    return with_place(text, source, [&] {
        VerbatimReader reader;
        Ordered::sax_parse(text, &reader);
        return std::move(reader).value();
    });
}

std::string to_go_text(const Ordered& value) { return GoWriter<Ordered>(true).text(value); }

std::string to_go_text(const nlohmann::json& value) {
    return GoWriter<nlohmann::json>(true).text(value);
}

std::string to_go_line(const nlohmann::json& value) {
    return GoWriter<nlohmann::json>(false).text(value);
}

} // namespace orch::json
