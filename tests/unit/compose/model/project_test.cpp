#include "compose/model/project.hpp"
#include "lib/base/error.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace compose = orch::compose;

namespace {

compose::Service service(std::string name, std::vector<std::string> links = {}) {
    compose::Service result;
    result.name = std::move(name);
    for (auto& link : links)
        result.links.push_back({.service = link, .alias = link});
    return result;
}

compose::Project project() {
    compose::Project result;
    result.name = "app";
    result.services = {
        service("db"), service("cache"), service("api", {"db"}), service("web", {"api", "cache"})};
    return result;
}

std::vector<std::string> names(const std::vector<const compose::Service*>& services) {
    std::vector<std::string> result;
    for (const auto* one : services)
        result.push_back(one->name);
    return result;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("project: selected services come in order, with or without what they need") {
    const auto all = project();
    CHECK(names(all.select({}, false)) == Names{"db", "cache", "api", "web"});
    CHECK(names(all.select({"api"}, false)) == Names{"api"});
    CHECK(names(all.select({"api"}, true)) == Names{"db", "api"});
    CHECK(names(all.select({"web", "db", "web"}, false)) == Names{"db", "web"});
    CHECK(names(all.select({"web"}, true)) == Names{"db", "cache", "api", "web"});
}

TEST_CASE("project: an unknown service is an error that names those there are") {
    try {
        static_cast<void>(project().select({"wbe"}, true));
        FAIL("it was found");
    } catch (const orch::Error& error) {
        CHECK(error.kind() == orch::Kind::not_found);
        CHECK(error.message() == "No such service: wbe");
        CHECK(error.hint() == "the services are: api, cache, db, web");
    }
    CHECK(project().find("wbe") == nullptr);
    CHECK(project().find("web")->name == "web");
}

TEST_CASE("project: names are docker-compose's") {
    auto one = project();
    auto web = service("web");
    web.image = "nginx:1";
    CHECK(one.container_name(web, 2) == "app_web_2");
    CHECK(one.image_of(web) == "nginx:1");
    web.build = compose::Build{.context = "/x", .dockerfile = ""};
    CHECK(one.image_of(web) == "app_web");
    one.name = "-_my_app-";
    CHECK(one.container_name(web, 1) == "my_app-_web_1");
    CHECK(one.image_of(web) == "my_app-_web");
    web.container_name = "own";
    CHECK(one.container_name(web, 3) == "own");
}

TEST_CASE("service: what it depends on, each once") {
    auto web = service("web", {"db", "cache", "db"});
    web.volumes_from = {
        {.source = "data", .mode = "rw", .is_service = true},
        {.source = "db", .mode = "ro", .is_service = true},
        {.source = "foreign", .mode = "rw", .is_service = false}};
    web.network = {.kind = compose::NetworkMode::Kind::service, .name = "proxy"};
    web.ipc = "service:shm";
    web.pid = "host";
    CHECK(web.dependencies() == Names{"db", "cache", "data", "proxy", "shm"});
    web.network = {.kind = compose::NetworkMode::Kind::container, .name = "proxy"};
    CHECK(web.dependencies() == Names{"db", "cache", "data", "shm"});
    CHECK(service("alone").dependencies().empty());
}
