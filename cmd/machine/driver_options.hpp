// The options of all drivers as command line options of `create`, and back as values for each
// machine.
#pragma once

#include "drivers/registry.hpp"
#include "lib/os/environment.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace orch::cmd::machine {

class DriverOptions {
  public:
    /// One option as the command line gave it.
    struct Given {
        std::vector<std::string> texts; // as often as it stands there
        bool flag = false;
    };

    /// Adds every driver's options to `app`, which has its own already, each driver's in a group
    /// "Options of driver NAME". Those of `plugin`, if it is not null, come before those of the
    /// table, and take their names. Where the command has an option of that name itself, there is
    /// one for both.
    DriverOptions(
        CLI::App& app, const drivers::Registry& registry, const drivers::Row* plugin = nullptr
    );

    /// The complete values of one driver for the `index`th of `count` machines: from the command
    /// line, else the environment, else the default. An option that is declared per machine takes a
    /// comma-separated list when there are several machines. Throws Error(usage) for a list of the
    /// wrong length, a value of the wrong kind, or an option of another driver.
    [[nodiscard]] drivers::Values values(
        const drivers::Info& info,
        const os::Environment& environment,
        std::size_t index,
        std::size_t count
    ) const;

  private:
    void add(CLI::App& app, const drivers::Info& info);
    [[nodiscard]] Given given(const std::string& name) const;

    std::shared_ptr<std::map<std::string, Given>> given_; // CLI11 writes into it while parsing
    std::map<std::string, std::string> owner_;            // option name -> driver name
    std::map<std::string, const CLI::Option*> shared_;    // with the command's own
};

} // namespace orch::cmd::machine
