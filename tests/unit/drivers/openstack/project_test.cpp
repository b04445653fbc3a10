#include "drivers/openstack/project.hpp"
#include "tests/unit/drivers/openstack/scene.hpp"

namespace drivers = orch::drivers;
namespace openstack = orch::drivers::openstack;
using openstack::Service;
using orch::Kind;
using orch::test::error_of;
using Scene = orch::test::OpenStackScene;
using Json = nlohmann::json;

namespace {

struct Site : Scene {
    drivers::Record record{
        {"AuthUrl", "https://cloud.test/identity"},
        {"Username", "u"},
        {"Password", "of-docker-machine"}, // in clear text, as it kept it
        {"TenantName", "t"},
        {"Region", ""}};

    openstack::Project project() { return {access(), job, record, {}}; }

    Json limits() {
        auto here = project();
        return here.ask(Service::compute, {.what = "look at the quota", .path = "/limits"});
    }
};

} // namespace

TEST_CASE_FIXTURE(Site, "openstack: one login, the services by the catalog, versions added") {
    say("GET /compute/v2.1/limits", {{"limits", 1}});
    say("GET /image/v2/images", {{"images", Json::array()}});
    say("GET /network/v2.0/ports", {{"ports", Json::array()}});
    auto here = project();
    here.ask(Service::compute, {.what = "look", .path = "/limits"});
    here.list(Service::image, "/images", "", "images");
    here.list(Service::network, "/ports", "", "ports");
    CHECK(logins == 1);
    CHECK(here.id() == "p1");
    CHECK(asked.back().request.headers.at("X-Auth-Token") == "token-1");
    CHECK_FALSE(asked.front().request.headers.contains("X-Auth-Token"));
    CHECK(
        sent("POST /identity/v3/auth/tokens")["auth"]["identity"]["password"]["user"]["password"] ==
        "of-docker-machine"
    );
}

TEST_CASE_FIXTURE(Site, "openstack: a token that is no longer taken is replaced once") {
    say("GET /compute/v2.1/limits", {{"error", {{"title", "Unauthorized"}}}}, 401);
    say("GET /compute/v2.1/limits", {{"limits", 1}});
    CHECK(limits()["limits"] == 1);
    CHECK(logins == 2);
    CHECK(asked.back().request.headers.at("X-Auth-Token") == "token-2");

    answers.clear();
    say("GET /compute/v2.1/limits", {{"error", {{"title", "Unauthorized"}}}}, 401);
    CHECK(error_of([&] { limits(); }).kind() == Kind::denied);
    CHECK(logins == 4);
}

TEST_CASE_FIXTURE(Site, "openstack: several regions need a choice, and one that is there") {
    catalog[0]["endpoints"].push_back(endpoint("two", "public", "https://two.test/v2.1"));
    catalog[0]["endpoints"].push_back(endpoint("two", "internal", "https://inner.test/v2.1"));
    say("GET /compute/v2.1/limits", {{"limits", 1}});
    auto error = error_of([&] { limits(); });
    CHECK(error.message() == "openstack: the cloud has several regions");
    CHECK(error.hint() == "name one with --openstack-region: one, two");
    record["Region"] = "three";
    CHECK(error_of([&] { limits(); }).kind() == Kind::not_found);
    record["Region"] = "one";
    CHECK(limits()["limits"] == 1);
    record["EndpointType"] = "adminURL";
    error = error_of([&] { limits(); });
    CHECK(error.message().find("no admin URL of the service compute") != std::string::npos);
}

TEST_CASE_FIXTURE(Site, "openstack: pages are followed by their query, not by their host") {
    const auto server = [](const char* id) { return Json{{"id", id}}; };
    say("GET /compute/v2.1/servers/detail?name=a",
        {{"servers", {server("1"), server("2")}},
         {"servers_links",
          {{{"rel", "next"}, {"href", "http://inner:8774/v2.1/servers?marker=2"}}}}});
    say("GET /compute/v2.1/servers/detail?marker=2", {{"servers", {server("3")}}});
    say("GET /image/v2/images?status=active",
        {{"images", {server("4")}}, {"next", "/v2/images?marker=4"}});
    say("GET /image/v2/images?marker=4", {{"images", {server("5")}}});
    auto here = project();
    CHECK(here.list(Service::compute, "/servers/detail", "name=a", "servers").size() == 3);
    CHECK(here.list(Service::image, "/images", "status=active", "images").size() == 2);
}

TEST_CASE_FIXTURE(Site, "openstack: refusals in the words of each service") {
    const auto message = [&](const Json& body, int status) {
        answers["GET /compute/v2.1/limits"] = {
            {status, {{"x-openstack-request-id", "req-1"}}, body.dump()}};
        return error_of([&] { limits(); }).message();
    };
    CHECK(
        message({{"forbidden", {{"code", 403}, {"message", "Quota exceeded"}}}}, 403) ==
        "openstack: look at the quota: forbidden: Quota exceeded (HTTP 403, request-id req-1)"
    );
    CHECK(
        message({{"NeutronError", {{"type", "OverQuota"}, {"message", "full"}}}}, 409) ==
        "openstack: look at the quota: OverQuota: full (HTTP 409, request-id req-1)"
    );
    CHECK(
        message({{"error", {{"code", 403}, {"title", "Forbidden"}, {"message", "no"}}}}, 403) ==
        "openstack: look at the quota: Forbidden: no (HTTP 403, request-id req-1)"
    );
    CHECK(message(Json("text"), 400).find("(HTTP 400") != std::string::npos);
}

TEST_CASE_FIXTURE(Site, "openstack: Nova's limit of requests passes by itself") {
    say("GET /compute/v2.1/limits", {{"overLimit", {{"code", 413}}}}, 413);
    say("GET /compute/v2.1/limits", {{"limits", 1}});
    CHECK(limits()["limits"] == 1);
    CHECK(logins == 1);
}

TEST_CASE_FIXTURE(Site, "openstack: authorities of its own") {
    say("GET /compute/v2.1/limits", {{"limits", 1}});
    limits();
    CHECK_FALSE(asked.back().request.tls);
    record["CaCert"] = "/etc/site.pem";
    limits();
    REQUIRE(asked.back().request.tls);
    CHECK(asked.back().request.tls->ca == "/etc/site.pem");
    CHECK(asked.back().request.tls->verify);
    record["Insecure"] = true;
    limits();
    CHECK_FALSE(asked.front().request.tls);
    CHECK_FALSE(asked.back().request.tls->verify);
}
