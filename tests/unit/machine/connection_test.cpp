#include "lib/base/error.hpp"
#include "machine/connection.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace machine = orch::machine;
namespace drivers = orch::drivers;
using std::chrono::seconds;

namespace {

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    machine::Store store{dir.path() / "store"};
    drivers::Registry registry{{}};
    machine::Context context{store, registry, fake.world};

    Fixture() {
        for (int i = 0; i < 2000; ++i)
            fake.ssh.refuse({orch::Kind::network, "connection refused"});
    }

    /// Waits in vain; how long that took is in `waited`.
    orch::Error failure(const drivers::Reach& reach) {
        const auto before = fake.clock.now();
        try {
            machine::wait_for_ssh(context, "web1", reach, /*boots=*/true, fake.job);
        } catch (const orch::Error& error) {
            waited = std::chrono::duration_cast<seconds>(fake.clock.now() - before);
            return error;
        }
        return {orch::Kind::internal, "it logged in"};
    }

    seconds waited{0};
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "connection: a host that takes longer to start is waited for longer") {
    CHECK(
        failure({.ssh = {.host = "192.0.2.7"}}).message() ==
        "Too many retries waiting for SSH to be available.  Last error: connection refused"
    );
    const auto usual = waited;
    CHECK(failure({.patience = 5, .ssh = {.host = "192.0.2.7"}}).kind() == orch::Kind::network);
    CHECK(waited > usual * 4);
    CHECK(waited < usual * 6);
}

TEST_CASE_FIXTURE(Fixture, "connection: what the host printed last is shown where it is known") {
    const auto console = dir.write("serial.log", "one\r\ntwo\r\n\r\nthree\nfour\nfive\nsix\n");
    const auto error = failure({.console = console, .ssh = {.host = "192.0.2.7"}});
    CHECK(
        error.details() ==
        std::vector<std::string>{
            "console: two", "console: three", "console: four", "console: five", "console: six"}
    );
    CHECK(failure({.console = dir / "none", .ssh = {.host = "192.0.2.7"}}).details().empty());
}
