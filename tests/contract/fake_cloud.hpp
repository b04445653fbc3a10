// The fake of a cloud (tests/fakes/cloud) as a process, and how its users find it.
#pragma once

#include "drivers/registry.hpp"
#include "lib/os/environment.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace orch::test {

class FakeCloud {
  public:
    /// Whether there is a fake of that driver's provider.
    static bool exists(const std::string& driver);

    /// Serves until destroyed. Its servers are nothing but entries.
    explicit FakeCloud(const std::string& driver);
    ~FakeCloud();
    FakeCloud(const FakeCloud&) = delete;
    FakeCloud& operator=(const FakeCloud&) = delete;

    /// The variables that tests/e2e/cloud/DRIVER.sh sets for a user of the fake.
    [[nodiscard]] const os::Environment& environment() const noexcept { return environment_; }

    /// The same without those that hold a secret of the driver.
    [[nodiscard]] os::Environment without_secrets(const drivers::Info& info) const;

    /// The driver's options as that user leaves them.
    [[nodiscard]] drivers::Values values(const drivers::Info& info) const;

    /// One of the credentials.
    [[nodiscard]] const std::string& secret() const noexcept { return secret_; }

    [[nodiscard]] const std::string& url() const noexcept { return url_; }

  private:
    void read_settings(const std::string& driver, const std::string& port);

    TempDir dir_;
    pid_t process_ = -1;
    std::string url_;
    os::Environment environment_;
    std::string secret_;
    std::vector<std::string> options_; // words of a command line
};

} // namespace orch::test
