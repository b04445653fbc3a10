#include "lib/yaml/node.hpp"

#include <doctest/doctest.h>

#include <string>

namespace yaml = orch::yaml;

namespace {

yaml::Node root(const std::string& text) { return yaml::parse(text, "f").root; }

/// The message that parsing `text` fails with, or "" if it does not fail.
std::string failure(const std::string& text) {
    try {
        yaml::parse(text, "f");
    } catch (const yaml::SyntaxError& error) {
        CHECK(error.kind() == orch::Kind::invalid);
        return error.message();
    }
    return "";
}

std::string repeat(const std::string& text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i)
        result += text;
    return result;
}

} // namespace

TEST_CASE("parse: every node knows its type and where it stood") {
    const auto tree = root("web:\n  image: redis\n  ports:\n  - \"80\"\n  - 81\n");
    const auto* web = tree.find("web");
    REQUIRE(web != nullptr);
    CHECK(tree.entries[0].key.mark.text() == "f:1:1");
    CHECK(web->mark.text() == "f:2:3");
    CHECK(web->find("image")->mark.text() == "f:2:10");
    const auto* ports = web->find("ports");
    REQUIRE(ports != nullptr);
    REQUIRE(ports->items.size() == 2);
    CHECK(ports->items[0].type == yaml::Type::string);
    CHECK(ports->items[0].mark.text() == "f:4:5");
    CHECK(ports->items[1].type == yaml::Type::integer);
    CHECK(ports->items[1].integer == 81);
    CHECK(web->find("volumes") == nullptr);
}

TEST_CASE("parse: columns count characters, and a byte order mark counts nothing") {
    CHECK(root("\xef\xbb\xbf\xc3\xbc: x").find("\xc3\xbc")->mark.text() == "f:1:4");
    CHECK(root("a: 1\r\nb: x\r\n").find("b")->mark.text() == "f:2:4");
}

TEST_CASE("parse: an empty text is null") {
    for (const char* text : {"", "\n", "# only a comment\n", "\xef\xbb\xbf", "---\n", "~"})
        CHECK(root(text).type == yaml::Type::null);
}

TEST_CASE("parse: a value that is not there is marked at its key") {
    const auto tree = root("a:\nb: ~\n? c\n: x\n? d\ne: {f, g: }\n");
    CHECK(tree.find("a")->mark.text() == "f:1:1");
    CHECK(tree.find("b")->mark.text() == "f:2:4");
    CHECK(tree.find("d")->type == yaml::Type::null);
    CHECK(tree.find("e")->find("f")->type == yaml::Type::null);
    CHECK(tree.find("e")->find("g")->mark.text() == "f:6:8");
}

TEST_CASE("parse: quoted scalars and block scalars are strings") {
    CHECK(root("'1'").type == yaml::Type::string);
    CHECK(root("\"yes\"").type == yaml::Type::string);
    CHECK(root("|\n  1\n").type == yaml::Type::string);
    CHECK(root("{\"a\": [1, \"b\"]}").find("a")->items[1].scalar == "b");
}

TEST_CASE("parse: the standard tags choose a type, others are refused") {
    CHECK(root("!!str 1").type == yaml::Type::string);
    CHECK(root("! 1").type == yaml::Type::string);
    CHECK(root("!!int \"7\"").integer == 7);
    CHECK(root("!!float 1").type == yaml::Type::floating);
    CHECK(failure("a: !!int x") == "f:1:4: 'x' is not of the type tag:yaml.org,2002:int");
    CHECK(failure("a: !secret x") == "f:1:4: 'x' is not of the type !secret");
    CHECK(failure("a: !!omap []") == "f:1:4: the tag tag:yaml.org,2002:omap is not known");
}

TEST_CASE("parse: an alias repeats its anchor") {
    const auto tree = root("a: &x {k: [1, 2]}\nb: *x\nc: &n\nd: *n\n");
    CHECK(tree.find("b")->find("k")->items.size() == 2);
    CHECK(tree.find("b")->mark.text() == "f:2:4");
    CHECK(tree.find("b")->find("k")->mark.text() == "f:1:11");
    CHECK(tree.find("d")->type == yaml::Type::null);
    CHECK(root("- &a 1\n- &a 2\n- *a\n").items[2].integer == 2);
}

TEST_CASE("parse: merge keys add what is missing, and earlier sources win") {
    const auto tree = root("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\n"
                           "one: {<<: *a, x: own}\nmany: {<<: [*a, *b]}\nquoted: {'<<': 1}\n");
    const auto* one = tree.find("one");
    CHECK(one->entries.size() == 2);
    CHECK(one->find("x")->scalar == "own");
    CHECK(one->find("y")->integer == 1);
    const auto* many = tree.find("many");
    CHECK(many->entries.size() == 3);
    CHECK(many->find("y")->integer == 1);
    CHECK(many->find("z")->integer == 2);
    CHECK(tree.find("quoted")->find("<<")->integer == 1);
    CHECK(yaml::parse("a: &a {x: 1}\nb: {x: 2, <<: *a}", "f").warnings.empty());
}

TEST_CASE("parse: a merge key that names no object is refused at its value") {
    CHECK(failure("a: {<<: 1}") == "f:1:9: a merge key (<<) takes an object or an array of them");
    CHECK(
        failure("a: {<<: [{x: 1}, y]}") ==
        "f:1:18: a merge key (<<) takes an object or an array of them"
    );
}

