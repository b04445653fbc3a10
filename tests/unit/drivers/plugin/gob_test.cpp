// Against bytes that Go wrote: those of docker-machine's own client and plugins.
#include "drivers/plugin/flags.hpp"
#include "drivers/plugin/gob.hpp"
#include "drivers/plugin/rpc.hpp"
#include "lib/base/error.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace gob = orch::drivers::plugin::gob;
namespace plugin = orch::drivers::plugin;

namespace {

/// "2f ff81 'Request'": hexadecimal digits, and text between quotes as it is.
std::string bytes(std::string_view spelled) {
    std::string result;
    for (std::size_t i = 0; i < spelled.size();) {
        if (spelled[i] == ' ') {
            ++i;
        } else if (spelled[i] == '\'') {
            const auto end = spelled.find('\'', i + 1);
            result += spelled.substr(i + 1, end - i - 1);
            i = end + 1;
        } else {
            result += static_cast<char>(std::stoi(std::string(spelled.substr(i, 2)), nullptr, 16));
            i += 2;
        }
    }
    return result;
}

/// Hands the bytes out in pieces of so many.
class Pieces : public gob::Source {
  public:
    Pieces(std::string text, std::size_t size) : text_(std::move(text)), size_(size) {}

    std::size_t read(std::span<char> buffer) override {
        const auto size = std::min({size_, buffer.size(), text_.size() - at_});
        std::copy_n(text_.data() + at_, size, buffer.data());
        at_ += size;
        return size;
    }

  private:
    std::string text_;
    std::size_t size_;
    std::size_t at_ = 0;
};

std::string shown(const gob::Value& value);

struct Show {
    std::string operator()(std::monostate) const { return "nil"; }

    std::string operator()(bool is) const { return is ? "true" : "false"; }

    std::string operator()(std::int64_t number) const { return std::to_string(number); }

    std::string operator()(std::uint64_t number) const { return std::to_string(number) + "u"; }

    std::string operator()(double number) const { return std::to_string(number); }

    std::string operator()(const std::string& text) const { return '"' + text + '"'; }

    std::string operator()(const gob::List& list) const {
        std::string text;
        for (const auto& item : list)
            text += (text.empty() ? "" : " ") + shown(item);
        return "[" + text + "]";
    }

    std::string operator()(const gob::Fields& fields) const {
        std::string text;
        for (const auto& field : fields)
            text += (text.empty() ? "" : " ") + field.name + ":" + shown(field.value);
        return "{" + text + "}";
    }
};

std::string shown(const gob::Value& value) { return value.type + std::visit(Show(), value.held); }

/// All values of the stream, one in a line.
std::string read_all(const std::string& stream, std::size_t piece = 1000) {
    Pieces source(stream, piece);
    gob::Reader reader(source);
    std::string text;
    while (const auto value = reader.next())
        text += shown(*value) + "\n";
    return text;
}

std::string refusal_of(const std::string& spelled) {
    return orch::test::error_of([&] { read_all(bytes(spelled)); }).message();
}

const std::string response_type =
    "32 ff81 03 01 01 08 'Response' 01 ff82 00 01 03 01 0d 'ServiceMethod' 01 0c 00 01 03 'Seq' 01 "
    "06 00 01 05 'Error' 01 0c 00 00 00 ";
const std::string empty_type = "0a ff83 03 01 02 ff84 00 00 00 ";

} // namespace

TEST_CASE("gob: numbers are encoded as the format describes them") {
    const auto unsigned_bytes = [](std::uint64_t number) {
        std::string to;
        gob::put_unsigned(to, number);
        return to;
    };
    const auto signed_bytes = [](std::int64_t number) {
        std::string to;
        gob::put_signed(to, number);
        return to;
    };
    CHECK(unsigned_bytes(0) == bytes("00"));
    CHECK(unsigned_bytes(127) == bytes("7f"));
    CHECK(unsigned_bytes(128) == bytes("ff80"));
    CHECK(unsigned_bytes(256) == bytes("fe0100"));
    CHECK(unsigned_bytes(~std::uint64_t{0}) == bytes("f8ffffffffffffffff"));
    CHECK(signed_bytes(22) == bytes("2c"));
    CHECK(signed_bytes(-129) == bytes("fe0101"));
    CHECK(signed_bytes(-65) == bytes("ff81"));
    CHECK(signed_bytes(std::numeric_limits<std::int64_t>::min()) == bytes("f8ffffffffffffffff"));
}

