// From a project and what is there to the plan that makes them agree. Pure: nothing is asked,
// nothing is changed.
#pragma once

#include "compose/model/project.hpp"
#include "compose/observed.hpp"
#include "compose/plan.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace orch::compose {

enum class Recreate { changed, always, never };

struct ReconcileOptions {
    std::vector<std::string> services{}; // with what they depend on; empty: all
    Recreate recreate = Recreate::changed;
    bool no_deps = false;  // the named services only
    bool no_build = false; // an image that would have to be built is an error
    bool no_pull = false;  // the same for one that would have to be pulled
    bool no_start = false; // create, do not start
    bool remove_orphans = false;
    bool ignore_orphans = false;        // no warning about them
    bool renew_volumes = false;         // recreate all with new anonymous volumes
    std::map<std::string, int> scale{}; // services not named here keep the number they have
    std::chrono::seconds grace{10};     // between SIGTERM and SIGKILL
};

/// Throws Error(not_found) for a service or container that does not exist, Error(invalid) for an
/// image that must be built or pulled but may not be.
Plan reconcile(const Project& project, const Observed& observed, const ReconcileOptions& options);

} // namespace orch::compose
