// How the guest's processor is made: by this computer's own, or computed.
#pragma once

#include "lib/world.hpp"

#include <string>

namespace orch::drivers::qemu {

/// The name of this computer's processor as QEMU spells it: "x86_64", "aarch64".
std::string host_arch();

/// The processor that "qemu-system-aarch64" or a path to it makes; this computer's if the name does
/// not tell.
std::string arch_of(const std::string& program);

/// What the wish means here. "auto" runs a trial guest: a /dev/kvm that can be opened may not run
/// any; then it is "tcg", and a line says why. A wish for one way is tried as well: throws
/// Error(unsupported), with QEMU's words, if that does not work.
std::string settle_accel(
    const std::string& wish,
    const std::string& program,
    const std::string& machine,
    World& world,
    Job& job
);

} // namespace orch::drivers::qemu
