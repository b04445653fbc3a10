#include "lib/base/error.hpp"
#include "lib/template/template.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using orch::Kind;
using orch::templates::Template;
using orch::test::error_of;
using Json = nlohmann::json;

namespace {

const Json data = Json::parse(R"({
    "Name": "web1",
    "Port": 2376,
    "Big": 9007199254740993,
    "Memory": 1048576,
    "Half": 0.5,
    "On": true,
    "Off": false,
    "Null": null,
    "Empty": "",
    "List": ["a", "b", 1, null, [2]],
    "None": [],
    "Map": {"z": 1, "a": null, "m": {"x": "y"}},
    "Odd": "<\u00e9>&\t",
    "Driver": {"SSHPort": 22, "IPAddress": "192.0.2.7"}
})");

std::string run(const std::string& text) { return Template(text).run(data); }

std::string parse_error(const std::string& text) {
    const auto error = error_of([&] { return Template(text); });
    CHECK(error.kind() == Kind::invalid);
    const std::string prefix = "template parsing error: template: ";
    CHECK(error.message().starts_with(prefix));
    return error.message().substr(prefix.size());
}

std::string run_error(const std::string& text) {
    const auto error = error_of([&] { return run(text); });
    CHECK(error.kind() == Kind::invalid);
    return error.message();
}

} // namespace

TEST_CASE("template: fields are found, text around them stays") {
    CHECK(run("") == "");
    CHECK(run("no action }} {") == "no action }} {");
    CHECK(run("{{.Driver.IPAddress}} {{ .Empty }}!") == "192.0.2.7 !");
    CHECK(run("{{.Name}}:{{$.Port}}") == "web1:2376");
    CHECK(run("{{.Map.m.x}} {{(.Map).z}} {{(index .Map \"m\").x}}") == "y 1 y");
}

TEST_CASE("template: what is not there is <no value>, inside of others <nil>") {
    CHECK(run("{{.Nope}} {{.Null}} {{.Nope.Foo}}") == "<no value> <no value> <no value>");
    CHECK(run("{{.List}}") == "[a b 1 <nil> [2]]");
    CHECK(run("{{.Map}}") == "map[a:<nil> m:map[x:y] z:1]");
    CHECK(run("{{printf \"%v\" .Nope}} {{print .Null 1}}") == "<nil> <nil> 1");
}

TEST_CASE("template: numbers of the data are floats, as Go decodes JSON") {
    CHECK(
        run("{{.Port}} {{.Half}} {{.Memory}} {{.Big}}") ==
        "2376 0.5 1.048576e+06 9.007199254740992e+15"
    );
    CHECK(run("{{json .Port}} {{json .Memory}} {{json .Big}}") == "2376 1048576 9007199254740992");
    CHECK(run("{{printf \"%d\" .Port}} {{printf \"%.0f\" .Port}}") == "%!d(float64=2376) 2376");
}

TEST_CASE("template: json and prettyjson sort keys and escape as Go does") {
    CHECK(run("{{json .Driver}}") == R"({"IPAddress":"192.0.2.7","SSHPort":22})");
    CHECK(run("{{json .Odd}} {{json .Nope}}") == "\"\\u003c\u00e9\\u003e\\u0026\\t\" null");
    CHECK(run("{{prettyjson .Map}}") == R"({
    "a": null,
    "m": {
        "x": "y"
    },
    "z": 1
})");
}

TEST_CASE("template: constants") {
    CHECK(
        run("{{3}} {{3.5}} {{1e3}} {{0x10}} {{017}} {{0b11}} {{0o17}} {{1_000}} {{-7}} {{.5}}") ==
        "3 3.5 1000 16 15 3 15 1000 -7 0.5"
    );
    CHECK(
        run(R"({{"a\tb\x41\u00e9\101\""}}|{{`r"\w`}}|{{'a'}} {{'\n'}} {{true}})") ==
        "a\tbA\u00e9A\"|r\"\\w|97 10 true"
    );
}

TEST_CASE("template: trim marks and comments take what they should") {
    CHECK(run("a  {{- .Name -}} \n b") == "aweb1b");
    CHECK(run("a  {{ .Name }} \n b") == "a  web1 \n b");
    CHECK(run("a {{/* x */}} b {{- /* y */ -}} c") == "a  bc");
    CHECK(run("{{3 -}} x {{- -3}}") == "3x-3");
}

