// What the sources of Engine share; for this room only.
#pragma once

#include "lib/engine/caller.hpp"
#include "lib/engine/engine.hpp"

namespace orch::engine {

struct Engine::Shared : Caller {
    using Caller::Caller;
};

} // namespace orch::engine
