#include "compose/converge/link_variables.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace engine = orch::engine;

TEST_CASE("link variables: are those that engines up to 28 set") {
    engine::Container db;
    db.addresses["bridge"] = "172.17.0.2";
    db.ports = {{"", 6379, 0, "tcp"}, {"0.0.0.0", 53, 1053, "udp"}, {"", 53, 0, "tcp"}};
    db.env = {"PATH=/bin", "HOME=/root", "MODE=a=b", "BARE"};
    std::map<std::string, std::string> variables;
    compose::add_link_variables("p_web_1", "my-db", db, variables);
    CHECK(
        variables ==
        std::map<std::string, std::string>{
            {"MY_DB_NAME", "/p_web_1/my-db"},
            {"MY_DB_PORT", "tcp://172.17.0.2:53"},
            {"MY_DB_PORT_53_TCP", "tcp://172.17.0.2:53"},
            {"MY_DB_PORT_53_TCP_ADDR", "172.17.0.2"},
            {"MY_DB_PORT_53_TCP_PORT", "53"},
            {"MY_DB_PORT_53_TCP_PROTO", "tcp"},
            {"MY_DB_PORT_53_UDP", "udp://172.17.0.2:53"},
            {"MY_DB_PORT_53_UDP_ADDR", "172.17.0.2"},
            {"MY_DB_PORT_53_UDP_PORT", "53"},
            {"MY_DB_PORT_53_UDP_PROTO", "udp"},
            {"MY_DB_PORT_6379_TCP", "tcp://172.17.0.2:6379"},
            {"MY_DB_PORT_6379_TCP_ADDR", "172.17.0.2"},
            {"MY_DB_PORT_6379_TCP_PORT", "6379"},
            {"MY_DB_PORT_6379_TCP_PROTO", "tcp"},
            {"MY_DB_ENV_MODE", "a=b"}}
    );
}

TEST_CASE("link variables: three ports in a row are a range, two are not") {
    engine::Container db;
    db.addresses["bridge"] = "172.17.0.2";
    db.ports = {
        {"", 7002, 0, "tcp"},
        {"", 7000, 0, "tcp"},
        {"", 7001, 0, "tcp"},
        {"", 80, 0, "tcp"},
        {"", 81, 0, "tcp"},
        {"", 53, 0, "sctp"},
        {"", 53, 0, "tcp"}};
    std::map<std::string, std::string> variables;
    compose::add_link_variables("web", "db", db, variables);
    CHECK(variables["DB_PORT"] == "tcp://172.17.0.2:53");
    CHECK(variables["DB_PORT_7000_TCP_START"] == "tcp://172.17.0.2:7000");
    CHECK(variables["DB_PORT_7000_TCP_PORT_START"] == "7000");
    CHECK(variables["DB_PORT_7000_TCP_END"] == "tcp://172.17.0.2:7002");
    CHECK(variables["DB_PORT_7000_TCP_PORT_END"] == "7002");
    CHECK(variables.size() == 2 + 7 * 4 + 4);
}

TEST_CASE("link variables: without an address only the names are known") {
    std::map<std::string, std::string> variables;
    engine::Container db;
    db.ports = {{"", 6379, 0, "tcp"}};
    compose::add_link_variables("web", "db", db, variables);
    CHECK(variables == std::map<std::string, std::string>{{"DB_NAME", "/web/db"}});
}

TEST_CASE("link variables: those that the target has from its own links are not handed on") {
    std::map<std::string, std::string> variables;
    engine::Container db;
    db.links = {"/p_cache_1:/p_db_1/the-cache"};
    db.env = {
        "THE_CACHE_PORT=tcp://x:1",
        "THE_CACHE_NAME=/p_db_1/the-cache",
        "THE_CACHE_ENV_A=1",
        "THE_CACHE=mine"};
    compose::add_link_variables("web", "db", db, variables);
    CHECK(
        variables ==
        std::map<std::string, std::string>{{"DB_NAME", "/web/db"}, {"DB_ENV_THE_CACHE", "mine"}}
    );
}
