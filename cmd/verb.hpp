// Verbs as rows of a table, and the command tree that grows from the tables only where the command
// line leads: `orch --version` builds none of the hundreds of options.
#pragma once

#include "cmd/session.hpp"
#include "lib/base/error.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace orch::cmd {

struct Verb {
    std::string_view name;
    std::string_view summary;                      // one line, no full stop
    std::string_view section;                      // heading in the group's help; empty: not shown
    void (*add)(CLI::App& verb, Session& session); // declares options and calls choose()
};

/// Adds a row for each verb, `help` and the version flag to a group.
void add_verbs(CLI::App& group, Session& session, std::span<const Verb> verbs);

/// Says what to run when the verb is the one on the command line.
void choose(CLI::App& verb, Session& session, std::function<int()> run);

/// The verb of that name or alias, or null.
CLI::App* find_verb(CLI::App& group, const std::string& name);

/// Declares the options and verbs of `app` if that was not done yet.
void grow(CLI::App& app, Session& session);

/// Grows the whole tree; for completion of everything and for documentation checks.
void grow_all(CLI::App& app, Session& session);

/// Everything the user types to get there: "orch machine create".
std::string full_name(const CLI::App& app);

/// The command that the parsed words lead to.
CLI::App& deepest(CLI::App& app);

/// Whether other commands are below it.
bool is_group(const CLI::App& app);

/// One of the machine group: docker-machine's spelling of options holds there.
bool in_machine_group(const CLI::App& app);

/// Of the command that is not there: names the nearest one.
Error unknown_command(const CLI::App& group, const std::string& word, const Session& session);

} // namespace orch::cmd
