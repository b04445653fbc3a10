#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "cmd/words.hpp"
#include "tests/unit/cmd/harness.hpp"

#include <doctest/doctest.h>

#include <array>

namespace orch::cmd {

namespace {

using Words = std::vector<std::string>;

/// Where the sample verbs put what they parsed.
struct Parsed {
    std::string driver;
    std::string opt = "unset";
    std::vector<std::string> labels;
    bool force = false;
    bool swarm = false;
    std::vector<std::string> rest;
};

Parsed parsed;

void add_make(CLI::App& verb, Session&) {
    verb.add_option("-d,--driver", parsed.driver);
    verb.add_option("--opt", parsed.opt);
    add_list(verb, "-l,--label", parsed.labels, "Label");
    verb.add_flag("-f,--force", parsed.force);
    verb.add_flag("--swarm", parsed.swarm);
    verb.add_option("names", parsed.rest);
}

void add_remote(CLI::App& verb, Session&) {
    verb.prefix_command();
    verb.add_flag("-f,--force", parsed.force);
    verb.add_option("name", parsed.driver)->required();
    verb.add_option("command", parsed.rest);
}

constexpr std::array verbs{
    Verb{"make", "Make", "Commands", add_make},
    Verb{"remote", "Remote", "Commands", add_remote},
};

struct Tree : test::RecordedSession {
    explicit Tree(const std::string& name) : root("", name) {
        root.fallthrough();
        root.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        add_verbs(root, session, verbs);
        parsed = {};
    }

    CLI::App root;

    Words spelled(const Words& words) {
        Walker walker(root, session);
        for (const auto& word : words)
            walker.feed(word);
        return walker.words();
    }

    Parsed parse(const Words& words) {
        const auto all = spelled(words);
        root.parse(Words(all.rbegin(), all.rend()));
        return parsed;
    }
};

} // namespace

TEST_CASE("words: in the machine group one dash or two mean the same") {
    Tree tree("docker-machine");
    CHECK(
        tree.spelled({"make", "-driver", "x", "-swarm"}) ==
        Words{"make", "--driver", "x", "--swarm"}
    );
    CHECK(tree.spelled({"make", "-driver=x"}) == Words{"make", "--driver", "x"});
    CHECK(tree.spelled({"make", "--d", "x", "--f"}) == Words{"make", "-d", "x", "-f"});
    CHECK(tree.spelled({"make", "-d=x"}) == Words{"make", "-d", "x"});
}

TEST_CASE("words: elsewhere a single dash begins short options") {
    Tree tree("docker-compose");
    CHECK(tree.spelled({"make", "-fdx"}) == Words{"make", "-f", "-d", "x"});
    CHECK(tree.spelled({"make", "-driver"}) == Words{"make", "-d", "river"});
}

TEST_CASE("words: the value of an option is never read as an option or a verb") {
    Tree tree("docker-machine");
    CHECK(tree.spelled({"make", "--opt", "-swarm"}) == Words{"make", "--opt", "-swarm"});
    CHECK(tree.parse({"make", "--opt", "--force", "a"}).opt == "--force");
    CHECK_FALSE(parsed.force);
}

TEST_CASE("words: an empty value behind = stays a value") {
    Tree tree("docker-machine");
    const auto& result = tree.parse({"make", "--opt=", "name"});
    CHECK(result.opt.empty());
    CHECK(result.rest == Words{"name"});
}

TEST_CASE("words: a flag takes a value behind = only") {
    Tree tree("docker-machine");
    const auto& result = tree.parse({"make", "-swarm=false", "-f=true", "false"});
    CHECK_FALSE(result.swarm);
    CHECK(result.force);
    CHECK(result.rest == Words{"false"});
}

TEST_CASE("words: lists take one value each time, so positionals may follow") {
    Tree tree("docker-compose");
    const auto& result = tree.parse({"make", "-l", "a", "one", "--label=b,c", "two"});
    CHECK(result.labels == Words{"a", "b,c"});
    CHECK(result.rest == Words{"one", "two"});
}

TEST_CASE("words: a positional may be named as a verb") {
    Tree tree("docker-compose");
    CHECK(tree.parse({"make", "remote", "make", "help"}).rest == Words{"remote", "make", "help"});
}

TEST_CASE("words: behind the first positional of a prefix command nothing is orch's") {
    Tree tree("docker-machine");
    const auto& result = tree.parse({"remote", "-f", "web1", "ls", "-f", "--help", "--", "x"});
    CHECK(result.driver == "web1");
    CHECK(result.force);
    CHECK(result.rest == Words{"ls", "-f", "--help", "--", "x"});
}

TEST_CASE("words: of several values of one option the last counts") {
    Tree tree("docker-compose");
    CHECK(tree.parse({"make", "--opt", "a", "--opt", "b"}).opt == "b");
}

TEST_CASE("words: unknown options stay as they are typed") {
    Tree tree("docker-machine");
    CHECK(tree.spelled({"make", "--foo=1"}) == Words{"make", "--foo=1"});
    CHECK(tree.spelled({"make", "-zf"}) == Words{"make", "-zf"});
}

TEST_CASE("words: the positional that comes next is known") {
    Tree tree("docker-machine");
    Walker walker(tree.root, tree.session);
    walker.feed("remote");
    REQUIRE(walker.positional() != nullptr);
    CHECK(walker.positional()->get_name() == "name");
    walker.feed("web1");
    REQUIRE(walker.positional() != nullptr);
    CHECK(walker.positional()->get_name() == "command");
}

} // namespace orch::cmd
