// A project of Google with one instance, as far as the driver asks: answers by "METHOD path".
#pragma once

#include "drivers/google/google.hpp"
#include "drivers/kit/api.hpp"
#include "lib/fs/files.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>

namespace orch::test {

struct GoogleScene : FakeWorld {
    using Json = drivers::kit::Json;
    using Answer = std::function<http::Response(const http::Request&)>;

    TempDir dir;
    std::filesystem::path machine_dir = dir.path() / "machines" / "web1";
    os::Environment environment{std::map<std::string, std::string, std::less<>>{
        {"HOME", dir.path().string()}, {"GCE_METADATA_HOST", "metadata.example.org"}}};
    drivers::google::Driver driver{
        {.world = world, .dir = machine_dir, .store = dir.path(), .machine = "web1"}, environment};
    std::map<std::string, std::deque<Answer>> answers; // the last one stays
    std::vector<std::string> calls;                    // "METHOD path" without query
    std::vector<http::Request> requests;

    static constexpr auto instance_path = "zones/us-central1-a/instances/web1";
    static constexpr auto disk_path = "zones/us-central1-a/disks/web1-disk";

    GoogleScene() {
        std::filesystem::create_directories(machine_dir);
        http.handler = [this](const http::Request& request) { return answer(request); };
    }

    /// The path is below the project.
    void on(const std::string& line, int status, const Json& body) {
        answers[line].push_back([=](const http::Request&) {
            return http::Response{status, {}, body.dump()};
        });
    }

    void refuse(const std::string& line, int status, const std::string& reason) {
        on(line,
           status,
           {{"error",
             {{"code", status}, {"message", "the words"}, {"errors", {{{"reason", reason}}}}}}});
    }

    static Json done() {
        return {{"name", "op"}, {"status", "DONE"}, {"zone", "z/us-central1-a"}, {"targetId", "7"}};
    }

    static Json instance(const std::string& status = "RUNNING", const std::string& mark = "m1") {
        Json card{{"network", "n/default"}, {"networkIP", "10.0.0.7"}};
        if (status == "RUNNING")
            card["accessConfigs"] = Json::array({{{"natIP", "203.0.113.7"}}});
        return {
            {"id", "7"},
            {"name", "web1"},
            {"status", status},
            {"labels", {{"orch-create", mark}}},
            {"machineType", "z/machineTypes/e2-medium"},
            {"networkInterfaces", Json::array({card})},
        };
    }

    static Json disk(const std::string& mark = "m1") {
        return {{"id", "8"}, {"name", "web1-disk"}, {"labels", {{"orch-create", mark}}}};
    }

    /// What a create of orch leaves in the store.
    static drivers::Record record() {
        return {
            {"IPAddress", "203.0.113.7"},
            {"MachineName", "web1"},
            {"SSHUser", "docker-user"},
            {"SSHPort", 22},
            {"Project", "p1"},
            {"Zone", "us-central1-a"},
            {"MachineType", "e2-medium"},
            {"Network", "default"},
            {"CreateMark", "m1"},
            {"InstanceID", "7"},
        };
    }

    static drivers::Request request_with(std::map<std::string, std::string> given = {}) {
        given.try_emplace("google-project", "p1");
        drivers::Request request;
        for (const auto& option : drivers::google::info().options) {
            const auto found = given.find(option.name);
            const auto& raw = found == given.end() ? option.fallback : found->second;
            request.values.set(option.name, drivers::value_from_text(option, raw));
        }
        return request;
    }

    /// All that a check looks at, as it should be.
    void everything_there() {
        on("GET ", 200, {{"name", "p1"}});
        on("GET zones/us-central1-a", 200, {{"name", "us-central1-a"}, {"status", "UP"}});
        on("GET zones/us-central1-a/machineTypes/e2-medium",
           200,
           {{"name", "e2-medium"}, {"guestCpus", 2}, {"isSharedCpu", true}});
        on("GET zones/us-central1-a/diskTypes/pd-balanced", 200, {{"name", "pd-balanced"}});
        on("GET ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64",
           200,
           {{"diskSizeGb", "10"},
            {"architecture", "X86_64"},
            {"selfLink", "https://x/v1/projects/ubuntu-os-cloud/global/images/ubuntu-v7"}});
        on("GET global/networks/default", 200, {{"autoCreateSubnetworks", true}});
        on("GET regions/us-central1", 200, {{"quotas", Json::array()}});
    }

    [[nodiscard]] bool called(const std::string& line) const {
        return std::find(calls.begin(), calls.end(), line) != calls.end();
    }

    [[nodiscard]] Json body_of(const std::string& line) const {
        for (std::size_t i = calls.size(); i-- > 0;)
            if (calls[i] == line)
                return Json::parse(requests[i].body);
        return nullptr;
    }

  private:
    http::Response answer(const http::Request& request) {
        if (request.url.starts_with("http://metadata.example.org/"))
            return {200, {}, R"({"access_token": "ya29.a", "expires_in": 3599})"};
        CHECK(request.headers.at("Authorization") == "Bearer ya29.a");
        const auto bare = request.url.substr(0, request.url.find('?'));
        auto path = bare.substr(bare.find("/projects/") + 10);
        if (path == "p1" || path.starts_with("p1/"))
            path = path.substr(std::min<std::size_t>(path.size(), 3));
        const auto line = request.method + " " + path;
        calls.push_back(line);
        requests.push_back(request);
        auto found = answers.find(line);
        if (found == answers.end())
            return {404, {}, R"({"error": {"code": 404, "message": "not found", "errors": []}})"};
        const auto now = found->second.front();
        if (found->second.size() > 1)
            found->second.pop_front();
        return now(request);
    }
};

} // namespace orch::test
