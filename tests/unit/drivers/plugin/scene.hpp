// A store, a provider and tests/fakes/docker-machine-driver-double, which speaks as plugins in Go
// do and fails as plugins fail.
#pragma once

#include "drivers/plugin/plugins.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace orch::test {

/// How long is waited where it is waited for.
inline constexpr std::chrono::milliseconds short_limit{800};

/// The plugin fails as `fault` says. All plugins that were started have ended when this ends.
class Scene {
  public:
    explicit Scene(const std::string& fault = "", std::map<std::string, std::string> more = {}) {
        for (const auto* const hangs : {"hang-start", "flood-start", "silent-socket"})
            if (fault == hangs)
                limits.start = short_limit;
        for (const auto* const hangs : {"half-hang", "hang-flags", "hang-state"})
            if (fault == hangs)
                limits.local = limits.query = short_limit;
        std::filesystem::create_directories(machine_dir);
        std::filesystem::create_directories(dir / "cloud");
        std::map<std::string, std::string, std::less<>> variables{
            {"PATH", ORCH_TEST_DATA "/../fakes:/usr/bin:/bin"},
            {"DOUBLE_CLOUD", dir / "cloud"},
            {"DOUBLE_FAULT", fault},
        };
        for (auto& [name, value] : more)
            variables[name] = value;
        plugins = std::make_unique<drivers::plugin::Plugins>(os::Environment(variables), limits);
    }

    ~Scene() {
        driver_.reset();
        plugins.reset();
        CHECK(running() == 0);
    }

    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    drivers::Driver& driver() {
        if (!driver_)
            driver_ = new_driver();
        return *driver_;
    }

    std::unique_ptr<drivers::Driver> new_driver() {
        return plugins->find("double")->make(
            {.world = fake.world, .dir = machine_dir, .store = dir.path(), .machine = "web1"}
        );
    }

    void forget_driver() { driver_.reset(); }

    drivers::Request request() {
        plugins->learn("double", std::chrono::seconds(20), {});
        drivers::Request request{
            .swarm_master = true,
            .swarm_host = "tcp://0.0.0.0:3376",
            .swarm_discovery = "token://x",
            .engine_install_url = "https://get.docker.com"};
        for (const auto& option : plugins->find("double")->info.options)
            request.values.set(option.name, drivers::value_from_text(option, option.fallback));
        request.values.set("double-ip-address", std::string("192.0.2.7"));
        return request;
    }

    drivers::Record create() {
        const auto wishes = request();
        driver().check(wishes, fake.job);
        return driver().create(
            wishes, [this](const drivers::Record& record) { saved.push_back(record); }, fake.job
        );
    }

    /// Process ids of all plugins that were started.
    std::vector<std::string> started() const {
        const auto file = dir / "cloud/pids";
        return std::filesystem::exists(file) ? text::lines(fs::read_file(file))
                                             : std::vector<std::string>();
    }

    /// How many of them are there, also as zombies.
    std::ptrdiff_t running() const {
        const auto pids = started();
        return std::count_if(pids.begin(), pids.end(), [](const std::string& pid) {
            return ::kill(std::stoi(pid), 0) == 0;
        });
    }

    void set_state(int state, const std::string& address = "192.0.2.8") const {
        fs::write_atomic(
            dir / "cloud/web1.json",
            fmt::format(R"({{"state": {}, "address": "{}"}})", state, address),
            0600
        );
    }

    drivers::plugin::Limits limits{
        .start = std::chrono::seconds(20),
        .local = std::chrono::seconds(20),
        .query = std::chrono::seconds(20),
        .check = std::chrono::seconds(20),
        .change = std::chrono::seconds(20),
        .goodbye = std::chrono::milliseconds(250),
        .heartbeat = std::chrono::milliseconds(200),
        .silence = std::chrono::milliseconds(1200),
        .checkpoint = std::chrono::milliseconds(100),
    };
    FakeWorld fake;
    TempDir dir;
    std::filesystem::path machine_dir = dir / "machines/web1";
    std::unique_ptr<drivers::plugin::Plugins> plugins;
    std::vector<drivers::Record> saved;

  private:
    std::unique_ptr<drivers::Driver> driver_;
};

} // namespace orch::test
