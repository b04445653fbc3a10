// The environment of a service: its env_files, `environment` over them, values from outside last.
#pragma once

#include "compose/load/context.hpp"
#include "compose/load/values/env_file.hpp"

#include <map>
#include <optional>
#include <string>

namespace orch::compose::load {

/// Environments of services; a file that several of them name is read once.
class Environments {
  public:
    using Variables = std::map<std::string, std::optional<std::string>>;

    explicit Environments(Context& context) : context_(context) {}

    /// Of a service with these options. A missing file is a finding.
    Variables resolve(const yaml::Node& options);

  private:
    void add_file(const yaml::Node& name, Variables& variables);

    Context& context_;
    std::map<std::string, std::optional<values::EnvFile>> files_; // nothing: there is no such file
};

} // namespace orch::compose::load
