// Making an instance, step by step.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/google/project.hpp"

namespace orch::drivers::google {

/// Makes the instance that `record` wishes, or sets up the one that is there, and waits until it
/// runs. The record learns what it is.
void make_instance(
    const Access& access,
    Project& project,
    const Request& request,
    Record& record,
    const Checkpoint& save,
    Job& job
);

/// Makes the instance anew with the disk that is left of it.
void make_again(const Access& access, Project& project, Record& record, Job& job);

/// Puts addresses into the record.
void note_addresses(const Json& instance, Record& record);

/// docker-machine's state of Google's status.
State state_of(const Json& instance);

} // namespace orch::drivers::google
