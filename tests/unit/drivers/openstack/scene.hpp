// An OpenStack cloud that answers from a table, for the tests of the driver.
#pragma once

#include "drivers/kit/secrets.hpp"
#include "drivers/openstack/openstack.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <deque>
#include <map>

namespace orch::test {

struct OpenStackScene : FakeWorld {
    using Json = nlohmann::json;

    struct Asked {
        std::string line; // "GET /compute/v2.1/limits"
        http::Request request;
    };

    TempDir dir;
    std::map<std::string, std::string, std::less<>> variables{{"HOME", dir.path().string()}};
    std::map<std::string, std::deque<http::Response>> answers; // by line; the last one stays
    std::vector<Asked> asked;
    int logins = 0;

    OpenStackScene() {
        http.handler = [this](const http::Request& request) { return answer(request); };
    }

    void say(const std::string& line, const Json& body, int status = 200) {
        answers[line].push_back({status, {}, body.is_null() ? "" : body.dump()});
    }

    /// The last body that was sent with this line.
    Json sent(const std::string& line) {
        for (auto each = asked.rbegin(); each != asked.rend(); ++each)
            if (each->line == line)
                return Json::parse(each->request.body);
        FAIL("never asked: " << line);
        return {};
    }

    int count(const std::string& line) {
        int found = 0;
        for (const auto& each : asked)
            found += each.line == line ? 1 : 0;
        return found;
    }

    drivers::Values values(std::map<std::string, std::string> given) {
        given.try_emplace("openstack-auth-url", "https://cloud.test/identity");
        given.try_emplace("openstack-username", "u");
        given.try_emplace("openstack-password", "the-password");
        given.try_emplace("openstack-tenant-name", "t");
        given.try_emplace("openstack-flavor-name", "small");
        given.try_emplace("openstack-image-name", "debian-13");
        return bare_values(given);
    }

    static drivers::Values bare_values(const std::map<std::string, std::string>& given) {
        drivers::Values values;
        for (const auto& option : drivers::openstack::info().options) {
            const auto found = given.find(option.name);
            const auto& raw = found == given.end() ? option.fallback : found->second;
            values.set(option.name, drivers::value_from_text(option, raw));
        }
        return values;
    }

    drivers::Access access() {
        return {.world = world, .dir = dir.path(), .store = dir.path(), .machine = "web1"};
    }

    drivers::openstack::Driver driver() { return {access(), os::Environment(variables)}; }

    /// A project with one flavor, one image, and room.
    void furnish() {
        say("GET /compute/v2.1/flavors/detail",
            {{"flavors",
              {{{"id", "f1"}, {"name", "small"}, {"ram", 2048}, {"disk", 20}, {"vcpus", 1}}}}});
        say("GET /image/v2/images?name=debian-13&status=active&sort=created_at:desc",
            {{"images",
              {{{"id", "i1"}, {"name", "debian-13"}, {"os_distro", "debian"}, {"min_ram", 512}}}}});
        say("GET /network/v2.0/networks?router:external=false", {{"networks", Json::array()}});
        say("GET /compute/v2.1/servers/detail?name=%5Eweb1%24", {{"servers", Json::array()}});
        say("GET /compute/v2.1/limits", {{"limits", {{"absolute", {{"maxTotalInstances", -1}}}}}});
    }

    static Json endpoint(const char* region, const char* interface, const std::string& url) {
        return {{"region_id", region}, {"interface", interface}, {"url", url}};
    }

    Json catalog = {
        {{"type", "compute"},
         {"endpoints", {endpoint("one", "public", "https://cloud.test/compute/v2.1")}}},
        {{"type", "network"},
         {"endpoints", {endpoint("one", "public", "https://cloud.test/network")}}},
        {{"type", "image"},
         {"endpoints", {endpoint("one", "public", "https://cloud.test/image/")}}},
    };

  private:
    http::Response answer(const http::Request& request) {
        const auto line =
            request.method + " " + request.url.substr(std::string("https://cloud.test").size());
        asked.push_back({line, request});
        if (line == "POST /identity/v3/auth/tokens" && !answers.contains(line)) {
            const Json token{{"project", {{"id", "p1"}}}, {"catalog", catalog}};
            return {
                201,
                {{"x-subject-token", fmt::format("token-{}", ++logins)}},
                Json{{"token", token}}.dump()};
        }
        const auto found = answers.find(line);
        if (found == answers.end())
            FAIL("not scripted: " << line);
        const auto said = found->second.front();
        if (found->second.size() > 1)
            found->second.pop_front();
        return said;
    }
};

} // namespace orch::test
