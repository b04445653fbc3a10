// A container's command as the engine's list spells it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orch::compose {

/// The list puts words with a space in them between single quotes and escapes nothing. The words
/// joined by spaces, without those quotes; nothing where the quotes leave more than one reading.
std::optional<std::string> unquoted_command(std::string_view listed);

} // namespace orch::compose
