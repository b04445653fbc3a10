#include "tests/unit/drivers/azure/scene.hpp"

#include <ctime>

namespace azure = orch::drivers::azure;
using orch::Kind;
using orch::drivers::Record;
using orch::test::AzureScene;
using orch::test::error_of;

namespace {

struct Scene : AzureScene {
    azure::Tokens held;
    Record record{{"SubscriptionID", "sub-1"}, {"ClientID", "client-1"}};
    orch::Secret secret{"top-secret"};
    std::map<std::string, std::string, std::less<>> environment;

    azure::Login login() {
        return {
            azure::account_of(record, secret, orch::os::Environment(environment)),
            everything,
            held,
            {}};
    }
};

} // namespace

TEST_CASE_FIXTURE(Scene, "azure login: a secret, at the tenant that the subscription names") {
    CHECK(login().token() == "token-1");
    REQUIRE(requests.size() == 2);
    CHECK_FALSE(requests[0].headers.contains("Authorization"));
    CHECK(requests[1].url == "https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token");
    CHECK(
        requests[1].body ==
        "grant_type=client_credentials&client_id=client-1&scope=https%3A%2F%2Fmanagement.azure.com"
        "%2F.default&client_secret=top-secret"
    );
}

TEST_CASE_FIXTURE(Scene, "azure login: a token is kept until a minute before its end") {
    record["TenantID"] = "tenant-9";
    auto one = login();
    CHECK(one.token() == "token-1");
    CHECK(login().token() == "token-1");
    clock.sleep(std::chrono::seconds(3550), {});
    CHECK(one.token() == "token-2");
    one.forget();
    CHECK(one.token() == "token-3");
}

TEST_CASE_FIXTURE(Scene, "azure login: other clouds, and hosts of one's own") {
    record["TenantID"] = "t";
    record["Environment"] = "azurechinacloud";
    CHECK(login().account().management == "https://management.chinacloudapi.cn");
    CHECK(login().account().audience == "https://management.chinacloudapi.cn/");
    record["Endpoint"] = "http://127.0.0.1:1/";
    record["AuthorityHost"] = "http://127.0.0.1:2/";
    CHECK(login().account().management == "http://127.0.0.1:1");
    CHECK(login().account().authority == "http://127.0.0.1:2");
    CHECK(login().account().audience == "https://management.chinacloudapi.cn/");
    record["Environment"] = "AzureMoonCloud";
    CHECK(error_of([&] { login(); }).kind() == Kind::invalid);
}

TEST_CASE_FIXTURE(Scene, "azure login: a wrong secret is told in the authority's words") {
    record["TenantID"] = "t";
    instead.emplace_back(
        "POST",
        say(401,
            {{"error", "invalid_client"},
             {"error_description", "AADSTS7000215: Invalid client secret.\r\nTrace ID: 7"}})
    );
    const auto error = error_of([&] { login().token(); });
    CHECK(error.kind() == Kind::denied);
    CHECK(
        error.message() ==
        "azure: log in: invalid_client: AADSTS7000215: Invalid client secret. (HTTP 401)"
    );
    CHECK(error.message().find("top-secret") == std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "azure login: the subscription does not exist") {
    instead.emplace_back("GET", refuse(404, "SubscriptionNotFound"));
    CHECK(error_of([&] {
              login().token();
          }).message() == "azure: there is no subscription \"sub-1\"");
}

TEST_CASE_FIXTURE(Scene, "azure login: workload identity sends the token of the file") {
    secret = {};
    record["TenantID"] = "t";
    record["FederatedTokenFile"] = dir.write("token", "from-another\n").string();
    CHECK(login().token() == "token-1");
    CHECK(requests[0].body.find("&client_assertion=from-another") != std::string::npos);
    CHECK(requests[0].body.find("client_secret") == std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "azure login: managed identity is asked on the computer's own network") {
    secret = {};
    record["ManagedIdentity"] = true;
    instead.emplace_back(
        "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
        "https%3A%2F%2Fmanagement.azure.com%2F&client_id=client-1",
        say(200, {{"access_token", "token-m"}, {"expires_in", "3599"}})
    );
    CHECK(login().token() == "token-m");
    CHECK(requests[0].headers.at("Metadata") == "true");
    clock.sleep(std::chrono::seconds(4000), {});
    environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "http://pods:8080/";
    instead.emplace_back(
        "GET http://pods:8080/metadata/identity/", say(200, {{"access_token", "token-p"}})
    );
    CHECK(login().token() == "token-p");
}

TEST_CASE_FIXTURE(Scene, "azure login: without credentials the program az is asked") {
    secret = {};
    const Json said{{"accessToken", "token-az"}, {"expires_on", std::time(nullptr) + 1000}};
    az.outcome = orch::process::Outcome{0, said.dump(), ""};
    CHECK(login().token() == "token-az");
    CHECK(az.asked[2] == "get-access-token");
    CHECK(az.asked[4] == "https://management.azure.com/");
    CHECK(requests.empty());
    held.held.clear();
    az.outcome = orch::process::Outcome{1, "", "ERROR: Please run 'az login'.\n"};
    CHECK(error_of([&] {
              login().token();
          }).message() == "azure: az account get-access-token: ERROR: Please run 'az login'.");
    az.outcome.reset();
    const auto error = error_of([&] { login().token(); });
    CHECK(error.kind() == Kind::denied);
    CHECK(error.hint().find("--azure-client-secret") != std::string::npos);
}
