#include "drivers/kit/cloud.hpp"
#include "drivers/kit/secrets.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>

namespace kit = orch::drivers::kit;
namespace drivers = orch::drivers;
using orch::Kind;
using orch::test::error_of;

TEST_CASE("cloud: the fingerprint is ssh-keygen's with -E md5") {
    const auto* line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbpoRXAUp3p31bd2L+t3q0CYhLLcEuZnkZ0dDXhXK6M a@b\n";
    const auto fingerprint = kit::md5_fingerprint(line);
    CHECK(fingerprint.size() == 47);
    CHECK(fingerprint == kit::md5_fingerprint(std::string(line) + "\n"));
    CHECK(fingerprint != kit::md5_fingerprint("ssh-ed25519 AAAA a@b"));
}

TEST_CASE("cloud: ports to open, with their protocol") {
    CHECK(kit::parse_open_port("x-open-port", "80") == kit::OpenPort{80, "tcp"});
    CHECK(kit::parse_open_port("x-open-port", "53/UDP") == kit::OpenPort{53, "udp"});
    for (const auto* wrong : {"", "0", "65536", "80/icmp", "80/", "a", "80-90"}) {
        CAPTURE(wrong);
        const auto error = error_of([&] { kit::parse_open_port("x-open-port", wrong); });
        CHECK(error.kind() == Kind::usage);
        CHECK(error.message().find("--x-open-port") != std::string::npos);
    }
}

TEST_CASE("cloud: labels are pairs") {
    const auto pairs = kit::pairs_of("x-label", {"a=1", "b=c=d", "e="});
    REQUIRE(pairs.size() == 3);
    CHECK(pairs[1].second == "c=d");
    CHECK(pairs[2].second.empty());
    CHECK(error_of([&] { kit::pairs_of("x-label", {"=1"}); }).kind() == Kind::usage);
}

TEST_CASE("cloud: user data has a limit, and a file that is missing is named") {
    const orch::test::TempDir dir;
    const auto file = dir.write("data", "#cloud-config\n");
    CHECK(kit::user_data_in("x-userdata", file.string(), 100) == "#cloud-config\n");
    CHECK(kit::user_data_in("x-userdata", "", 100).empty());
    CHECK(error_of([&] {
              kit::user_data_in("x-userdata", file.string(), 3);
          }).kind() == Kind::invalid);
    CHECK(error_of([&] { kit::user_data_in("x-userdata", "/none", 3); }).kind() == Kind::not_found);
}

TEST_CASE(
    "secrets: in a file of their own, for the owner only; the environment fills what is missing"
) {
    const orch::test::TempDir dir;
    orch::test::FakeWorld fake;
    const drivers::Access access{
        .world = fake.world, .dir = dir.path(), .store = dir.path(), .machine = "web1"};
    const drivers::Info info{
        .name = "cumulus",
        .options =
            {
                {.name = "cumulus-token", .env = "CUMULUS_TOKEN", .help = "t", .secret = true},
                {.name = "cumulus-password",
                 .env = "CUMULUS_PASSWORD",
                 .help = "p",
                 .secret = true},
                {.name = "cumulus-region", .env = "CUMULUS_REGION", .help = "r"},
            },
    };
    drivers::Values values;
    values.set("cumulus-token", std::string("given"));
    values.set("cumulus-password", std::string());
    values.set("cumulus-region", std::string("here"));
    kit::store_secrets(access, kit::secrets_of(info, values));
    const auto file = dir.path() / "credentials.json";
    CHECK(
        (std::filesystem::status(file).permissions() & std::filesystem::perms(0077)) ==
        std::filesystem::perms::none
    );
    CHECK(orch::fs::read_file(file).find("here") == std::string::npos);

    const orch::os::Environment environment(std::map<std::string, std::string, std::less<>>{
        {"CUMULUS_TOKEN", "other"}, {"CUMULUS_PASSWORD", "from there"}});
    const auto secrets = kit::load_secrets(access, info, environment);
    const auto get = [&](const char* option, const drivers::Record& record) {
        return kit::required_secret(secrets, info, option, record, "AccessToken").reveal();
    };
    CHECK(get("cumulus-token", {{"AccessToken", "old"}}) == "given");
    CHECK(get("cumulus-password", {}) == "from there");

    const auto none = kit::load_secrets(
        {.world = fake.world, .dir = "/nonexistent", .store = "/", .machine = "a"}, info, {}
    );
    CHECK(
        kit::required_secret(none, info, "cumulus-token", {{"AccessToken", "old"}}, "AccessToken")
            .reveal() == "old"
    );
    const auto error =
        error_of([&] { kit::required_secret(none, info, "cumulus-token", {}, "AccessToken"); });
    CHECK(error.kind() == Kind::denied);
    CHECK(error.hint().find("CUMULUS_TOKEN") != std::string::npos);
}