TEST_CASE("parse: a key given twice is a warning that names both lines, and the last one wins") {
    const auto document = yaml::parse("a: 1\nb: 2\na: 3\n1: x\n'1': y\n", "f");
    CHECK(document.root.find("a")->integer == 3);
    REQUIRE(document.warnings.size() == 1);
    CHECK(document.warnings[0].mark.text() == "f:3:1");
    CHECK(
        document.warnings[0].message ==
        "the key 'a' is given twice; this one wins over the one in line 1"
    );
    CHECK(document.root.entries.size() == 4);
}

TEST_CASE("parse: what is wrong is said with its place") {
    struct Row {
        std::string text;
        std::string message;
    };

    const Row rows[] = {
        {"a: b: c",
         "f:1:5: a ':' cannot stand here; check the indentation, or put the value in quotes"},
        {"web:\n  image: x\n ports:\n  - 1\n",
         "f:3:2: this does not continue the object around it; check the indentation and the "
         "quotes"},
        {"a:\n- b\nc\n", "f:3:1: a ':' is missing behind this key"},
        {"a:\n  b: 1\n  c", "f:3:3: a ':' is missing behind this key"},
        {"a: 'x' y\n",
         "f:1:8: this does not continue the object around it; check the indentation and the "
         "quotes"},
        {"a:\n\tb: c\n", "f:2:1: a tab cannot be used for indentation"},
        {"a:\n  - b\n\t- c\n", "f:3:1: a tab cannot be used for indentation"},
        {"a: [1, 2\nb: 3\n", "f:1:4: this '[' is not closed before the text goes on or ends"},
        {"a: {b: 1\n", "f:1:4: this '{' is not closed before the text goes on or ends"},
        {"a: 1]\nb: ]\n", "f:2:4: this closing bracket has no opening one"},
        {"a: \"x\nb: 1\n", "f:1:4: this quote is never closed"},
        {"a: 'x\nb: 1\n", "f:1:4: this quote is never closed"},
        {"a: &x 'it''s\n", "f:1:7: this quote is never closed"},
        {"a: @b", "f:1:4: a value cannot start with '@'; put it in quotes"},
        {"a: %b", "f:1:4: a value cannot start with '%'; put it in quotes"},
        {"a: `b`", "f:1:4: a value cannot start with '`'; put it in quotes"},
        {"a: \"\\q\"", "f:1:7: unknown escape character: q"},
        {"a: *b", "f:1:4: the anchor of this alias, *b, is not defined above"},
        {"a: *",
         "f:1:5: an alias needs a name behind the '*'; put the value in quotes if it is none"},
        {"a: &x [1, *x]", "f:1:11: this alias stands inside the value that it repeats"},
        {"[a]: b", "f:1:1: a key cannot be an array"},
        {"? {a: 1}\n: b", "f:1:3: a key cannot be an object"},
        {"a: 1\n---\nb: 2\n", "f:2:1: a second document starts here; one file holds one document"},
        {"a: 1\n...\nb: 2\n", "f:3:1: a second document starts here; one file holds one document"},
        {"- a\nb: 1\n",
         "f:2:1: this does not belong to what stands above it; check its indentation"},
        {"a: x\xffy", "f:1:5: the byte 0xff is not UTF-8 text"},
        {"a: \xc0\xaf", "f:1:4: the byte 0xc0 is not UTF-8 text"},
        {"a: \xed\xa0\x80", "f:1:4: the byte 0xed is not UTF-8 text"},
        {"a: \xe2\x82", "f:1:4: the byte 0xe2 is not UTF-8 text"},
        {"\xff\xfe"
         "a",
         "f:1:1: the file is UTF-16 text; save it as UTF-8"},
        {"a: \x1b[0m", "f:1:4: the control character 0x1b is not allowed"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(failure(row.text) == row.message);
    }
    CHECK(failure(std::string("a: \0b", 5)) == "f:1:4: the control character 0x00 is not allowed");
}

TEST_CASE("parse: an error about a tab hints at spaces") {
    try {
        yaml::parse("a:\n\tb: c\n", "f");
        FAIL("a tab was accepted");
    } catch (const orch::Error& error) {
        CHECK(error.hint() == "indent with spaces");
    }
}

TEST_CASE("parse: an alias bomb is refused before it explodes") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i)
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
                repeat("*a" + std::to_string(i - 1) + ", ", 10) + "]\n";
    CHECK(failure(text).ends_with("aliases expand to more than a million values"));
}

TEST_CASE("parse: deep nesting is an error, not a crash") {
    const auto message = "nested deeper than 200 levels";
    CHECK(failure(repeat("[", 10'000)).ends_with(message));
    CHECK(failure(repeat("{a: ", 10'000)).ends_with(message));
    CHECK(failure(repeat("- ", 10'000)).ends_with(message));
    CHECK(failure(repeat("? ", 10'000)).ends_with(message));
    std::string blocks;
    for (int i = 0; i < 1'000; ++i)
        blocks += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
    CHECK(failure(blocks).ends_with(message));
    std::string aliases = "- &a0 [x]\n";
    for (int i = 1; i < 300; ++i)
        aliases += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
    CHECK(failure(aliases).ends_with(message));
    CHECK(failure(repeat("[", 199) + repeat("]", 199)).empty());
}
