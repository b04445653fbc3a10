// The drivers that this build knows.
#pragma once

#include "drivers/driver.hpp"
#include "lib/os/environment.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers {

struct Row {
    Info info;
    std::function<std::unique_ptr<Driver>(Access)> make;
};

class Registry {
  public:
    explicit Registry(std::vector<Row> rows) : rows_(std::move(rows)) {}

    /// In the order of the table.
    [[nodiscard]] const std::vector<Row>& rows() const noexcept { return rows_; }

    /// Null if there is no such driver.
    [[nodiscard]] const Row* find(std::string_view name) const noexcept;

  private:
    std::vector<Row> rows_;
};

/// `environment` is for drivers that look for programs or files of the user.
Registry builtin_registry(const os::Environment& environment);

/// The driver of a create that names none: $MACHINE_DRIVER, else virtualbox where it is installed,
/// else docker.
std::string default_driver(const Registry& registry, const os::Environment& environment);

} // namespace orch::drivers
