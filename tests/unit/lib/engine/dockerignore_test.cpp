#include "lib/base/error.hpp"
#include "lib/engine/dockerignore.hpp"

#include <doctest/doctest.h>

#include <string>

using orch::engine::Dockerignore;

namespace {

struct Row {
    const char* file; // the whole .dockerignore
    const char* path;
    bool excluded;
};

// The meaning of each row is that of moby's patternmatcher and ignorefile.
const Row rows[] = {
    // Plain names: the whole path, and all below.
    {"foo", "foo", true},
    {"foo", "foo/bar", true},
    {"foo", "foo/bar/baz", true},
    {"foo", "a/foo", false},
    {"foo", "foobar", false},
    {"foo", "fo", false},
    {"a/b", "a/b", true},
    {"a/b", "a", false},
    {"a/b", "a/bc", false},
    {"a/b", "x/a/b", false},
    // How a path is written makes no difference.
    {"/foo", "foo", true},
    {"foo/", "foo", true},
    {"./foo", "foo", true},
    {"//foo", "foo", true},
    {"a/../foo", "foo", true},
    {"a//b/./c", "a/b/c", true},
    {"  foo\t", "foo", true},
    {"foo\r\nbar\r\n", "bar", true},
    {"\xEF\xBB\xBF"
     "foo",
     "foo",
     true},
    // Comments and empty lines.
    {"# foo", "# foo", false},
    {"\n\nfoo", "foo", true},
    {" # foo", "# foo", true}, // only at the very start of a line
    {".", "foo", false},
    {"/", "foo", false},
    {"..", "foo", false},
    // * and ? stay inside of one name.
    {"*", "foo", true},
    {"*", "foo/bar", true}, // because foo matches
    {"*.md", "README.md", true},
    {"*.md", "docs/README.md", false},
    {"*/*.md", "docs/README.md", true},
    {"*/*.md", "README.md", false},
    {"*/temp*", "dir/temporary.txt", true},
    {"*/temp*", "dir/sub/temporary.txt", false},
    {"*/*/temp*", "dir/sub/temporary.txt", true},
    {"temp?", "tempa", true},
    {"temp?", "temp", false},
    {"temp?", "temp/x", false},
    {"t?mp", "t\xC3\xBCmp", true}, // one character of two bytes
    {"a*c", "abbbc", true},
    {"a*c", "ab/c", false},
    // ** is any number of directories, none included.
    {"**", "foo", true},
    {"**", "foo/bar", true},
    {"**/foo", "foo", true},
    {"**/foo", "a/foo", true},
    {"**/foo", "a/b/foo", true},
    {"**/foo", "a/foo/b", true},
    {"**/foo", "afoo", false},
    {"**/*.go", "main.go", true},
    {"**/*.go", "a/b/main.go", true},
    {"**/*.go", "a/main.c", false},
    {"a/**/b", "a/b", true},
    {"a/**/b", "a/x/b", true},
    {"a/**/b", "a/x/y/b", true},
    {"a/**/b", "a/xb", false},
    {"a/**", "a", false}, // what is below, not itself
    {"a/**", "a/x", true},
    {"a/**", "a/x/y", true},
    {"a/**", "ab", false},
    {"a**", "ab/c", true},
    {"**foo", "a/b/xfoo", true}, // any path that ends so
    {"**foo*", "a/xfoo", false}, // but with another special character ** means directories
    {"**foo*", "a/fooz", true},
    {"**/a/**/b", "x/a/y/b", true},
    {"**/a/**/b", "x/y/b", false},
    // Classes.
    {"[ab].txt", "a.txt", true},
    {"[ab].txt", "c.txt", false},
    {"[a-c]", "b", true},
    {"[a-c]", "d", false},
    {"[^a-c]", "d", true},
    {"[^a-c]", "b", false},
    {"[a\\]]x", "]x", true},
    {"file[0-9][0-9]", "file42", true},
    {"file[0-9][0-9]", "file4", false},
    // A backslash takes away the meaning, and regular expressions have none here.
    {"\\*", "*", true},
    {"\\*", "a", false},
    {"\\a", "a", true},
    {"a.b", "axb", false},
    {"a+(b)$", "a+(b)$", true},
    {"a|b", "a", false},
    // Exceptions: the last line that matches decides.
    {"*.md\n!README.md", "README.md", false},
    {"*.md\n!README.md", "NEWS.md", true},
    {"!README.md\n*.md", "README.md", true},
    {"*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true},
    {"*.md\n!README*.md\nREADME-secret.md", "README-x.md", false},
    {"*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false},
    {"dir\n!dir/keep", "dir/keep", false},
    {"dir\n!dir/keep", "dir/other", true},
    {"dir\n!dir/keep", "dir/keep/below", false},
    {"*\n!src", "src/main.c", false},
    {"*\n!src\nsrc/*.o", "src/main.o", true},
    {"*\n!src/**/*.c", "src/a/b/main.c", false},
    {"*\n!src/**/*.c", "src/a/b/main.h", true},
    {"! foo", "foo", false},
    {"*\n! /foo/", "foo", false},
};

} // namespace

TEST_CASE("dockerignore: the table of what is left out") {
    for (const auto& row : rows) {
        CAPTURE(row.file);
        CAPTURE(row.path);
        CHECK(Dockerignore(row.file, "x").excludes(row.path) == row.excluded);
    }
}

TEST_CASE("dockerignore: a bad pattern is reported with its line") {
    for (const std::string bad :
         {"[", "[]", "[a", "[a-", "[]a]", "a\\", "[b-a]", "[a-]", "!", "! "}) {
        CAPTURE(bad);
        CHECK_THROWS_WITH_AS(
            Dockerignore("# fine\nfine\n" + bad, "web/.dockerignore"),
            ("web/.dockerignore:3: \"" + bad.substr(0, bad.find(' ')) + "\" is not a valid pattern")
                .c_str(),
            orch::Error
        );
    }
}

TEST_CASE("dockerignore: the Dockerfile and the file itself are always sent") {
    const Dockerignore everything("*", "x");
    const auto filter = everything.filter("");
    CHECK(filter("Dockerfile", false).take);
    CHECK(filter(".dockerignore", false).take);
    CHECK_FALSE(filter("other", false).take);
    CHECK(everything.filter("./docker/web.df")("docker/web.df", false).take);
}

TEST_CASE("dockerignore: only directories that may hold something wanted are entered") {
    const auto descends = [](const char* file, const char* directory) {
        return Dockerignore(file, "x").filter("docker/web/Dockerfile")(directory, true).descend;
    };
    CHECK(descends("", "src"));
    CHECK_FALSE(descends("src", "src"));
    CHECK(descends("*", "docker"));
    CHECK(descends("*", "docker/web"));
    CHECK_FALSE(descends("*", "docker/other"));
    CHECK_FALSE(descends("*\n!src/a/b", "node_modules"));
    CHECK(descends("*\n!src/a/b", "src"));
    CHECK(descends("*\n!src/a/b", "src/a"));
    CHECK_FALSE(descends("*\n!src/a/b", "src/c"));
    CHECK_FALSE(descends("*\n!src/*.c", "srcs"));
    CHECK(descends("*\n!src/*/x.c", "src/any"));
    CHECK(descends("*\n!**/x.c", "any/where"));
}
