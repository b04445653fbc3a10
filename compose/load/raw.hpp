// Services as files write them, before they are typed.
#pragma once

#include "lib/yaml/node.hpp"

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace orch::compose::load {

struct RawService {
    std::string name;
    yaml::Mark mark;                          // of the name
    yaml::Node options;                       // a mapping; after checking, of good values only
    std::set<std::string, std::less<>> wrong; // keys of which something was refused and taken out

    bool base_missing = false; // what it extends could not be had: reported already

    /// The key is there, or it was there and was refused.
    [[nodiscard]] bool mentions(std::string_view key) const {
        return options.find(key) != nullptr || wrong.contains(key);
    }
};

/// In file order, and quickly found by name.
class RawServices {
  public:
    /// Adds a service, or replaces the one of this name.
    void put(RawService service);

    [[nodiscard]] const RawService* find(std::string_view name) const;

    [[nodiscard]] const std::vector<RawService>& all() const noexcept { return services_; }

    [[nodiscard]] std::vector<RawService>& all() noexcept { return services_; }

  private:
    std::vector<RawService> services_;
    std::unordered_map<std::string, std::size_t> index_;
};

struct RawFile {
    std::string shown;          // as the user named it; marks show it
    std::filesystem::path path; // absolute; empty for standard input
    RawServices services;
    bool readable = false; // false: a finding says why, and there are no services
    std::set<std::string, std::less<>> refused; // services that were refused as a whole
};

/// The value of `key`, which is made if it is missing.
yaml::Node& member(yaml::Node& mapping, std::string_view key, const yaml::Mark& mark);

/// Takes `key` out of a mapping.
void erase(yaml::Node& mapping, std::string_view key);

} // namespace orch::compose::load
