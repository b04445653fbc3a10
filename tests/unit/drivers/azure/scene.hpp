// A subscription of Azure in memory, for unit tests: resources by path, tokens, and what was asked.
#pragma once

#include "drivers/azure/arm.hpp"
#include "drivers/azure/azure.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace orch::test {

/// Answers like the program az, or is not there.
class ScriptedAz : public process::Runner {
  public:
    std::optional<process::Outcome> outcome; // nothing: there is no such program
    std::vector<std::string> asked;

    process::Outcome run(const process::Command& command, const std::stop_token&) override {
        asked = command.argv;
        if (!outcome)
            throw Error(Kind::not_found, "there is no program {}", command.argv.front());
        return *outcome;
    }

    int run_attached(const process::Command&) override { return 1; }
};

struct AzureScene : FakeWorld {
    using Json = drivers::kit::Json;

    static constexpr auto base = "https://management.azure.com";
    const std::string subscription = "/subscriptions/sub-1";
    const std::string group = subscription + "/resourceGroups/docker-machine";
    const std::string compute = group + "/providers/Microsoft.Compute/";
    const std::string network = group + "/providers/Microsoft.Network/";

    TempDir dir;
    ScriptedAz az;
    World everything{az, http, ssh, clock};
    std::map<std::string, Json> things;                         // by path, without the query
    std::deque<std::pair<std::string, http::Response>> instead; // "METHOD part", once each
    std::vector<http::Request> requests;
    int tokens = 0;

    AzureScene() {
        things[subscription] = {{"state", "Enabled"}};
        things[subscription + "/locations"] = {{"value", {{{"name", "westus"}}}}};
        for (const auto* name : {"Microsoft.Compute", "Microsoft.Network"})
            things[subscription + "/providers/" + name] = {{"registrationState", "Registered"}};
        things[subscription + "/providers/Microsoft.Compute/skus"] = {
            {"value", {size("Standard_B2s", "x64"), size("Standard_B2ps_v2", "Arm64")}}};
        things[subscription + "/providers/Microsoft.Compute/locations/westus/usages"] = {
            {"value", {quota("cores", 4, 10), quota("virtualMachines", 1, 100)}}};
        for (const auto* sku : {"server", "server-arm64"})
            things[image(sku)] = Json::array({{{"name", "24.04.1"}}});
        http.handler = [this](const http::Request& request) { return answer(request); };
    }

    static Json size(const std::string& name, const std::string& arch) {
        return {
            {"resourceType", "virtualMachines"},
            {"name", name},
            {"family", "standardBSFamily"},
            {"capabilities",
             {{{"name", "vCPUs"}, {"value", "2"}},
              {{"name", "CpuArchitectureType"}, {"value", arch}}}},
            {"locationInfo", {{{"zones", {"1", "2"}}}}},
        };
    }

    static Json quota(const std::string& name, int used, int limit) {
        return {
            {"name", {{"value", name}, {"localizedValue", name}}},
            {"currentValue", used},
            {"limit", limit}};
    }

    [[nodiscard]] std::string image(const std::string& sku) const {
        return subscription +
               "/providers/Microsoft.Compute/locations/westus/publishers/Canonical/artifacttypes/"
               "vmimage/offers/ubuntu-24_04-lts/skus/" +
               sku + "/versions";
    }

    static http::Response
    say(int status, const Json& body, std::map<std::string, std::string> headers = {}) {
        return {status, std::move(headers), body.is_null() ? "" : body.dump()};
    }

    static http::Response refuse(int status, const std::string& code) {
        return say(status, {{"error", {{"code", code}, {"message", "the words"}}}});
    }

    http::Response answer(const http::Request& request) {
        requests.push_back(request);
        const auto line = request.method + " " + request.url;
        if (!instead.empty() && line.find(instead.front().first) != std::string::npos) {
            auto found = instead.front().second;
            instead.pop_front();
            return found;
        }
        if (request.url.find("/oauth2/") != std::string::npos)
            return say(
                200, {{"access_token", "token-" + std::to_string(++tokens)}, {"expires_in", 3600}}
            );
        const std::string prefix = base;
        REQUIRE(request.url.starts_with(prefix));
        CHECK(request.url.find("api-version=") != std::string::npos);
        if (!request.headers.contains("Authorization"))
            return say(
                401,
                nullptr,
                {{"www-authenticate",
                  "Bearer authorization_uri=\"https://login.windows.net/tenant-1\", error=\"x\""}}
            );
        return obey(
            request, request.url.substr(prefix.size(), request.url.find('?') - prefix.size())
        );
    }

    http::Response obey(const http::Request& request, const std::string& path) {
        if (request.method == "POST")
            return say(200, nullptr);
        const auto found = things.find(path);
        if (request.method == "PUT") {
            if (found != things.end() && request.headers.contains("If-None-Match"))
                return refuse(412, "PreconditionFailed");
            things[path] = Json::parse(request.body);
            things[path]["id"] = path;
            if (path.find("publicIPAddresses") != std::string::npos)
                things[path]["properties"]["ipAddress"] = "203.0.113.5";
            if (path.find("networkInterfaces") != std::string::npos)
                things[path]["properties"]["ipConfigurations"][0]["properties"]
                      ["privateIPAddress"] = "192.168.0.4";
            return say(201, things[path]);
        }
        if (found == things.end())
            return request.method == "DELETE" ? say(204, nullptr) : refuse(404, "ResourceNotFound");
        const auto body = found->second;
        if (request.method == "DELETE")
            things.erase(found);
        return say(200, request.method == "DELETE" ? Json() : body);
    }

    [[nodiscard]] int count(const std::string& method, const std::string& part) const {
        int found = 0;
        for (const auto& each : requests)
            found += each.method == method && each.url.find(part) != std::string::npos ? 1 : 0;
        return found;
    }

    /// The options as a user leaves them, but for these; the client secret is given.
    static drivers::Request wish(std::map<std::string, std::string> given = {}) {
        given.try_emplace("azure-subscription-id", "sub-1");
        given.try_emplace("azure-client-id", "client-1");
        given.try_emplace("azure-client-secret", "top-secret");
        drivers::Request request;
        for (const auto& option : drivers::azure::info().options) {
            const auto found = given.find(option.name);
            const auto& raw = found == given.end() ? option.fallback : found->second;
            request.values.set(option.name, drivers::value_from_text(option, raw));
        }
        return request;
    }

    drivers::azure::Driver
    driver(std::map<std::string, std::string, std::less<>> environment = {}) {
        return {
            {.world = everything, .dir = dir.path(), .store = dir.path(), .machine = "web1"},
            os::Environment(std::move(environment))};
    }
};

} // namespace orch::test
