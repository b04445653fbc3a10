#include "drivers/qemu/process.hpp"
#include "lib/base/error.hpp"
#include "lib/process/child.hpp"
#include "lib/tasks/clock.hpp"
#include "tests/support/qmp_server.hpp"
#include "tests/unit/drivers/qemu/scene.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <unistd.h>

namespace qemu = orch::drivers::qemu;
using orch::drivers::State;

namespace {

struct Scene : orch::test::QemuScene {
    qemu::Place place{dir / "qemu.pid", dir / "monitor"};
    std::unique_ptr<orch::process::Child> child;

    /// A process that was told that pid file, as QEMU is.
    void live(const std::filesystem::path& named) {
        child = std::make_unique<orch::process::Child>(orch::process::Launch{
            .program = "/bin/sh",
            .argv = {"qemu", "-c", "read word", "-pidfile", named.string()},
            .environment = {},
            .in = input.read.get()});
        // The number is only known to who looks for it.
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const auto name = entry.path().filename().string();
            if (name.find_first_not_of("0123456789") != std::string::npos)
                continue;
            std::error_code gone;
            if (!std::filesystem::exists(entry.path() / "cmdline", gone))
                continue;
            try {
                if (orch::fs::read_file(entry.path() / "cmdline").find(named.string()) !=
                    std::string::npos)
                    pid = name;
            } catch (const orch::Error&) {
                continue; // it has ended meanwhile
            }
        }
        orch::fs::write_atomic(place.pid_file, pid + "\n", 0600);
    }

    orch::process::Pipe input = orch::process::make_pipe();
    std::string pid;
};

orch::test::QmpServer::Answer status(const std::string& word) {
    return
        [word](const std::string&) { return "{\"return\": {\"status\": \"" + word + "\"}}\r\n"; };
}

} // namespace

TEST_CASE("qemu process: each word of QEMU is a state") {
    CHECK(qemu::state_of("running") == State::running);
    CHECK(qemu::state_of("save-vm") == State::running);
    CHECK(qemu::state_of("paused") == State::paused);
    CHECK(qemu::state_of("suspended") == State::paused);
    CHECK(qemu::state_of("inmigrate") == State::starting);
    CHECK(qemu::state_of("prelaunch") == State::starting);
    CHECK(qemu::state_of("shutdown") == State::stopped);
    CHECK(qemu::state_of("postmigrate") == State::stopped);
    CHECK(qemu::state_of("guest-panicked") == State::error);
    CHECK(qemu::state_of("io-error") == State::error);
    CHECK(qemu::state_of("") == State::error);
}

TEST_CASE_FIXTURE(
    Scene, "qemu process: without a pid file, or with one of the dead, it is stopped"
) {
    CHECK(qemu::ask_state(place, {}) == State::stopped);
    for (const auto* text : {"", "nonsense", "0", "1", "-5", "4194304999"}) {
        CAPTURE(text);
        orch::fs::write_atomic(place.pid_file, text, 0600);
        CHECK_FALSE(qemu::find_process(place));
    }
    CHECK_NOTHROW(qemu::kill(place, world, fake.job));
    CHECK_FALSE(std::filesystem::exists(place.pid_file));
}

TEST_CASE_FIXTURE(Scene, "qemu process: who has the number now is left alone") {
    orch::fs::write_atomic(place.pid_file, std::to_string(::getpid()) + "\n", 0600);
    CHECK(qemu::ask_state(place, {}) == State::stopped);
    live(store / "machines" / "other" / "qemu.pid");
    REQUIRE_FALSE(pid.empty());
    CHECK(qemu::ask_state(place, {}) == State::stopped);
    qemu::kill(place, world, fake.job);
    CHECK(std::filesystem::exists("/proc/" + pid));
}

TEST_CASE_FIXTURE(
    Scene, "qemu process: one that lives is asked; one that does not answer is an error"
) {
    live(place.pid_file);
    REQUIRE_FALSE(pid.empty());
    CHECK(std::to_string(qemu::find_process(place).value_or(0)) == pid);
    CHECK(qemu::ask_state(place, {}) == State::error);
    std::filesystem::create_directory_symlink(store / "machines", store / "linked");
    CHECK(qemu::find_process({store / "linked" / "web1" / "qemu.pid", place.monitor}));
    std::filesystem::copy_file(place.pid_file, store / "copied.pid");
    CHECK_FALSE(qemu::find_process({store / "copied.pid", place.monitor}));
    const orch::test::QmpServer server(place.monitor, status("paused"));
    CHECK(qemu::ask_state(place, {}) == State::paused);
}

TEST_CASE_FIXTURE(
    Scene, "qemu process: a guest that does not go down is not killed, but kill ends it"
) {
    live(place.pid_file);
    {
        const orch::test::QmpServer server(place.monitor, status(""));
        CHECK_THROWS_WITH_AS(
            qemu::power_down(place, "web1", world, fake.job),
            "machine \"web1\" does not shut down within 120 s",
            orch::Error
        );
        CHECK(server.commands().size() >= 3); // the button was pressed again
        CHECK(server.commands().front() == "system_powerdown");
    }
    CHECK(qemu::find_process(place));
    orch::tasks::SystemClock clock;
    orch::World real{programs, fake.http, fake.ssh, clock};
    qemu::kill(place, real, fake.job); // nobody at the socket: signals do it
    CHECK_FALSE(qemu::find_process(place));
    CHECK_FALSE(std::filesystem::exists(place.monitor));
    CHECK(child->wait() == 128 + 15);
}

TEST_CASE_FIXTURE(Scene, "qemu process: a socket's path that is too long goes elsewhere") {
    CHECK(qemu::monitor_path(dir, {}) == dir / "monitor");
    const std::filesystem::path deep = "/" + std::string(120, 'd');
    const auto runtime = store / "run";
    const auto there = qemu::monitor_path(deep, runtime);
    CHECK(there.parent_path() == runtime / "orch");
    CHECK(there == qemu::monitor_path(deep, runtime));
    CHECK(there != qemu::monitor_path(deep / "other", runtime));
    std::filesystem::permissions(runtime / "orch", std::filesystem::perms(0755));
    CHECK_THROWS_AS(qemu::monitor_path(deep, runtime), orch::Error);
}
