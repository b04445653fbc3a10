// A store whose machines have engines that can be nodes.
#pragma once

#include "machine/store.hpp"
#include "machine/swarm/join.hpp"
#include "machine/swarm/leave.hpp"
#include "tests/support/fake_swarm.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>

namespace orch::test {

/// Hosts that are where their record says; nothing else.
class PlainDriver : public drivers::Driver {
  public:
    void check(const drivers::Request&, Job&) override {}

    drivers::Record create(const drivers::Request&, const drivers::Checkpoint&, Job&) override {
        return {};
    }

    drivers::State refresh(drivers::Record&, Job&) override { return drivers::State::running; }

    void power(drivers::Record&, drivers::Power, Job&) override {}

    void remove(const drivers::Record&, Job&) override {}

    [[nodiscard]] drivers::Reach reach(const drivers::Record& record) const override {
        const auto address = record.value("IPAddress", std::string());
        return {.address = address, .url = "tcp://" + address + ":2376", .ssh = {.host = address}};
    }
};

struct SwarmFixture {
    FakeWorld fake;
    FakeSwarm swarm;
    TempDir dir;
    machine::Store store{dir.path()};
    drivers::Registry registry{{{
        .info = {.name = "plain", .summary = "hosts in memory", .options = {}},
        .make = [](drivers::Access) { return std::make_unique<PlainDriver>(); },
    }}};
    machine::Context context{store, registry, fake.world};

    SwarmFixture() {
        fake.http.handler = [this](const http::Request& request) { return swarm.answer(request); };
    }

    /// A ready machine at 192.0.2.NUMBER.
    machine::Machine make(int number, bool master, const std::string& discovery = "token://hive") {
        machine::Machine made;
        made.name = "m" + std::to_string(number);
        made.driver = "plain";
        made.record = {{"IPAddress", address(number)}};
        made.swarm.is_swarm = made.swarm.agent = true;
        made.swarm.master = master;
        made.swarm.discovery = discovery;
        made.auth = store.default_auth(made.name);
        store.save(made);
        swarm.add(address(number));
        return made;
    }

    static std::string address(int number) { return "192.0.2." + std::to_string(number); }

    void join(int number, const Secret& token = {}) {
        auto machine = store.load("m" + std::to_string(number));
        const auto driver = require_driver(context, machine);
        machine::swarm::join(machine, driver->reach(machine.record), token, context, fake.job);
    }

    void leave(int number, bool force = false) {
        auto machine = store.load("m" + std::to_string(number));
        machine::swarm::leave(machine, force, context, fake.job);
    }

    /// Three machines, the first of which is the manager.
    void make_three(bool all_masters = false) {
        for (int number = 1; number <= 3; ++number) {
            make(number, number == 1 || all_masters);
            join(number);
        }
    }

    [[nodiscard]] std::string role(int number) const {
        const auto node = swarm.node(address(number));
        return node ? node->role : "none";
    }
};

} // namespace orch::test
