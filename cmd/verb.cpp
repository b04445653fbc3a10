#include "cmd/verb.hpp"

#include "cmd/ui/help_page.hpp"
#include "cmd/version.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <map>

namespace orch::cmd {

namespace {

/// What the word was meant to be: a slip of the fingers, or the one thing that it begins.
std::string meant(const std::string& word, const std::vector<std::string>& known) {
    if (auto nearest = text::nearest(word, known); !nearest.empty())
        return nearest;
    const auto begins = [&](const std::string& each) { return each.starts_with(word); };
    const auto only = std::find_if(known.begin(), known.end(), begins);
    return std::count_if(known.begin(), known.end(), begins) == 1 ? *only : std::string();
}

int run_help(CLI::App& group, const std::vector<std::string>& words, Session& session) {
    auto* app = &group;
    for (const auto& word : words) {
        auto* const next = find_verb(*app, word);
        if (next == nullptr)
            throw unknown_command(*app, word, session);
        app = next;
        grow(*app, session);
    }
    session.console.out(ui::help_page(*app, session));
    return 0;
}

/// The heading of the last verb that is shown.
std::string last_section(std::span<const Verb> verbs) {
    const auto found = std::find_if(verbs.rbegin(), verbs.rend(), [](const Verb& verb) {
        return !verb.section.empty();
    });
    return found == verbs.rend() ? "Commands" : std::string(found->section);
}

void add_help(CLI::App& group, Session& session, const std::string& section) {
    auto* const help = group.add_subcommand("help", "Show help for a command");
    help->alias("h")->group(section);
    const auto words = std::make_shared<std::vector<std::string>>();
    help->add_option("command", *words, "The command");
    choose(*help, session, [&group, words, &session] { return run_help(group, *words, session); });
}

/// A flag, not a verb, and of the group alone: `compose up -v` must not print a version and
/// succeed.
void add_version_flag(CLI::App& group, Session& session) {
    const auto asked = std::make_shared<bool>(false);
    group.add_flag("-v,--version", *asked, "Show the version and exit");
    group.callback([&group, asked, &session] {
        if (!*asked)
            return;
        if (!group.get_subcommands().empty())
            throw Error(Kind::usage, "unknown option --version")
                .hint("{} --version", full_name(group));
        session.chosen = [&group, &session] { return print_version(group, session); };
    });
}

/// docker-compose's list below the complaint.
void list_commands(const CLI::App& group, Error& error) {
    std::map<std::string, std::string> rows; // by name
    std::size_t width = 0;
    for (const auto* const verb : group.get_subcommands([](const CLI::App*) { return true; }))
        if (!verb->get_group().empty()) {
            rows[verb->get_name()] = verb->get_description();
            width = std::max(width, verb->get_name().size());
        }
    error.detail("");
    error.detail("Commands:");
    for (const auto& [name, summary] : rows)
        error.detail(fmt::format("  {:<{}}  {}", name, width, summary));
}

} // namespace

void add_verbs(CLI::App& group, Session& session, std::span<const Verb> verbs) {
    group.require_subcommand(0, 1);
    for (const auto& verb : verbs) {
        auto* const app = group.add_subcommand(std::string(verb.name), std::string(verb.summary));
        app->group(std::string(verb.section));
        session.buds[app] = [app, add = verb.add, &session] { add(*app, session); };
    }
    add_help(group, session, last_section(verbs));
    add_version_flag(group, session);
}

void choose(CLI::App& verb, Session& session, std::function<int()> run) {
    verb.callback([&session, run = std::move(run)] { session.chosen = run; });
}

CLI::App* find_verb(CLI::App& group, const std::string& name) {
    for (auto* const verb : group.get_subcommands([](CLI::App*) { return true; }))
        if (verb->check_name(name))
            return verb;
    return nullptr;
}

void grow(CLI::App& app, Session& session) {
    if (const auto bud = session.buds.extract(&app))
        bud.mapped()();
}

void grow_all(CLI::App& app, Session& session) {
    grow(app, session);
    for (auto* const child : app.get_subcommands({}))
        grow_all(*child, session);
}

std::string full_name(const CLI::App& app) {
    const auto* const parent = app.get_parent();
    return parent == nullptr ? app.get_name() : full_name(*parent) + " " + app.get_name();
}

CLI::App& deepest(CLI::App& app) {
    const auto parsed = app.get_subcommands();
    return parsed.empty() ? app : deepest(*parsed.front());
}

bool is_group(const CLI::App& app) {
    return !app.get_subcommands([](const CLI::App*) { return true; }).empty();
}

bool in_machine_group(const CLI::App& app) {
    const auto* const parent = app.get_parent();
    if (parent == nullptr)
        return app.get_name() == program_name(Persona::docker_machine);
    return (parent->get_parent() == nullptr && app.get_name() == "machine") ||
           in_machine_group(*parent);
}

Error unknown_command(const CLI::App& group, const std::string& word, const Session& session) {
    const auto name = full_name(group);
    std::vector<std::string> known;
    for (const auto* const verb : group.get_subcommands([](const CLI::App*) { return true; }))
        if (!verb->get_group().empty())
            known.push_back(verb->get_name());
    auto error = [&] {
        if (session.persona == Persona::docker_machine)
            return Error(
                Kind::usage, "{0}: '{1}' is not a {0} command. See '{0} --help'.", name, word
            );
        if (session.persona == Persona::docker_compose)
            return Error(Kind::usage, "No such command: {}", word);
        return Error(Kind::usage, "'{}' is not an {} command", word, name);
    }();
    if (session.persona == Persona::docker_compose)
        list_commands(group, error);
    if (const auto nearest = meant(word, known); !nearest.empty())
        error.hint("did you mean {} {}?", name, nearest);
    else
        error.hint("{} --help shows all commands", name);
    return error;
}

} // namespace orch::cmd