TEST_CASE("template: if, else if, with and range") {
    CHECK(run("{{if .Off}}a{{else if .Name}}b{{else}}c{{end}}") == "b");
    CHECK(
        run("{{if .Empty}}a{{end}}{{if .None}}b{{end}}{{if 0}}c{{end}}{{if .Nope}}d{{end}}") == ""
    );
    CHECK(
        run("{{with .Driver}}{{.SSHPort}} {{$.Name}}{{end}}{{with .Nope}}x{{else}}-{{end}}") ==
        "22 web1-"
    );
    CHECK(run("{{range .List}}[{{.}}]{{end}}") == "[a][b][1][<no value>][[2]]");
    CHECK(
        run("{{range $i, $e := .List}}{{if $i}},{{end}}{{json $e}}{{end}}") ==
        "\"a\",\"b\",1,null,[2]"
    );
    CHECK(
        run("{{range $k, $v := .Driver}}{{$k}}={{$v}} {{end}}") == "IPAddress=192.0.2.7 SSHPort=22 "
    );
    CHECK(
        run("{{range .None}}x{{else}}none{{end}}{{range .Nope}}x{{else}}, none{{end}}") ==
        "none, none"
    );
}

TEST_CASE("template: variables live until the end of their block") {
    CHECK(run("{{$x := 1}}{{if .On}}{{$x}}{{$x = 2}}{{$x := 3}}{{$x}}{{end}}{{$x}}") == "132");
    CHECK(run("{{with $m := .Map}}{{$m.z}}{{end}}") == "1");
    CHECK(parse_error("{{if .On}}{{$y := 1}}{{end}}{{$y}}") == ":1: undefined variable \"$y\"");
    CHECK(run_error("{{$z = 1}}").ends_with("undefined variable: $z"));
}

TEST_CASE("template: comparisons and logic return what Go's do") {
    CHECK(
        run("{{eq .Name \"x\" \"web1\"}} {{ne .Name \"x\"}} {{eq .Port 2376.0}} {{eq .Null nil}}"
        ) == "true true true true"
    );
    CHECK(
        run("{{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1 2}} {{eq (len .List) 5}}") ==
        "true true true false true"
    );
    CHECK(
        run("{{and .On .Name}} {{or .Off .Empty \"dflt\"}} {{not .On}} {{and .Off (index .List "
            "99)}}") == "web1 dflt false false"
    );
    CHECK(
        run_error("{{eq .Port 2376}}") ==
        "template: :1:2: executing \"\" at <eq .Port 2376>: error calling eq: "
        "incompatible types for comparison"
    );
    CHECK(run_error("{{lt .Map 1}}").ends_with("error calling lt: invalid type for comparison"));
    CHECK(run_error("{{eq .Map .Map}}")
              .ends_with("non-comparable type map[a:<nil> m:map[x:y] z:%!s(float64=1)]: "
                         "map[string]interface {}"));
}

TEST_CASE("template: functions of text and lists") {
    CHECK(run("{{.Name | upper | printf \"%s-%s\" \"x\"}} {{lower \"ABC\"}}") == "x-WEB1 abc");
    CHECK(run("{{title \"hello big_world x-y\"}}") == "Hello Big_world X-Y");
    CHECK(
        run("{{join .List \",\"}} {{join (split \"a--b\" \"--\") \"+\"}}") == "a,b,1,<nil>,[2] a+b"
    );
    CHECK(
        run("{{split \"a,b\" \",\"}} {{index (split \"a,b\" \",\") 1}} {{split \"ab\" \"\"}}") ==
        "[a b] b [a b]"
    );
    CHECK(
        run("{{len .List}} {{len .Map}} {{len .Name}} {{index .List 4 0}} {{index .Map \"q\"}}") ==
        "5 3 4 2 <no value>"
    );
    CHECK(run("{{print 1 2 \"a\" \"b\" 3}}|{{println \"a\" 1}}|{{print}}") == "1 2ab3|a 1\n|");
}

TEST_CASE("template: printf knows Go's verbs, widths and remarks") {
    CHECK(
        run(R"({{printf "%5d|%-5s|%05d|%x|%X|%c|%U|%t|%q" 42 "ab" -42 255 "hi" 65 65 true "a\"b"}})"
        ) == R"(   42|ab   |-0042|ff|6869|A|U+0041|true|"a\"b")"
    );
    CHECK(
        run(R"({{printf "%.2f|%8.3f|%e|%g|%+d|%.3s|%6.2f|%T" 3.14159 .Half .Port 1e6 5 "abcdef" .Half .List}})"
        ) == "3.14|   0.500|2.376000e+03|1e+06|+5|abc|  0.50|[]interface {}"
    );
    CHECK(
        run(R"({{printf "%d %s" 1}}|{{printf "x" 1 .Null}}|{{printf "%"}}|{{printf "%z%%" 1}})") ==
        "1 %!s(MISSING)|x%!(EXTRA int=1, <nil>)|%!(NOVERB)|%!z(int=1)%"
    );
    CHECK(
        run(R"({{printf "%*d|%-*d|%v %q" 5 42 4 7 .List .List}})") ==
        "   42|7   |[a b 1 <nil> [2]] [\"a\" \"b\" %!q(float64=1) <nil> [%!q(float64=2)]]"
    );
    CHECK(
        run(R"({{printf "%s %d" .Map .Name}})") ==
        "map[a:<nil> m:map[x:y] z:%!s(float64=1)] %!d(string=web1)"
    );
}

