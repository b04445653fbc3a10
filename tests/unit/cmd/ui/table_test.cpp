#include "cmd/ui/table.hpp"

#include <doctest/doctest.h>

namespace orch::cmd::ui {

TEST_CASE("table: docker-machine's list, without padding behind the last column") {
    Table table({{"NAME"}, {"ACTIVE"}, {"DRIVER"}, {"ERRORS"}});
    table.row({"a", "-", "none"});
    table.row({"web-frontend", "*", "virtualbox", "Unknown"});
    CHECK(
        table.text(TableStyle::machine) == "NAME           ACTIVE   DRIVER       ERRORS\n"
                                           "a              -        none         \n"
                                           "web-frontend   *        virtualbox   Unknown\n"
    );
}

TEST_CASE("table: a narrow column of docker-machine's list is five wide") {
    Table table({{"A"}, {"B"}});
    table.row({"1", "2"});
    CHECK(table.text(TableStyle::machine) == "A    B\n1    2\n");
}

TEST_CASE("table: docker-compose's empty table") {
    const Table table({{"Name"}, {"Command"}, {"State"}, {"Ports"}});
    CHECK(
        table.text(TableStyle::compose) == "Name   Command   State   Ports\n"
                                           "------------------------------\n"
    );
}

TEST_CASE("table: docker-compose centres titles and fills up cells") {
    Table table({{"Name"}, {"Command"}, {"State"}, {"Ports"}});
    table.row({"p_web_1", "sleep 60", "Up", "6379/tcp"});
    table.row({"p_db_1", "sh", "Exit 0", ""});
    CHECK(
        table.text(TableStyle::compose) == " Name     Command    State     Ports  \n"
                                           "--------------------------------------\n"
                                           "p_web_1   sleep 60   Up       6379/tcp\n"
                                           "p_db_1    sh         Exit 0           \n"
    );
}

TEST_CASE("table: on a narrow terminal columns share the room and cells wrap") {
    Table table({{"Name"}, {"Command"}});
    table.row({"web", "one two three"});
    CHECK(
        table.text(TableStyle::compose, 12) == "Name   Comma\n"
                                               "        nd  \n"
                                               "------------\n"
                                               "web    one  \n"
                                               "       two  \n"
                                               "       three\n"
    );
}

TEST_CASE("table: wide characters do not break the columns") {
    Table table({{"NAME"}, {"STATE"}});
    table.row({"日本", "up"});
    table.row({"a", "up"});
    CHECK(table.text(TableStyle::machine) == "NAME   STATE\n日本   up\na      up\n");
}

TEST_CASE("table: numbers may stand right, surplus cells are dropped") {
    Table table({{"N", Align::right}, {"X"}});
    table.row({"100", "a", "surplus"});
    table.row({"7", "b"});
    CHECK(table.text(TableStyle::machine) == "  N   X\n100   a\n  7   b\n");
}

} // namespace orch::cmd::ui
