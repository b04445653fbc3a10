#include "cmd/ui/error_report.hpp"

#include "cmd/ui/console.hpp"
#include "compose/load/invalid_files.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/unreachable.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::cmd::ui {

namespace {

using orch::compose::load::InvalidFiles;

std::string headline(const Error& error, const ReportStyle& style) {
    std::string line;
    if (style.persona == Persona::orch)
        line = paint(Paint::red, "orch:", style.color) + " ";
    // docker-machine shows every step down to the cause, and scripts look for them.
    const auto shown = style.persona == Persona::orch
                           ? std::min<std::size_t>(error.trail().size(), 1)
                           : error.trail().size();
    for (std::size_t i = 0; i < shown; ++i)
        line += error.trail()[error.trail().size() - 1 - i] + ": ";
    return line + in_words_of(style.persona, error.message()) + "\n";
}

/// "./docker-compose.yml", as docker-compose joins a name to its folder.
std::string as_path(std::string file) {
    const bool joined = file.starts_with("/") || file.starts_with(".") || file == "standard input";
    return joined ? file : "./" + file;
}

/// The error with the first line that docker-compose's users and their scripts know.
Error with_known_headline(const Error& error) {
    const auto reworded = [&error](std::string headline) {
        Error other(error.kind(), "{}", headline);
        if (!error.hint().empty())
            other.hint("{}", error.hint());
        return other;
    };
    if (const auto* gone = dynamic_cast<const engine::Unreachable*>(&error);
        gone != nullptr && !gone->begun()) {
        auto other = reworded(
            fmt::format("Couldn't connect to Docker daemon at {} - is it running?", gone->url())
        );
        other.detail(gone->cause());
        return other;
    }
    if (const auto* wrong = dynamic_cast<const InvalidFiles*>(&error)) {
        auto files = wrong->files();
        std::transform(files.begin(), files.end(), files.begin(), as_path);
        auto other = reworded(fmt::format(
            fmt::runtime(
                files.size() == 1 ? "The Compose file '{}' is invalid because:"
                                  : "The Compose files '{}' are invalid because:"
            ),
            text::join(files, "', '")
        ));
        for (const auto& finding : wrong->details())
            other.detail(finding);
        return other;
    }
    return error;
}

/// For exceptions that are not ours: allocation, file system, a library.
int report_foreign(Console& console, Persona persona, const char* what) {
    const Error error(Kind::internal, "{}", what);
    console.err(error_text(error, {.persona = persona, .color = console.err_color()}));
    return exit_code(Kind::internal, persona);
}

} // namespace

int exit_code(Kind kind, Persona persona) {
    switch (kind) {
    case Kind::usage:
        return persona == Persona::orch ? 2 : 1;
    case Kind::cancelled:
        return persona == Persona::docker_compose ? 1 : 130;
    default:
        return 1;
    }
}

std::string error_text(const Error& error, const ReportStyle& style) {
    auto lines = headline(error, style);
    for (const auto& detail : error.details())
        lines += in_words_of(style.persona, detail) + "\n";
    if (!error.hint().empty())
        lines += paint(Paint::cyan, "hint:", style.color) + " " +
                 in_words_of(style.persona, error.hint()) + "\n";
    if (style.trail)
        for (const auto& context : error.trail())
            lines += "  while " + context + "\n";
    return lines;
}

int report(Console& console, const Error& error, Persona persona, bool trail) {
    if (persona == Persona::docker_compose && error.kind() == Kind::cancelled) {
        console.err("Aborting.\n");
        return exit_code(error.kind(), persona);
    }
    const ReportStyle style{.persona = persona, .trail = trail, .color = console.err_color()};
    console.err(
        error_text(persona == Persona::docker_compose ? with_known_headline(error) : error, style)
    );
    return exit_code(error.kind(), persona);
}

int exit_code_of_current(Persona persona) noexcept {
    try {
        throw;
    } catch (const Error& error) {
        return exit_code(error.kind(), persona);
    } catch (...) {
        return exit_code(Kind::internal, persona);
    }
}

int report_current(Console& console, Persona persona, bool trail) noexcept {
    try {
        throw;
    } catch (const OutputClosed&) {
        return 1;
    } catch (const Error& error) {
        return report(console, error, persona, trail);
    } catch (const std::exception& error) {
        return report_foreign(console, persona, error.what());
    } catch (...) {
        return report_foreign(console, persona, "something failed that cannot be described");
    }
}

} // namespace orch::cmd::ui
