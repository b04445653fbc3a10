// Filters of list calls, done on our side: a standalone swarm passes over those that it does not
// know, and what is removed by such a list must not be somebody else's.
#pragma once

#include "lib/engine/options.hpp"
#include "lib/engine/types.hpp"

namespace orch::engine {

/// Whether labels are what the filter "label" asks for: all of "name" and "name=value".
bool labels_fit(const Filters& filters, const Labels& labels);

/// Whether an event is what the filters "type", "event" and "label" ask for.
bool event_fits(const Filters& filters, const EngineEvent& event);

} // namespace orch::engine
