// Making a virtual machine of Azure: what is checked before, then step by step.
#pragma once

#include "drivers/azure/arm.hpp"
#include "drivers/azure/bodies.hpp"

#include <string>

namespace orch::drivers::azure {

inline constexpr auto default_image = "Canonical:ubuntu-24_04-lts:server:latest";

/// The record of a machine of which nothing is made yet, with a mark of its own.
Record draft(const Access& access, const Request& request);

/// Before anything is asked. Throws Error(usage, invalid) naming the option.
void check_wishes(const Values& values, const std::string& machine);

/// Asks for all that a create needs, and makes nothing. Throws Error naming what is not there, not
/// allowed or taken.
void check_account(Arm& arm, const Record& record, const Values& values);

/// The image to start from: the default one has a variant for each architecture. Throws
/// Error(not_found) if the size does not exist.
Image settle_image(Arm& arm, const Record& record, const Values& values);

/// Makes it; `record` is saved before each step that needs it to be undone.
void make(
    Arm& arm,
    const Access& access,
    const Request& request,
    Record& record,
    const Checkpoint& save,
    Job& job
);

/// The addresses that the machine has now, into the record.
void note_addresses(Arm& arm, Record& record);

} // namespace orch::drivers::azure
