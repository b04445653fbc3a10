// What version 1 and the Compose Specification write in the same way.
#pragma once

#include "compose/load/key_writer.hpp"
#include "compose/model/service.hpp"

#include <string>
#include <vector>

namespace orch::compose::load {

/// Each element of `items` through `show`.
template <class Items, class Show>
std::vector<std::string> each(const Items& items, Show show) {
    std::vector<std::string> result;
    for (const auto& item : items)
        result.push_back(show(item));
    return result;
}

/// SERVICE[:ALIAS]
std::string link_text(const Link& link);

/// A value of a variable; empty for a bare name.
std::string variable_text(const std::optional<std::string>& value);

/// The keys that have the same name, form and meaning in both formats.
void write_common(const Service& service, KeyWriter& out);

} // namespace orch::compose::load
