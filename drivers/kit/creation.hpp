// What the creates of clouds work with, step by step.
#pragma once

#include "drivers/driver.hpp"
#include "lib/progress/sink.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace orch::drivers::kit {

/// Base of a driver's Creation. What it is given must outlive it.
class CreationSteps {
  protected:
    CreationSteps(
        const Access& access,
        const Request& request,
        Record& record,
        const Checkpoint& save,
        Job& job
    )
        : access_(access), request_(request), values_(request.values), record_(record), save_(save),
          job_(job) {}

    /// Tells the user what is being done.
    void say(std::string text, progress::Status status = progress::Status::working) const;

    /// Saves what was learned at once.
    void note(const std::string& field, nlohmann::json value);

    const Access& access_;
    const Request& request_;
    const Values& values_;
    Record& record_;
    const Checkpoint& save_;
    Job& job_;
};

} // namespace orch::drivers::kit
