// The drivers that this build knows, and those that are programs of their own.
#pragma once

#include "drivers/driver.hpp"
#include "lib/os/environment.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers {

struct Row {
    Info info;
    std::function<std::unique_ptr<Driver>(Access)> make;
};

/// Drivers beyond the table: programs, looked for when somebody names them.
class Outside {
  public:
    virtual ~Outside() = default;

    /// Null if there is none of that name. Starts nothing, and so knows no options yet. The row
    /// lives as long as this does.
    virtual const Row* find(std::string_view name) = 0;

    /// All that there are.
    virtual std::vector<std::string> names() = 0;

    /// Asks the driver, if there is one, for its options; find() knows them from then on. It has
    /// `limit` for each step. Throws Error that names the program and what is wrong with it.
    virtual void
    learn(std::string_view name, std::chrono::milliseconds limit, const std::stop_token& stop) = 0;
};

class Registry {
  public:
    explicit Registry(std::vector<Row> rows, std::shared_ptr<Outside> outside = nullptr)
        : rows_(std::move(rows)), outside_(std::move(outside)) {}

    /// In the order of the table.
    [[nodiscard]] const std::vector<Row>& rows() const noexcept { return rows_; }

    /// Of the table, else beyond it. Null if there is no such driver.
    [[nodiscard]] const Row* find(std::string_view name) const;

    /// Whether the driver is one of the table.
    [[nodiscard]] bool has_built_in(std::string_view name) const noexcept;

    /// Null if there is only the table. Copies share it.
    [[nodiscard]] Outside* outside() const noexcept { return outside_.get(); }

  private:
    std::vector<Row> rows_;
    std::shared_ptr<Outside> outside_;
};

/// `environment` is for drivers that look for programs or files of the user.
Registry builtin_registry(const os::Environment& environment);

/// The driver of a create that names none: $MACHINE_DRIVER, else virtualbox where it is installed,
/// else docker.
std::string default_driver(const Registry& registry, const os::Environment& environment);

} // namespace orch::drivers
