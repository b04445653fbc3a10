#include "compose/load/discover.hpp"
#include "lib/base/error.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace load = orch::compose::load;

namespace {

using Files = std::map<std::string, std::string>; // name -> text

/// A directory with files, gone at the end.
class Folder {
  public:
    explicit Folder(const Files& files = {}) {
        for (const auto& [name, text] : files)
            dir_.write(name, text);
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    orch::test::TempDir dir_;
    std::filesystem::path path_ = std::filesystem::canonical(dir_.path());
};

struct Found {
    load::Inputs inputs;
    std::vector<std::string> warnings;

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (const auto& file : inputs.files)
            result.push_back(file.shown);
        return result;
    }
};

using Values = std::map<std::string, std::string, std::less<>>;

Found find(const load::Source& source, const Values& values = {}) {
    load::Findings findings;
    Found found;
    found.inputs = load::discover(source, orch::os::Environment(values), findings);
    found.warnings = findings.take_warnings();
    return found;
}

load::Source standing_in(const std::filesystem::path& dir) {
    load::Source source;
    source.working_dir = dir;
    return source;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("discover: the nearest directory upwards with a known name wins, with its override file"
) {
    const Folder folder(
        {{"docker-compose.yml", ""},
         {"docker-compose.override.yml", ""},
         {"a/compose.yaml", ""},
         {"a/b/c/other.yml", ""},
         {"d/x", ""}}
    );
    const auto near = find(standing_in(folder.path() / "a/b/c"));
    CHECK(near.names() == Names{"../../compose.yaml"});
    CHECK(near.inputs.dir == folder.path() / "a");
    const auto far = find(standing_in(folder.path() / "d"));
    CHECK(far.names() == Names{"../docker-compose.yml", "../docker-compose.override.yml"});
    CHECK(far.inputs.files[0].path == folder.path() / "docker-compose.yml");
    CHECK(far.warnings.empty());
}

TEST_CASE("discover: of several names the first is taken, and said") {
    const Folder folder(Files{{"compose.yml", ""}, {"docker-compose.yaml", ""}, {"fig.yml", ""}});
    const auto found = find(standing_in(folder.path()));
    CHECK(found.names() == Names{"docker-compose.yaml"});
    CHECK(
        found.warnings ==
        Names{
            "Found multiple config files with supported names: docker-compose.yaml, "
            "compose.yml, fig.yml",
            "Using docker-compose.yaml"}
    );
}

TEST_CASE("discover: an old fig.yml is still read") {
    const Folder folder(Files{{"fig.yml", ""}});
    const auto found = find(standing_in(folder.path()));
    CHECK(found.names() == Names{"fig.yml"});
    CHECK(found.warnings == Names{"fig.yml is deprecated; rename it to docker-compose.yml"});
}

TEST_CASE("discover: no file at all is an error that names what is looked for") {
    const Folder folder;
    try {
        find(standing_in(folder.path()));
        FAIL("something was found");
    } catch (const orch::Error& error) {
        CHECK(error.kind() == orch::Kind::not_found);
        CHECK(error.message().starts_with("Can't find a suitable configuration file"));
        CHECK(error.hint().find("docker-compose.yml") != std::string::npos);
    }
}

TEST_CASE("discover: named files come without an override, relative to where the user stands") {
    const Folder folder(Files{{"x/docker-compose.override.yml", ""}, {"x/docker-compose.yml", ""}});
    auto source = standing_in(folder.path());
    source.files = {"x/docker-compose.yml", "./y.yml"};
    const auto found = find(source, {{"COMPOSE_FILE", "ignored.yml"}});
    CHECK(found.names() == Names{"x/docker-compose.yml", "./y.yml"});
    CHECK(found.inputs.files[1].path == folder.path() / "y.yml");
    CHECK(found.inputs.dir == folder.path() / "x");
    source.project_directory = "z";
    CHECK(find(source).inputs.dir == folder.path() / "z");
}

TEST_CASE("discover: - is standard input, alone and among others") {
    const Folder folder;
    auto source = standing_in(folder.path());
    source.files = {"-"};
    const auto alone = find(source);
    CHECK(alone.inputs.files.at(0).path.empty());
    CHECK(alone.inputs.dir == folder.path());
    source.files = {"-", "a.yml"};
    const auto mixed = find(source).inputs.files;
    CHECK(mixed.at(0).path.empty());
    CHECK(mixed.at(1).path == folder.path() / "a.yml");
}

TEST_CASE("discover: COMPOSE_FILE is a list, also in .env") {
    const Folder folder(Files{{"docker-compose.yml", ""}, {".env", "COMPOSE_FILE=c.yml\nX=1\n"}});
    const auto source = standing_in(folder.path());
    CHECK(find(source, {{"COMPOSE_FILE", "a.yml:b.yml:"}}).names() == Names{"a.yml", "b.yml"});
    CHECK(
        find(source, {{"COMPOSE_FILE", "a;b"}, {"COMPOSE_PATH_SEPARATOR", ";"}}).names() ==
        Names{"a", "b"}
    );
    const auto found = find(source);
    CHECK(found.names() == Names{"c.yml"});
    CHECK(found.inputs.variables.get("X") == "1");
}

TEST_CASE("discover: the process's variables win over .env beside the first file") {
    const Folder folder(
        {{"a/docker-compose.yml", ""},
         {"a/.env", "A=file\nB=file\nBARE\n"},
         {"other.env", "B=other"}}
    );
    auto source = standing_in(folder.path());
    source.files = {"a/docker-compose.yml"};
    const auto variables = find(source, {{"A", "process"}}).inputs.variables;
    CHECK(variables.get("A") == "process");
    CHECK(variables.get("B") == "file");
    CHECK_FALSE(variables.get("BARE").has_value());
    source.env_file = "other.env";
    CHECK(find(source).inputs.variables.get("B") == "other");
    source.env_file = "missing.env";
    CHECK_THROWS_AS(find(source), orch::Error);
}

TEST_CASE("discover: the project's name is given, in the environment, or the directory's") {
    const Folder folder(
        {{"My_App-2.x/docker-compose.yml", ""},
         {"named/docker-compose.yml", ""},
         {"named/.env", "COMPOSE_PROJECT_NAME=From.Env"}}
    );
    auto source = standing_in(folder.path() / "My_App-2.x");
    CHECK(find(source).inputs.project == "my_app-2x");
    CHECK(find(source, {{"COMPOSE_PROJECT_NAME", "Other"}}).inputs.project == "other");
    CHECK(find(source, {{"COMPOSE_PROJECT_NAME", ""}}).inputs.project == "my_app-2x");
    source.project_name = "Given";
    CHECK(find(source, {{"COMPOSE_PROJECT_NAME", "Other"}}).inputs.project == "given");
    CHECK(find(standing_in(folder.path() / "named")).inputs.project == "fromenv");
    source.project_name = "__-";
    CHECK_THROWS_WITH_AS(
        find(source), "no letter or digit is left of the project name '__-'", orch::Error
    );
    CHECK(
        load::project_name_from("\xc3\xbcn\xc3\xaf"
                                "code a.b") == "ncodeab"
    );
    source = standing_in("/");
    source.files = {"-"};
    CHECK(find(source).inputs.project == "default");
}