TEST_CASE("gob: the definitions are those that Go's client sends, byte for byte") {
    using Kind = gob::Type::Kind;
    CHECK(
        gob::definition(
            65, {Kind::structure, "Request", {{"ServiceMethod", gob::text}, {"Seq", 3}}}
        ) == bytes("2f ff81 03 01 01 07 52657175657374 01 ff82 00 01 02 01 0d "
                   "536572766963654d6574686f64 01 0c 00 01 03 536571 01 06 00 00 00")
    );
    CHECK(gob::definition(66, {}) == bytes(empty_type));
    CHECK(
        gob::definition(
            68,
            {.kind = Kind::map,
             .name = "map[string]interface {}",
             .element = gob::interface,
             .key = gob::text}
        ) == bytes("27 ff87 04 01 01 17 'map[string]interface {}' 01 ff88 00 01 0c 01 10 00 00")
    );
    // As it stands in the middle of a value, without a length before it.
    CHECK(
        gob::definition(69, {.kind = Kind::list, .element = gob::text}).substr(1) ==
        bytes("ff89 02 01 02 ff8a 00 01 0c 00 00")
    );
}

TEST_CASE("gob: arguments are the messages that Go's client sends") {
    CHECK(plugin::no_argument() == bytes("03 ff84 00"));
    const std::string json(155, 'j');
    CHECK(plugin::bytes_argument(json) == bytes("ff9f 0a 00 ff9b") + json);
    std::string entries;
    gob::put_unsigned(entries, 4);
    plugin::put_entry(entries, "a", std::string("root"));
    plugin::put_entry(entries, "b", std::int64_t{22});
    plugin::put_entry(entries, "c", false);
    plugin::put_entry(entries, "d", std::vector<std::string>{"a=b", "c=d"});
    CHECK(
        entries == bytes("04 01 'a' 06737472696e67 0c 06 00 04 726f6f74 "
                         "01 'b' 03 'int' 04 02 00 2c 01 'c' 04 'bool' 02 02 00 00 "
                         "01 'd' 08 '[]string' ff8a 0a 00 02 03 613d62 03 633d64")
    );
    const auto flags = plugin::flags_argument(entries);
    const auto head = bytes("10 00 13 '*rpcdriver.RPCFlags' ff86");
    CHECK(flags.substr(1, head.size()) == head);
    CHECK(static_cast<std::size_t>(flags[0]) == flags.size() - 1);
    CHECK(flags.substr(1 + head.size()) == bytes("41 01") + entries + bytes("00"));
}

TEST_CASE("gob: answers of a plugin are read, in whatever pieces they come") {
    const auto stream = bytes(
        response_type +
        // GetVersion, 1
        "1f ff82 01 1a 'RPCServerDriver.GetVersion' 00 03 04 00 02"
        // a string, a state, bytes
        " 05 0c 00 02 7831 03 04 00 08 05 0a 00 02 'ab'"
        // an error and its empty body
        " 32 ff82 01 16 'RPCServerDriver.GetURL' 01 03 01 13 "
        "486f7374206973206e6f742072756e6e696e67 00 " +
        empty_type + "03 ff84 00"
    );
    const auto text = "{ServiceMethod:\"RPCServerDriver.GetVersion\"}\n1\n\"x1\"\n4\n\"ab\"\n"
                      "{ServiceMethod:\"RPCServerDriver.GetURL\" Seq:3u Error:\"Host is not "
                      "running\"}\n{}\n";
    for (const auto piece : std::vector<std::size_t>{1, 2, 7, 1000})
        CHECK(read_all(stream, piece) == text);
}

TEST_CASE("gob: types that are defined in the middle of a value are understood") {
    // What docker-machine's client sends for SetConfigFromFlags: three messages are one value, and
    // in the map stands a definition of its own.
    const auto stream = bytes(
        "38 10 00 13 '*rpcdriver.RPCFlags' ff85 03 01 01 08 'RPCFlags' 01 ff86 00 01 01 01 06 "
        "'Values' 01 ff88 00 00 00 "
        "27 ff87 04 01 01 17 'map[string]interface {}' 01 ff88 00 01 0c 01 10 00 00 "
        "ff90 ff86 50 01 03 03 'one' 06 'string' 0c 06 00 04 'root' "
        "03 'two' 08 '[]string' ff89 02 01 02 ff8a 00 01 0c 00 00 "
        "0d ff8a 0a 00 02 03 613d62 03 633d64 "
        "05 'three' 00 00"
    );
    CHECK(
        read_all(stream) == "*rpcdriver.RPCFlags{Values:{one:string\"root\" two:[]string[\"a=b\" "
                            "\"c=d\"] three:nil}}\n"
    );
}

