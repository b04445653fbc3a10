// `extends`: services built on services of the same or another file.
#pragma once

#include "compose/load/context.hpp"
#include "compose/load/raw.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace orch::compose::load {

/// Resolves services; files that are read on the way are kept. `first` is the first file as it is
/// on disk, where a base without a file is looked for; it must outlive the resolver.
class Extender {
  public:
    Extender(const RawFile& first, Context& context);

    /// `service` with its bases below it and without `extends`. Findings stand at the extends.
    RawService resolve(const RawService& service);

  private:
    using Place = std::pair<std::string, std::string>; // file (absolute), service

    struct Target {
        const RawFile* file = nullptr;
        std::string service;
        yaml::Mark mark; // of the extends
    };

    RawService resolve(const RawService& service, const RawFile& file);
    std::optional<Target> target_of(const RawService& service, const RawFile& file);
    const RawFile* open(const std::string& written, const yaml::Mark& mark);
    const RawService* base_of(const Target& target);
    bool closes_circle(const Place& place, const yaml::Mark& mark);
    bool may_be_extended(const RawService& base, const Target& target);

    const RawFile& first_;
    Context& context_;
    std::map<std::string, RawFile> files_;                // by absolute path
    std::map<Place, std::optional<RawService>> resolved_; // bases; nothing: could not be resolved
    std::vector<std::pair<Place, std::string>>
        trail_; // what is being resolved, and its file as shown
};

} // namespace orch::compose::load
