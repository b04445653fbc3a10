// From a checked, merged service to the typed model.
#pragma once

#include "compose/load/environment.hpp"
#include "compose/load/load.hpp"
#include "compose/load/raw.hpp"
#include "compose/model/service.hpp"

namespace orch::compose::load {

class Normaliser {
  public:
    /// `services` are all of the project: what is none of them is a container.
    Normaliser(const RawServices& services, Context& context, const Source& source)
        : services_(services), context_(context), environments_(context), source_(source) {}

    /// Findings are about what the disk says: build directories, env files, profiles.
    Service run(const RawService& raw);

  private:
    void set_source(const RawService& raw, Service& service);
    void set_volumes(const RawService& raw, Service& service);
    void set_sharing(const RawService& raw, Service& service);
    void set_security(const RawService& raw, Service& service);

    const RawServices& services_;
    Context& context_;
    Environments environments_;
    const Source& source_;
};

} // namespace orch::compose::load
