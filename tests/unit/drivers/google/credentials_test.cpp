#include "drivers/google/credentials.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/tls/sign.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/rsa_key.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <deque>

namespace google = orch::drivers::google;
namespace http = orch::http;
using Json = nlohmann::json;
using orch::Kind;
using orch::test::error_of;

namespace {

Json service_account() {
    return {
        {"type", "service_account"},
        {"project_id", "p1"},
        {"private_key_id", "k1"},
        {"private_key", orch::test::rsa_key},
        {"client_email", "orch@p1.iam.gserviceaccount.com"},
        {"token_uri", "https://token.example.org/token"},
    };
}

Json user() {
    return {
        {"type", "authorized_user"},
        {"client_id", "the-id"},
        {"client_secret", "the secret"},
        {"refresh_token", "1//refresh"},
        {"quota_project_id", "payer"},
    };
}

orch::os::Environment environment_with(std::map<std::string, std::string, std::less<>> values) {
    return orch::os::Environment(std::move(values));
}

/// gcloud, as far as orch calls it.
class Gcloud : public orch::process::Runner {
  public:
    std::vector<orch::process::Command> commands;
    orch::process::Outcome outcome{0, "ya29.gcloud\n", ""};

    orch::process::Outcome
    run(const orch::process::Command& command, const std::stop_token&) override {
        commands.push_back(command);
        return outcome;
    }

    int run_attached(const orch::process::Command&) override { return 1; }
};

struct Scene : orch::test::FakeWorld {
    orch::test::TempDir dir;
    Gcloud gcloud;
    orch::World all{gcloud, http, ssh, clock};
    std::vector<http::Request> requests;
    http::Response answer{200, {}, R"({"access_token": "ya29.a", "expires_in": 3599})"};

    Scene() {
        http.handler = [this](const http::Request& request) {
            requests.push_back(request);
            return answer;
        };
    }

    google::Tokens tokens(
        std::optional<google::Login> login,
        std::map<std::string, std::string, std::less<>> environment = {}
    ) {
        environment.emplace("NO_GCE_CHECK", "true"); // tests may run on Google's servers
        return {all, environment_with(std::move(environment)), std::move(login), {}};
    }
};

Json part_of(const std::string& assertion, std::size_t place) {
    auto part = orch::text::split(assertion, '.').at(place);
    part = orch::text::replace_all(orch::text::replace_all(part, "-", "+"), "_", "/");
    return Json::parse(orch::base64::decode(part));
}

} // namespace

TEST_CASE("google: credentials are JSON or base64 of it") {
    const auto plain = service_account().dump();
    for (const auto& text : {plain, orch::base64::encode(plain), " " + plain + "\n"}) {
        const auto login = google::parse_login(text, "here");
        CHECK(login.kind == google::Login::Kind::service_account);
        CHECK(login.email == "orch@p1.iam.gserviceaccount.com");
        CHECK(login.project == "p1");
        CHECK(login.token_uri == "https://token.example.org/token");
        CHECK(login.key.reveal() == orch::test::rsa_key);
    }
    const auto login = google::parse_login(user().dump(), "here");
    CHECK(login.kind == google::Login::Kind::user);
    CHECK(login.token_uri == "https://oauth2.googleapis.com/token");
    CHECK(login.quota_project == "payer");
}

TEST_CASE("google: what is wrong with credentials is said without a piece of them") {
    auto broken = service_account();
    broken.erase("client_email");
    CHECK(error_of([&] {
              google::parse_login(broken.dump(), "f.json");
          }).message() == "the credentials in f.json have no client_email");
    const auto text = "{secret" + service_account().dump();
    const auto error = error_of([&] { google::parse_login(text, "f.json"); });
    CHECK(error.kind() == Kind::invalid);
    CHECK(error.message() == "the credentials in f.json are no JSON and no base64 of it");
    CHECK(error.details().empty());
    CHECK_THROWS_WITH(
        google::parse_login(R"({"type": "gdch_service_account"})", "f.json"),
        "the credentials in f.json are of an unknown type: \"gdch_service_account\""
    );
}

TEST_CASE_FIXTURE(Scene, "google: files of credentials are looked for where Google's tools do") {
    const auto mine = dir.write("mine.json", "{}");
    const auto named = dir.write("named.json", "{}");
    const auto own = dir.write(".config/gcloud/application_default_credentials.json", "{}");
    const auto other = dir.write("sdk/application_default_credentials.json", "{}");
    const auto home = dir.path().string();
    const auto variable = "GOOGLE_APPLICATION_CREDENTIALS";
    using google::credentials_file;
    CHECK(credentials_file("", environment_with({{"HOME", home}})) == own);
    CHECK(
        credentials_file(
            "", environment_with({{"HOME", home}, {"CLOUDSDK_CONFIG", home + "/sdk"}})
        ) == other
    );
    const auto with = environment_with({{"HOME", home}, {variable, named.string()}});
    CHECK(credentials_file("", with) == named);
    CHECK(credentials_file(mine, with) == mine);
    CHECK(credentials_file(dir / "moved.json", with) == named);
    const auto error = error_of([&] {
        credentials_file(dir / "moved.json", environment_with({{"HOME", home}}));
    });
    CHECK(error.kind() == Kind::not_found);
    CHECK(error.message().find("moved.json") != std::string::npos);
    CHECK(credentials_file("", environment_with({{"HOME", home + "/nobody"}})).empty());
}

