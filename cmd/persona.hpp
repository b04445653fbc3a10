// Under which name orch was called: its own, or a link named after one of the older tools.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orch::cmd {

enum class Persona { orch, docker_machine, docker_compose };

/// From argv[0]; only its last path component counts.
Persona persona_of(std::string_view program);

/// What the user types first: "orch", "docker-machine" or "docker-compose".
std::string_view program_name(Persona persona);

/// `text` with "orch machine" and "orch compose" spelled as this persona's user would type them.
std::string in_words_of(Persona persona, std::string text);

/// The words as one line, the program's name in quotes if it needs them.
std::string typed(const std::vector<std::string>& argv);

} // namespace orch::cmd
