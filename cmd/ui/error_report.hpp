// How a failure looks and with which code the process ends.
#pragma once

#include "cmd/persona.hpp"
#include "lib/base/error.hpp"

#include <exception>
#include <string>

namespace orch::cmd::ui {

class Console;

/// 2 for usage (1 under the old names, whose scripts know nothing else), 130 for cancelled, else 1.
int exit_code(Kind kind, Persona persona);

struct ReportStyle {
    Persona persona = Persona::orch;
    bool trail = false; // the whole way down, for --debug
    bool color = false;
};

/// The lines for people, each with its end.
std::string error_text(const Error& error, const ReportStyle& style);

/// Reports one error of several; returns the exit code it stands for.
int report(Console& console, const Error& error, Persona persona, bool trail);

/// The exit code of the exception in flight, which nothing is said about.
int exit_code_of_current(Persona persona) noexcept;

/// Reports the exception in flight; call it inside a catch block. Returns the exit code.
int report_current(Console& console, Persona persona, bool trail) noexcept;

} // namespace orch::cmd::ui