TEST_CASE_FIXTURE(Scene, "google: a service account signs what it asks for") {
    auto its = tokens(google::parse_login(service_account().dump(), "f.json"));
    CHECK(its.get().reveal() == "ya29.a");
    const auto& request = requests.at(0);
    CHECK(request.url == "https://token.example.org/token");
    CHECK(request.headers.at("Content-Type") == "application/x-www-form-urlencoded");
    const std::string before =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    REQUIRE(request.body.starts_with(before));
    const auto assertion = request.body.substr(before.size());
    CHECK(part_of(assertion, 0) == Json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k1"}});
    const auto claims = part_of(assertion, 1);
    CHECK(claims["iss"] == "orch@p1.iam.gserviceaccount.com");
    CHECK(claims["aud"] == "https://token.example.org/token");
    CHECK(claims["scope"] == "https://www.googleapis.com/auth/compute");
    CHECK(claims["exp"].get<long long>() - claims["iat"].get<long long>() == 3600);
    const auto place = assertion.rfind('.');
    auto signature = orch::base64::encode_url(
        orch::tls::sign_rs256(orch::test::rsa_key, assertion.substr(0, place), "a test")
    );
    signature.erase(signature.find_last_not_of('=') + 1);
    CHECK(assertion.substr(place + 1) == signature);
}

TEST_CASE_FIXTURE(Scene, "google: a token is fetched again before it ends, or when it is refused") {
    auto its = tokens(google::parse_login(service_account().dump(), "f.json"));
    its.get();
    clock.sleep(std::chrono::seconds(3500), {});
    its.get();
    CHECK(requests.size() == 1);
    clock.sleep(std::chrono::seconds(40), {}); // less than a minute is left
    its.get();
    CHECK(requests.size() == 2);
    its.forget();
    its.get();
    CHECK(requests.size() == 3);
}

TEST_CASE_FIXTURE(Scene, "google: a user's credentials have a token that is renewed") {
    auto its = tokens(google::parse_login(user().dump(), "f.json"));
    its.get();
    CHECK(its.quota_project() == "payer");
    CHECK(
        requests.at(0).body ==
        "grant_type=refresh_token&client_id=the-id&client_secret=the%20secret&refresh_token=1%2F%"
        "2Frefresh"
    );
    answer = {400, {}, R"({"error": "invalid_grant", "error_description": "Token expired"})"};
    its.forget();
    const auto error = error_of([&] { its.get(); });
    CHECK(error.kind() == Kind::denied);
    CHECK(error.message() == "google: log in: invalid_grant: Token expired (HTTP 400)");
    CHECK(error.hint().find("f.json") != std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "google: on Google's servers the metadata server has tokens") {
    auto its = tokens(std::nullopt, {{"GCE_METADATA_HOST", "127.0.0.1:9"}});
    CHECK(its.get().reveal() == "ya29.a");
    CHECK(
        requests.at(0).url ==
        "http://127.0.0.1:9/computeMetadata/v1/instance/service-accounts/default/token"
    );
    CHECK(requests.at(0).headers.at("Metadata-Flavor") == "Google");
    answer = {404, {}, ""};
    its.forget();
    CHECK(error_of([&] { its.get(); }).kind() == Kind::denied);
}

TEST_CASE_FIXTURE(Scene, "google: what only gcloud understands is left to gcloud") {
    const auto file = dir.write("f.json", R"({"type": "external_account"})");
    auto its = tokens(google::parse_login(R"({"type": "external_account"})", file.string()));
    CHECK(its.get().reveal() == "ya29.gcloud");
    const auto& command = gcloud.commands.at(0);
    CHECK(
        command.argv ==
        std::vector<std::string>{"gcloud", "auth", "application-default", "print-access-token"}
    );
    CHECK(command.env.at("GOOGLE_APPLICATION_CREDENTIALS") == file.string());
    auto given = tokens(google::parse_login(R"({"type": "external_account"})", "--an-option"));
    CHECK(error_of([&] { given.get(); }).kind() == Kind::unsupported);
}

TEST_CASE_FIXTURE(
    Scene, "google: without credentials gcloud's account counts, if there is gcloud"
) {
    CHECK(error_of([&] {
              tokens(std::nullopt).get();
          }).message() == "google: there are no credentials");
    orch::fs::write_atomic(dir / "gcloud", "#!/bin/sh\n", 0755);
    auto its = tokens(std::nullopt, {{"PATH", dir.path().string()}});
    CHECK(its.get().reveal() == "ya29.gcloud");
    CHECK(
        gcloud.commands.at(0).argv ==
        std::vector<std::string>{"gcloud", "auth", "print-access-token"}
    );
    gcloud.outcome = {1, "", "You do not currently have an active account selected.\n"};
    its.forget();
    const auto error = error_of([&] { its.get(); });
    CHECK(error.kind() == Kind::denied);
    CHECK(error.hint() == "run gcloud auth login");
}
