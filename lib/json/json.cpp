#include "lib/json/json.hpp"

#include "lib/base/error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>

namespace orch::json {

namespace {

template <class Json>
Json parse_as(std::string_view text, std::string_view source) {
    try {
        return Json::parse(text);
    } catch (const typename Json::parse_error& error) {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while
        // ..."
        std::string_view reason = error.what();
        if (const auto colon = reason.find(": "); colon != std::string_view::npos)
            reason.remove_prefix(colon + 2);
        throw Error(Kind::invalid, "{}: byte {}: {}", source, error.byte, reason);
    }
}

/// The length of the valid UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80)
            return 0;
    if (length == 3 && lead == 0xE0 && byte(1) < 0xA0)
        return 0;
    if (length == 3 && lead == 0xED && byte(1) > 0x9F)
        return 0; // surrogates
    if (length == 4 && lead == 0xF0 && byte(1) < 0x90)
        return 0;
    if (length == 4 && lead == 0xF4 && byte(1) > 0x8F)
        return 0;
    return length;
}

/// Go's encoding/json with its HTML escaping.
void append_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const char c = text.front();
        const auto length = utf8_length(text);
        if (length == 0) {
            out += "\\ufffd";
            text.remove_prefix(1);
            continue;
        }
        if (length > 1) {
            const auto sequence = text.substr(0, length);
            if (sequence == "\u2028") {
                out += "\\u2028";
            } else if (sequence == "\u2029") {
                out += "\\u2029";
            } else {
                out += sequence;
            }
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
        text.remove_prefix(length);
    }
    out += '"';
}

/// Go prints floats in the shortest form, with an exponent only below 1e-6 and from 1e21 on.
std::string float_text(double value) {
    const auto magnitude = std::fabs(value);
    if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21)) {
        if (magnitude < 1e15 && value == std::trunc(value))
            return fmt::format("{:.0f}", value);
        auto text = fmt::format("{}", value);
        return text.find('e') == std::string::npos ? text : fmt::format("{:.0f}", value);
    }
    return fmt::format("{}", value); // 1e+21, 1e-07 as Go
}

class Writer {
  public:
    explicit Writer(int indent) : indent_(indent) {}

    template <class Json>
    void write(const Json& value) {
        if (value.is_object()) {
            write_object(value);
        } else if (value.is_array()) {
            write_array(value);
        } else if (value.is_string()) {
            append_string(out_, value.template get_ref<const std::string&>());
        } else if (value.is_number_float()) {
            out_ += float_text(value.template get<double>());
        } else {
            out_ += value.dump();
        }
    }

    std::string take() { return std::move(out_); }

  private:
    void new_line() {
        if (indent_ == 0)
            return;
        out_ += '\n';
        out_.append(static_cast<std::size_t>(depth_ * indent_), ' ');
    }

    template <class Json>
    void write_object(const Json& object) {
        out_ += '{';
        ++depth_;
        bool first = true;
        for (const auto& [key, value] : object.items()) {
            if (!first)
                out_ += ',';
            first = false;
            new_line();
            append_string(out_, key);
            out_ += indent_ == 0 ? ":" : ": ";
            write(value);
        }
        --depth_;
        if (!first)
            new_line();
        out_ += '}';
    }

    template <class Json>
    void write_array(const Json& array) {
        out_ += '[';
        ++depth_;
        bool first = true;
        for (const auto& value : array) {
            if (!first)
                out_ += ',';
            first = false;
            new_line();
            write(value);
        }
        --depth_;
        if (!first)
            new_line();
        out_ += ']';
    }

    std::string out_;
    int indent_;
    int depth_ = 0;
};

template <class Json>
std::string written(const Json& value, int indent) {
    Writer writer(indent);
    writer.write(value);
    return writer.take();
}

} // namespace

nlohmann::json parse(std::string_view text, std::string_view source) {
    return parse_as<nlohmann::json>(text, source);
}

Ordered parse_ordered(std::string_view text, std::string_view source) {
    return parse_as<Ordered>(text, source);
}

std::string to_go_text(const Ordered& value) { return written(value, 4); }

std::string to_go_text(const nlohmann::json& value) { return written(value, 4); }

std::string to_go_line(const nlohmann::json& value) { return written(value, 0); }

} // namespace orch::json
