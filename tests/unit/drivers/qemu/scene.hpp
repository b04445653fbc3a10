// A computer with QEMU on it, as far as the driver sees it: programs that answer, a store, a
// process that may live.
#pragma once

#include "drivers/qemu/qemu.hpp"
#include "lib/fs/files.hpp"
#include "tests/support/fake_qemu.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

namespace orch::test {

struct QemuScene {
    TempDir store;
    FakeWorld fake;
    FakeQemu programs;
    World world{programs, fake.http, fake.ssh, fake.clock};
    std::filesystem::path dir = store / "machines" / "web1";
    std::filesystem::path image = store.write("image.qcow2", "an image");
    drivers::qemu::Driver driver{
        {.world = world, .dir = dir, .store = store.path(), .machine = "web1"}, os::Environment()};
    std::vector<drivers::Record> saved;

    QemuScene() {
        std::filesystem::create_directories(dir);
        std::filesystem::create_directories(store / "locks");
    }

    /// The options as a user leaves them, but for the image and what is given here.
    [[nodiscard]] drivers::Request
    request(const std::map<std::string, std::string>& given = {}) const {
        drivers::Request request;
        for (const auto& option : drivers::qemu::info().options) {
            const auto found = given.find(option.name);
            auto raw = found == given.end() ? option.fallback : found->second;
            if (option.name == "qemu-image" && found == given.end())
                raw = image.string();
            request.values.set(option.name, drivers::value_from_text(option, raw));
        }
        return request;
    }

    drivers::Record create(const std::map<std::string, std::string>& given = {}) {
        return driver.create(
            request(given),
            [&](const drivers::Record& record) { saved.push_back(record); },
            fake.job
        );
    }
};

} // namespace orch::test
