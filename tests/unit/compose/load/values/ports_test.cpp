#include "compose/load/values/ports.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace values = orch::compose::load::values;
using orch::compose::Port;

TEST_CASE("ports: every form of the grammar") {
    struct Row {
        std::string text;
        std::vector<Port> ports;
    };

    const Row rows[] = {
        {"3000", {{"", "", 3000, "tcp"}}},
        {"3000/udp", {{"", "", 3000, "udp"}}},
        {"3100-3101", {{"", "", 3100, "tcp"}, {"", "", 3101, "tcp"}}},
        {"8000:80", {{"", "8000", 80, "tcp"}}},
        {"0:80", {{"", "0", 80, "tcp"}}},
        {"080:080", {{"", "80", 80, "tcp"}}},
        {"9090-9091:8080-8081", {{"", "9090", 8080, "tcp"}, {"", "9091", 8081, "tcp"}}},
        {"8000-8010:80", {{"", "8000-8010", 80, "tcp"}}},
        {"127.0.0.1:8001:8001", {{"127.0.0.1", "8001", 8001, "tcp"}}},
        {"127.0.0.1::90/udp", {{"127.0.0.1", "", 90, "udp"}}},
        {"127.0.0.1::90-91", {{"127.0.0.1", "", 90, "tcp"}, {"127.0.0.1", "", 91, "tcp"}}},
        {"[::1]:80:80/sctp", {{"::1", "80", 80, "sctp"}}},
        {"::1:81:80", {{"::1", "81", 80, "tcp"}}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto parsed = values::parse_ports(row.text);
        CHECK(parsed.problem == "");
        CHECK(parsed.value == row.ports);
    }
}

TEST_CASE("ports: what is written of a port reads as the same port") {
    for (const std::string text :
         {"3000",
          "3000/udp",
          "8000:80",
          "8000-8010:80",
          "127.0.0.1:1:2",
          "127.0.0.1::2/udp",
          "[::1]:1:2"}) {
        CAPTURE(text);
        CHECK(values::port_text(values::parse_ports(text).value.at(0)) == text);
    }
}

TEST_CASE("ports: what is no port is refused") {
    for (const std::string text :
         {"",        ":",          "a",          "80:",   ":80",           "0",
          "65536",   "-1",         "80-",        "-80",   "2-1",           "80/",
          "80/icmp", "80/tcp/udp", "1:2:3",      "x:1:2", "1.2.3.4.5:1:2", "1 ",
          "+1",      "[::1]80",    "99999999999"}) {
        CAPTURE(text);
        CHECK(values::parse_ports(text).problem.starts_with("Invalid port \"" + text + "\""));
    }
    CHECK(values::parse_ports("1-2:1-3").problem == "Port ranges don't match in length");
    CHECK(values::parse_ports("1:1-3").problem == "Port ranges don't match in length");
}

TEST_CASE("expose: a port or a range with a protocol") {
    CHECK(values::parse_expose("80").value == std::vector<Port>{{"", "", 80, "tcp"}});
    CHECK(values::parse_expose("53/UDP").value == std::vector<Port>{{"", "", 53, "udp"}});
    CHECK(values::parse_expose("80-82").value.size() == 3);
    for (const char* text : {"", "80:80", "http", "80/", "0", "82-80"}) {
        CAPTURE(text);
        CHECK(values::parse_expose(text).problem == "should be of the format 'PORT[/PROTOCOL]'");
    }
}