TEST_CASE("template: errors while parsing have Go's words and lines") {
    CHECK(parse_error("{{") == ":1: unclosed action");
    CHECK(parse_error("a\n\n{{.Name") == ":3: unclosed action");
    CHECK(parse_error("{{.Name\n@}}") == ":2: unexpected \"@\" in operand");
    CHECK(parse_error("{{foo}}") == ":1: function \"foo\" not defined");
    CHECK(parse_error("{{}}") == ":1: missing value for command");
    CHECK(parse_error("{{if}}{{end}}") == ":1: missing value for if");
    CHECK(parse_error("{{if .On}}") == ":1: unexpected EOF");
    CHECK(parse_error("{{end}}") == ":1: unexpected {{end}}");
    CHECK(parse_error("{{if .On}}{{else}}{{else}}{{end}}") == ":1: expected end; found {{else}}");
    CHECK(parse_error("{{(.Name}}") == ":1: unclosed left paren");
    CHECK(parse_error("{{.Name)}}") == ":1: unexpected \")\" in command");
    CHECK(parse_error("{{\"abc}}") == ":1: unterminated quoted string");
    CHECK(parse_error("{{.Na@me}}") == ":1: bad character U+0040 '@'");
    CHECK(parse_error("{{1a}}") == ":1: bad number syntax: \"1a\"");
    CHECK(parse_error("{{.Name | 3}}") == ":1: non executable command in pipeline stage 2");
    CHECK(parse_error("{{\"a\".x}}") == ":1: unexpected . after term \"\\\"a\\\"\"");
    CHECK(parse_error("{{/* x") == ":1: unclosed comment");
    CHECK(parse_error("{{template \"x\"}}") == ":1: \"template\" is not supported");
}

TEST_CASE("template: errors while running tell where and what") {
    CHECK(
        run_error("a\nb {{.Name.Foo}}") == "template: :2:9: executing \"\" at <.Name.Foo>: can't "
                                           "evaluate field Foo in type interface {}"
    );
    CHECK(
        run_error("{{.Null.Foo}}") ==
        "template: :1:7: executing \"\" at <.Null.Foo>: nil pointer evaluating interface {}.Foo"
    );
    CHECK(
        run_error("{{range .Port}}{{end}}") ==
        "template: :1:8: executing \"\" at <.Port>: range can't iterate over 2376"
    );
    CHECK(
        run_error("{{index .List 9}}") ==
        "template: :1:2: executing \"\" at <index .List 9>: error calling index: "
        "index out of range: 9"
    );
    CHECK(
        run_error("{{upper .Port}}") == "template: :1:8: executing \"\" at <.Port>: wrong type for "
                                        "value; expected string; got float64"
    );
    CHECK(
        run_error("{{len}}") ==
        "template: :1:2: executing \"\" at <len>: wrong number of args for len: want 1 got 0"
    );
    CHECK(
        run_error("{{.Name \"x\"}}") ==
        "template: :1:2: executing \"\" at <.Name>: Name is not a method but has arguments"
    );
    CHECK(run_error("{{nil}}") == "template: :1:2: executing \"\" at <nil>: nil is not a command");
}

TEST_CASE("template: strict data has no fields but its own, and whole numbers are ints") {
    const Json row = {{"Name", "web1"}, {"Port", 2376}, {"Options", {{"Labels", {"a=b"}}}}};
    const auto strict = [&](const std::string& text) {
        return Template(text).run_strict(row, "commands.HostListItem");
    };
    CHECK(
        strict("{{.Name}} {{.Options.Labels}} {{eq .Port 2376}} {{printf \"%d\" .Port}}") ==
        "web1 [a=b] true 2376"
    );
    CHECK_THROWS_WITH_AS(
        strict("{{.Nope}}"),
        "template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type "
        "commands.HostListItem",
        orch::Error
    );
    CHECK_THROWS_AS(strict("{{range .Options.Labels}}{{$.Nope}}{{end}}"), orch::Error);
    CHECK(strict("{{.Options.Nope}}") == "<no value>");
}

TEST_CASE("template: one program runs many times and can be moved") {
    Template first("{{.Name}}");
    const Template moved(std::move(first));
    CHECK(moved.run({{"Name", "a"}}) == "a");
    CHECK(moved.run({{"Name", "b"}}) == "b");
}
