#include "cmd/persona.hpp"

#include "lib/base/text.hpp"

namespace orch::cmd {

Persona persona_of(std::string_view program) {
    const auto name = program.substr(program.find_last_of('/') + 1); // npos + 1 is 0
    if (name == program_name(Persona::docker_machine))
        return Persona::docker_machine;
    if (name == program_name(Persona::docker_compose))
        return Persona::docker_compose;
    return Persona::orch;
}

std::string_view program_name(Persona persona) {
    switch (persona) {
    case Persona::docker_machine:
        return "docker-machine";
    case Persona::docker_compose:
        return "docker-compose";
    case Persona::orch:
        break;
    }
    return "orch";
}

std::string in_words_of(Persona persona, std::string text) {
    if (persona == Persona::docker_machine)
        return text::replace_all(std::move(text), "orch machine", "docker-machine");
    if (persona == Persona::docker_compose)
        return text::replace_all(std::move(text), "orch compose", "docker-compose");
    return text;
}

std::string typed(const std::vector<std::string>& argv) {
    auto words = argv;
    if (!words.empty() && words.front().find_first_of(" \\") != std::string::npos)
        words.front() = '"' + words.front() + '"';
    return text::join(words, " ");
}

} // namespace orch::cmd