TEST_CASE("gob: floats and unsigned numbers") {
    CHECK(read_all(bytes("05 08 00 fe3140")) == "17.000000\n");
    CHECK(read_all(bytes("03 06 00 07")) == "7u\n");
    CHECK(read_all(bytes("03 02 00 01")) == "true\n");
}

TEST_CASE("gob: bytes that make no sense are refused with what is wrong") {
    CHECK(refusal_of("03 04 00") == "the bytes end in the middle of a value");
    CHECK(
        refusal_of("f81000000000000000 04 00 02") ==
        "a message of 1152921504606846976 bytes is announced"
    );
    CHECK(refusal_of("0a 0c 00 fa010000000000 61") == "a text of 1099511627776 bytes");
    CHECK(refusal_of("04 ffc6 01 01 00") == "a value has type 99, which was not defined");
    CHECK(refusal_of("03 04 01 02") == "a value of type 2 begins with a field");
    CHECK(refusal_of("03 04 00 e0") == "a number of 32 bytes");
    CHECK(refusal_of("05 21 03 01 00 00") == "one of Go's own types is defined again");
    CHECK(refusal_of(empty_type + empty_type) == "type 66 is defined twice");
    CHECK(refusal_of("04 ff83 05 00 01 04") == "wireType has no field 5 further on");
    CHECK(refusal_of(empty_type + "03 ff84 01") == " has no field 1 further on");
    CHECK(refusal_of("04 ff83 00 03 ff84 00") == "a type is defined in a way that no driver uses");
    CHECK(
        refusal_of("0c ff89 02 01 02 ff8a 00 01 0c 00 00 09 ff8a 00 fc7fffffff 00") ==
        "a list of 2147483647 parts"
    );
}

TEST_CASE("gob: a type that holds itself is not followed for ever") {
    auto stream = bytes("0d ff89 02 01 02 ff8a 00 01 ff8a 00 00 10 ff8a 00");
    stream += std::string(1000, '\1');
    CHECK(orch::test::error_of([&] {
              read_all(stream);
          }).message() == "values are nested more than 50 deep");
}

TEST_CASE("plugin: flags become options with their kinds and defaults") {
    using orch::drivers::OptionKind;
    const auto flag = [](const char* type, gob::Fields fields) {
        return gob::Value{.type = type, .held = std::move(fields)};
    };
    const auto text = [](const char* value) { return gob::Value{.held = std::string(value)}; };
    const gob::Value flags{
        .held = gob::List{
            flag(
                "*mcnflag.StringFlag",
                {{"Name", text("x-user")},
                 {"Usage", text("The user")},
                 {"EnvVar", text("X_USER")},
                 {"Value", text("root")}}
            ),
            flag(
                "*mcnflag.IntFlag",
                {{"Name", text("x-size")}, {"Value", {.held = std::int64_t{1} << 40}}}
            ),
            flag("*mcnflag.IntFlag", {{"Name", text("x-none")}}),
            flag(
                "*mcnflag.StringSliceFlag",
                {{"Name", text("x-label")}, {"Value", {.held = gob::List{text("a"), text("b")}}}}
            ),
            flag("*mcnflag.BoolFlag", {{"Name", text("x-fast")}}),
            flag("*mcnflag.StringFlag", {{"Name", text("x-api-token")}}),
            flag("*mcnflag.StringFlag", {{"Name", text("x-user")}, {"Usage", text("again")}}),
            flag("*mcnflag.StringFlag", {{"Name", text("no option")}}),
        }};
    const auto options = plugin::options_from(flags);
    REQUIRE(options.size() == 6);
    CHECK(options[0].name == "x-user");
    CHECK(options[0].env == "X_USER");
    CHECK(options[0].help == "The user");
    CHECK(options[0].fallback == "root");
    CHECK(options[0].kind == OptionKind::text);
    CHECK(options[1].fallback == "1099511627776");
    CHECK(options[1].kind == OptionKind::integer);
    CHECK(options[2].fallback == "0");
    CHECK(options[3].fallback == "a,b");
    CHECK(options[3].kind == OptionKind::list);
    CHECK(options[4].kind == OptionKind::flag);
    CHECK_FALSE(options[4].secret);
    CHECK(options[5].secret);
    CHECK(orch::test::error_of([&] {
              plugin::options_from({.held = gob::List{flag("*other.Flag", {})}});
          }).message() == "its answer to GetCreateFlags holds a \"*other.Flag\"");
}
