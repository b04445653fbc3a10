// A computer with VirtualBox on it, and the driver of one machine there.
#pragma once

#include "drivers/virtualbox/virtualbox.hpp"
#include "drivers/virtualbox/wishes.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_vbox.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace orch::test {

namespace vbox = orch::drivers::virtualbox;

using Lines = std::vector<std::string>;

inline std::string disk_image(std::size_t size) {
    std::string image(size, '\0');
    image[510] = '\x55';
    image[511] = '\xaa';
    return image;
}

inline std::string iso_image(const std::string& name) {
    std::string image(0x8800, '\0');
    image.replace(0x8001, 5, "CD001");
    image.replace(0x8028, name.size(), name);
    return image;
}

/// A computer with VirtualBox on it, and the driver of machine "web1".
struct VirtualBox {
    orch::test::FakeWorld fake;
    orch::test::FakeVBox box;
    orch::World world{box, fake.http, fake.ssh, fake.clock};
    orch::test::TempDir dir;
    orch::drivers::Values values;
    std::vector<orch::drivers::Record> saved;
    vbox::Host host;

    VirtualBox() {
        orch::fs::write_atomic(dir.path() / "VBoxManage", "#!/bin/sh\n", 0755);
        host.environment = orch::os::Environment(std::map<std::string, std::string, std::less<>>{
            {"PATH", dir.path().string()},
            {"HOME", dir.path().string()},
        });
        host.interfaces = [] { return std::vector<orch::net::Interface>{}; };
        host.virtualizes = [] { return true; };
        host.networks_conf = dir.path() / "networks.conf";
        for (const auto& option : vbox::info().options)
            values.set(option.name, orch::drivers::value_from_text(option, option.fallback));
        values.set("virtualbox-image", dir.write("disk.raw", disk_image(3 << 20)).string());
    }

    vbox::Driver driver() {
        std::filesystem::create_directories(machine());
        return {{.world = world, .dir = machine(), .store = dir.path(), .machine = "web1"}, host};
    }

    [[nodiscard]] std::filesystem::path machine() const { return dir.path() / "machines" / "web1"; }

    orch::drivers::Record create() {
        auto maker = driver();
        const orch::drivers::Request request{.values = values};
        maker.check(request, fake.job);
        return maker.create(
            request,
            [this](const orch::drivers::Record& record) { saved.push_back(record); },
            fake.job
        );
    }

    orch::Error refused() {
        return error_of([this] { create(); });
    }

    orch::test::FakeVBox::Vm& vm() { return box.vms.begin()->second; }

    /// The calls that begin with these words, the id of the VM replaced by ID, the directory by D.
    std::vector<std::string> called(const std::string& words) {
        auto lines = box.lines();
        for (auto& line : lines) {
            const auto replace = [&line](const std::string& from, const std::string& to) {
                for (auto at = line.find(from); at != std::string::npos; at = line.find(from))
                    line.replace(at, from.size(), to);
            };
            if (!saved.empty())
                replace(saved.front()["VMId"].get<std::string>(), "ID");
            replace(machine().string(), "D");
        }
        std::erase_if(lines, [&](const std::string& line) { return !line.starts_with(words); });
        return lines;
    }
};

} // namespace orch::test
