#include "tests/unit/drivers/azure/scene.hpp"

namespace azure = orch::drivers::azure;
namespace http = orch::http;
using orch::Kind;
using orch::drivers::Record;
using orch::test::AzureScene;
using orch::test::error_of;

namespace {

struct Scene : AzureScene {
    azure::Tokens held;
    azure::Arm arm{
        azure::account_of(
            Record{{"SubscriptionID", "sub-1"}, {"ClientID", "c"}, {"TenantID", "t"}},
            orch::Secret("s"),
            orch::os::Environment()
        ),
        everything,
        held,
        {}};
    const std::string vm = compute + "virtualMachines/web1";

    void next(const std::string& method, http::Response response) {
        instead.emplace_back(method, std::move(response));
    }

    std::chrono::seconds waited(const std::function<void()>& work) {
        const auto start = clock.now();
        work();
        return std::chrono::duration_cast<std::chrono::seconds>(clock.now() - start);
    }
};

const std::map<std::string, std::string> later{
    {"azure-asyncoperation", "https://management.azure.com/operations/1?api-version=x"},
    {"retry-after", "7"}};

} // namespace

TEST_CASE_FIXTURE(Scene, "azure arm: versions go by the path") {
    arm.find("look", vm);
    arm.find("look", network + "networkInterfaces/n");
    arm.find("look", group);
    arm.find("look", subscription + "/locations");
    const auto version = [](const http::Request& request) {
        return request.url.substr(request.url.find("api-version="));
    };
    CHECK(version(requests[1]) == "api-version=2024-11-01");
    CHECK(version(requests[2]) == "api-version=2024-05-01");
    CHECK(version(requests[3]) == "api-version=2021-04-01");
    CHECK(version(requests[4]) == "api-version=2022-12-01");
}

TEST_CASE_FIXTURE(Scene, "azure arm: an operation is followed as Azure says when") {
    next("PUT", say(201, Json::object(), later));
    next("operations/1", say(200, {{"status", "InProgress"}}, {{"retry-after", "11"}}));
    next("operations/1", say(200, {{"status", "Running"}}));
    next("operations/1", say(200, {{"status", "Succeeded"}}));
    CHECK(waited([&] { arm.put("create it", vm, Json::object()); }).count() == 13);
    CHECK(instead.empty());
}

TEST_CASE_FIXTURE(Scene, "azure arm: a failed operation is told with its reason and a way out") {
    next("PUT", say(201, Json::object(), later));
    next(
        "operations/1",
        say(200,
            {{"status", "Failed"},
             {"error", {{"code", "AllocationFailed"}, {"message", "no place"}}}})
    );
    const auto error = error_of([&] { arm.put("create it", vm, Json::object()); });
    CHECK(error.kind() == Kind::remote);
    CHECK(error.message() == "azure: create it: AllocationFailed: no place");
    CHECK(error.hint() == "choose another --azure-size or --azure-location");
}

TEST_CASE_FIXTURE(Scene, "azure arm: the older way, by Location and by the resource itself") {
    const std::map<std::string, std::string> place{
        {"location", "https://management.azure.com/results/1?api-version=x"}};
    next("DELETE", say(202, nullptr, place));
    next("results/1", say(202, nullptr));
    next("results/1", say(204, nullptr));
    CHECK_NOTHROW(arm.remove("delete it", vm));
    next("PUT", say(201, {{"properties", {{"provisioningState", "Creating"}}}}));
    next("GET", say(200, {{"properties", {{"provisioningState", "Succeeded"}}}}));
    CHECK_NOTHROW(arm.put("create it", vm, Json::object()));
    CHECK(instead.empty());
}

TEST_CASE_FIXTURE(Scene, "azure arm: the token goes to no other host") {
    next(
        "PUT",
        say(201,
            {{"properties", {{"provisioningState", "Succeeded"}}}},
            {{"azure-asyncoperation", "https://management.azure.com.evil.example/1"}})
    );
    arm.put("create it", vm, Json::object());
    CHECK(count("GET", "evil") == 0);
    things["/subscriptions/sub-1/locations"] = {
        {"value", {{{"name", "a"}}}}, {"nextLink", "https://evil.example/2"}};
    CHECK(arm.list("list", subscription + "/locations").size() == 1);
    CHECK(count("GET", "evil") == 0);
}

TEST_CASE_FIXTURE(Scene, "azure arm: lists have pages") {
    next(
        "GET",
        say(200,
            {{"value", {{{"name", "a"}}}},
             {"nextLink", "https://management.azure.com/page2?api-version=x"}})
    );
    next("page2", say(200, {{"value", {{{"name", "b"}}}}}));
    CHECK(arm.list("list", subscription + "/locations").size() == 2);
}

TEST_CASE_FIXTURE(Scene, "azure arm: an expired token is replaced, what is busy is tried again") {
    next("GET", refuse(401, "ExpiredAuthenticationToken"));
    next("GET", refuse(409, "AnotherOperationInProgress"));
    things[vm] = {{"name", "web1"}};
    CHECK(arm.find("look", vm).value()["name"] == "web1");
    CHECK(tokens == 2);
    CHECK(requests.back().headers.at("Authorization") == "Bearer token-2");
}

TEST_CASE_FIXTURE(Scene, "azure arm: a refusal says what may help") {
    next("PUT", refuse(403, "AuthorizationFailed"));
    const auto error = error_of([&] { arm.put("create it", vm, Json::object()); });
    CHECK(error.kind() == Kind::denied);
    CHECK(error.hint().find("Contributor") != std::string::npos);
}
