// Every file of tests/data/compose: what is wrong with the bad ones, what becomes of the good ones.
#include "compose/hash.hpp"
#include "compose/load/load.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace load = orch::compose::load;
namespace stdfs = std::filesystem;

namespace {

const stdfs::path data = stdfs::path(ORCH_TEST_DATA) / "compose";

std::string content(const stdfs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

const orch::os::Environment environment(
    {{"HOME", "/home/user"},
     {"EMPTY", ""},
     {"WORD", "word"},
     {"TAG", "3.2"},
     {"PORT", "8000"},
     {"TRUTH", "true"}}
);

/// NAME.yml, or a folder NAME with a docker-compose.yml that is found in it.
struct Case {
    stdfs::path path;

    [[nodiscard]] std::string name() const { return path.stem().string(); }

    [[nodiscard]] stdfs::path expected() const {
        return stdfs::is_directory(path) ? path / "expected"
                                         : path.parent_path() / (name() + ".expected");
    }

    [[nodiscard]] load::Source source() const {
        load::Source source;
        source.project_name = "test";
        source.working_dir = stdfs::is_directory(path) ? path : path.parent_path();
        if (!stdfs::is_directory(path))
            source.files = {path.filename().string()};
        return source;
    }
};

std::vector<Case> cases(const char* kind) {
    std::vector<Case> result;
    for (const auto& entry : stdfs::directory_iterator(data / kind))
        if (entry.path().extension() == ".yml" ||
            stdfs::exists(entry.path() / "docker-compose.yml"))
            result.push_back({entry.path()});
    std::sort(result.begin(), result.end(), [](const Case& a, const Case& b) {
        return a.path < b.path;
    });
    return result;
}

/// `text` without the place of the checkout.
std::string portable(std::string text, const Case& one) {
    return orch::text::replace_all(std::move(text), one.source().working_dir.string(), "DIR");
}

std::string complaint(const Case& one) {
    try {
        load::load(one.source(), environment);
        return "it was accepted\n";
    } catch (const orch::Error& error) {
        auto text = orch::describe(error) + "\n";
        if (!error.hint().empty())
            text += "hint: " + error.hint() + "\n";
        return portable(std::move(text), one);
    }
}

std::string outcome(const Case& one) {
    const auto result = load::load(one.source(), environment);
    std::string text;
    for (const auto& warning : result.warnings)
        text += "# warning: " + warning + "\n";
    return portable(text + load::to_yaml(result.project), one);
}

std::vector<orch::compose::Service> without_marks(orch::compose::Project project) {
    for (auto& service : project.services) {
        service.mark = {};
        service.env_files.clear(); // what is written has their variables
    }
    std::sort(project.services.begin(), project.services.end(), [](const auto& a, const auto& b) {
        return a.name < b.name;
    });
    return project.services;
}

std::map<std::string, std::string> hashes(const orch::compose::Project& project) {
    std::map<std::string, std::string> result;
    for (const auto& service : project.services)
        result[service.name] = orch::compose::config_hash(service);
    return result;
}

} // namespace

TEST_CASE("load: a bad file is refused with every finding at its place") {
    const auto all = cases("bad");
    CHECK(all.size() >= 120);
    for (const auto& one : all) {
        CAPTURE(one.name());
        REQUIRE(stdfs::exists(one.expected()));
        CHECK(complaint(one) == content(one.expected()));
    }
}

TEST_CASE("load: a good file becomes what it should") {
    const auto all = cases("good");
    CHECK(all.size() >= 15);
    for (const auto& one : all) {
        CAPTURE(one.name());
        REQUIRE(stdfs::exists(one.expected()));
        CHECK(outcome(one) == content(one.expected()));
    }
}

TEST_CASE("to_yaml: what is written loads to the same project, and is written the same again") {
    for (const auto& one : cases("good")) {
        CAPTURE(one.name());
        const auto first = load::load(one.source(), environment);
        load::Source source = one.source();
        source.files = {"-"};
        source.standard_input = load::to_yaml(first.project);
        const auto second = load::load(source, environment);
        CHECK(second.warnings.empty());
        CHECK(without_marks(first.project) == without_marks(second.project));
        CHECK(load::to_yaml(second.project) == source.standard_input);
        CHECK(hashes(first.project) == hashes(second.project));
        source.standard_input = load::to_json(first.project);
        CHECK(
            load::to_yaml(load::load(source, environment).project) == load::to_yaml(first.project)
        );
    }
}

TEST_CASE("load: no expectation stands without its file") {
    for (const char* kind : {"bad", "good"}) {
        std::set<stdfs::path> wanted;
        for (const auto& one : cases(kind))
            wanted.insert(one.expected());
        for (const auto& entry : stdfs::directory_iterator(data / kind))
            if (entry.path().extension() == ".expected") {
                CAPTURE(entry.path().string());
                CHECK(wanted.contains(entry.path()));
            }
    }
}
