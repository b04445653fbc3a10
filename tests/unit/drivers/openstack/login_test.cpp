#include "drivers/openstack/clouds_file.hpp"
#include "drivers/openstack/login.hpp"
#include "tests/unit/drivers/openstack/scene.hpp"

namespace drivers = orch::drivers;
namespace openstack = orch::drivers::openstack;
using orch::Kind;
using orch::test::error_of;
using Scene = orch::test::OpenStackScene;
using Json = nlohmann::json;

namespace {

struct Login : Scene {
    drivers::Record record;

    orch::drivers::kit::Secrets note(const std::map<std::string, std::string>& given) {
        record = drivers::Record::object();
        return openstack::note_login(bare_values(given), orch::os::Environment(variables), record);
    }

    Json body(const std::map<std::string, std::string>& given) {
        const auto secrets = note(given);
        return openstack::login_body(record, secrets);
    }
};

const std::map<std::string, std::string> password{
    {"openstack-auth-url", "https://cloud.test/identity"},
    {"openstack-username", "u"},
    {"openstack-password", "the-password"},
    {"openstack-tenant-name", "t"},
};

std::map<std::string, std::string> with(const std::string& option, const std::string& value) {
    auto given = password;
    given[option] = value;
    return given;
}

} // namespace

TEST_CASE_FIXTURE(Login, "openstack: a password, for a project, in the first domain") {
    const auto said = body(password);
    CHECK(said["auth"]["identity"]["methods"] == Json{"password"});
    CHECK(
        said["auth"]["identity"]["password"]["user"] ==
        Json{{"name", "u"}, {"domain", {{"id", "default"}}}, {"password", "the-password"}}
    );
    CHECK(said["auth"]["scope"]["project"] == Json{{"name", "t"}, {"domain", {{"id", "default"}}}});
    CHECK(record.dump().find("the-password") == std::string::npos);
}

TEST_CASE_FIXTURE(Login, "openstack: domains and ids") {
    auto given = with("openstack-domain-name", "both");
    CHECK(body(given)["auth"]["scope"]["project"]["domain"] == Json{{"name", "both"}});
    given["openstack-user-domain-id"] = "d2";
    CHECK(body(given)["auth"]["identity"]["password"]["user"]["domain"] == Json{{"id", "d2"}});
    CHECK(body(given)["auth"]["scope"]["project"]["domain"] == Json{{"name", "both"}});
    CHECK(
        body(with("openstack-tenant-id", "p1"))["auth"]["scope"]["project"] == Json{{"id", "p1"}}
    );
}

TEST_CASE_FIXTURE(Login, "openstack: an application credential has its project in it") {
    std::map<std::string, std::string> given{
        {"openstack-auth-url", "https://cloud.test/identity"},
        {"openstack-application-credential-id", "c1"},
        {"openstack-application-credential-secret", "the-secret"},
    };
    const auto said = body(given);
    CHECK_FALSE(said["auth"].contains("scope"));
    CHECK(said["auth"]["identity"]["methods"] == Json{"application_credential"});
    CHECK(
        said["auth"]["identity"]["application_credential"] ==
        Json{{"id", "c1"}, {"secret", "the-secret"}}
    );
    given.erase("openstack-application-credential-id");
    given["openstack-application-credential-name"] = "robot";
    CHECK(error_of([&] { note(given); }).message().find("OS_USERNAME") != std::string::npos);
    given["openstack-username"] = "u";
    CHECK(
        body(given)["auth"]["identity"]["application_credential"]["user"] ==
        Json{{"name", "u"}, {"domain", {{"id", "default"}}}}
    );
}

TEST_CASE_FIXTURE(Login, "openstack: what is missing is told in docker-machine's words") {
    const auto without = [&](const std::string& option) {
        auto given = password;
        given.erase(option);
        const auto error = error_of([&] { note(given); });
        CHECK(error.kind() == Kind::usage);
        return error.message();
    };
    CHECK(
        without("openstack-auth-url") ==
        "Authentication URL must be specified either using the environment variable OS_AUTH_URL or "
        "the CLI option --openstack-auth-url"
    );
    CHECK(without("openstack-username").starts_with("Username must be specified"));
    CHECK(without("openstack-password").starts_with("Password must be specified"));
    CHECK(without("openstack-tenant-name").starts_with("Tenant id or name must be provided"));
    const auto wrong = with("openstack-endpoint-type", "outside");
    CHECK(error_of([&] { note(wrong); }).message().starts_with("Endpoint type must be 'publicURL'")
    );
    CHECK_NOTHROW(note(with("openstack-endpoint-type", "internal")));
}

TEST_CASE_FIXTURE(Login, "openstack: the identity service is asked in version 3") {
    for (const auto* url :
         {"https://a.test:5000",
          "https://a.test:5000/",
          "https://a.test:5000/v2.0/",
          "https://a.test:5000/v3",
          "https://a.test:5000/v3/"}) {
        CAPTURE(url);
        CHECK(openstack::identity_url({{"AuthUrl", url}}) == "https://a.test:5000/v3");
    }
}

TEST_CASE_FIXTURE(Login, "openstack: clouds.yaml says what the options do not, secure.yaml more") {
    dir.write(".config/openstack/clouds.yaml", R"(clouds:
  site:
    auth:
      auth_url: https://cloud.test/identity
      username: from-file
      project_id: p1
      user_domain_name: People
    region_name: north
    interface: internal
    verify: false
)");
    dir.write(".config/openstack/secure.yaml", "clouds: {site: {auth: {password: kept-apart}}}\n");
    auto said = body({{"openstack-cloud", "site"}});
    const auto user = said["auth"]["identity"]["password"]["user"];
    CHECK(user["name"] == "from-file");
    CHECK(user["password"] == "kept-apart");
    CHECK(user["domain"] == Json{{"name", "People"}});
    CHECK(record["Region"] == "north");
    CHECK(record["EndpointType"] == "internal");
    CHECK(record["Insecure"] == true);
    CHECK(record["Cloud"] == "site");
    CHECK(record.dump().find("kept-apart") == std::string::npos);

    said = body({{"openstack-cloud", "site"}, {"openstack-username", "given"}});
    CHECK(said["auth"]["identity"]["password"]["user"]["name"] == "given");

    const auto error = error_of([&] { note({{"openstack-cloud", "other"}}); });
    CHECK(error.kind() == Kind::not_found);
    CHECK(error.message().ends_with("clouds.yaml names no cloud other"));
    CHECK(error.hint() == "it has: site");
}

TEST_CASE_FIXTURE(Login, "openstack: where clouds.yaml is looked for") {
    variables["XDG_CONFIG_HOME"] = (dir / "elsewhere").string();
    const auto error = error_of([&] { note({{"openstack-cloud", "site"}}); });
    CHECK(error.kind() == Kind::not_found);
    CHECK(error.details().size() == 3);
    variables["OS_CLIENT_CONFIG_FILE"] = dir.write("mine.yaml", "clouds: {site: {auth: 7").string();
    CHECK(error_of([&] { note({{"openstack-cloud", "site"}}); }).kind() == Kind::invalid);
}
