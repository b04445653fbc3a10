// One service on top of another: several files, and `extends`.
#pragma once

#include "compose/load/raw.hpp"

namespace orch::compose::load {

/// `over` on `base`, key by key as keys.hpp says. An `extends` of `base` stays if `over` has none.
RawService merge(const RawService& base, const RawService& over);

/// The services of both files, those of `base` first.
RawServices merge(const RawServices& base, const RawServices& over);

} // namespace orch::compose::load
