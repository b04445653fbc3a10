#include "cmd/ui/progress_plain.hpp"
#include "tests/unit/cmd/harness.hpp"

#include <doctest/doctest.h>

namespace orch::cmd::ui {

namespace {

using progress::Event;
using progress::Status;

std::string shown(const ProgressStyle& style, const std::vector<Event>& events) {
    test::RecordedConsole recorded;
    PlainProgress progress(recorded.console, style);
    for (const auto& event : events)
        progress.emit(event);
    return recorded.err();
}

Event event(std::string id, Status status, std::string text, std::string detail = "") {
    return {
        .id = std::move(id),
        .parent = {},
        .status = status,
        .text = std::move(text),
        .amount = {},
        .detail = std::move(detail)};
}

} // namespace

TEST_CASE("plain progress: machines say who they are") {
    const std::vector<Event> events{
        event("web1", Status::working, "Waiting for SSH"),
        event("web1", Status::working, "Waiting for SSH"),
        event("web2", Status::warning, "the certificate expires soon"),
        event("web1", Status::done, "Machine is up"),
        event("web2", Status::failed, "Installing the engine", "apt: no\nroom"),
        event("", Status::note, "All done"),
    };
    CHECK(
        shown({.layout = Layout::machines}, events) ==
        "web1: Waiting for SSH\n"
        "web2: warning: the certificate expires soon\n"
        "web1: Machine is up\n"
        "web2: Installing the engine\n"
        "web2: apt: no\n"
        "web2: room\n"
        "All done\n"
    );
}

TEST_CASE("plain progress: docker-machine's name and one machine give the bare text") {
    const std::vector events{event("web1", Status::working, "Starting \"web1\"...")};
    CHECK(shown({.layout = Layout::one_machine, .bare = true}, events) == "Starting \"web1\"...\n");
    CHECK(shown({.layout = Layout::one_machine}, events) == "web1: Starting \"web1\"...\n");
    CHECK(
        shown({.layout = Layout::machines, .bare = true}, events) == "web1: Starting \"web1\"...\n"
    );
}

TEST_CASE("plain progress: docker-compose's pairs of lines, aligned as far as names are known") {
    const std::vector<Event> events{
        event("p_web_1", Status::working, "Creating"),
        event("p_db_1", Status::working, "Creating"),
        event("p_db_1", Status::done, "Created"),
        event("p_web_1", Status::failed, "Creating", "port is in use"),
        event("p_x_1", Status::note, "is up-to-date"),
        event("p", Status::warning, "there are orphans"),
    };
    CHECK(
        shown({.layout = Layout::compose}, events) == "Creating p_web_1 ... \n"
                                                      "Creating p_db_1  ... \n"
                                                      "Creating p_db_1  ... done\n"
                                                      "Creating p_web_1 ... error\n"
                                                      "ERROR: for p_web_1  port is in use\n"
                                                      "p_x_1 is up-to-date\n"
                                                      "warning: p: there are orphans\n"
    );
}

TEST_CASE("plain progress: under docker-compose's name an error stands apart") {
    const std::vector<Event> events{event("p_web_1", Status::failed, "Creating", "port is in use")};
    CHECK(
        shown({.layout = Layout::compose, .bare = true}, events) ==
        "Creating p_web_1 ... error\n\nERROR: for p_web_1  port is in use\n"
    );
}

TEST_CASE("plain progress: amounts and parts are not worth a line, their failures are") {
    Event pulling = event("web", Status::working, "Pulling");
    Event layer = event("abc", Status::working, "Downloading");
    layer.parent = "web";
    layer.amount = progress::Amount{1, 2};
    Event more = pulling;
    more.amount = progress::Amount{1, 2};
    Event broken = layer;
    broken.status = Status::failed;
    broken.text = "Downloading";
    CHECK(
        shown({.layout = Layout::compose}, {pulling, layer, more, broken}) ==
        "Pulling web ... \nDownloading abc ... error\n"
    );
}

TEST_CASE("plain progress: lines of a build come through as they are") {
    CHECK(
        shown(
            {.layout = Layout::compose},
            {event("web", Status::working, "Building"),
             event("web", Status::working, "Building", "Step 1/2 : FROM x")}
        ) == "Building web ... \nStep 1/2 : FROM x\n"
    );
}

} // namespace orch::cmd::ui
