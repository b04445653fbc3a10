// How to add a verb:
// 1. Write cmd/GROUP/VERB.{hpp,cpp} with `void add_VERB(CLI::App& verb, Session& session)`: options
//    bound to a struct in a shared_ptr, then choose(verb, session, ...) with what to run.
// 2. Add its row to the table in cmd/GROUP/group.cpp, where the help shows it.
// 3. Give values that can be completed a provider (session.completions.add).
// 4. Write its section in man/ and its test in tests/cli/.
#include "cmd/root.hpp"

#include "cmd/completion.hpp"
#include "cmd/compose/group.hpp"
#include "cmd/machine/group.hpp"
#include "cmd/options.hpp"
#include "cmd/ui/error_report.hpp"
#include "cmd/ui/help_page.hpp"
#include "cmd/usage.hpp"
#include "cmd/verb.hpp"
#include "cmd/version.hpp"
#include "cmd/words.hpp"
#include "lib/base/defer.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"

#include <algorithm>
#include <array>

namespace orch::cmd {

namespace {

constexpr std::array verbs{
    Verb{"machine", machine::summary, "Commands", machine::add_group},
    Verb{"compose", compose::summary, "Commands", compose::add_group},
    Verb{"version", "Show the version", "Commands", add_version},
    Verb{"completion", "Print the completion script of a shell", "Commands", add_completion},
    Verb{"__complete", "Complete a command line for a shell", "", add_complete},
};

constexpr auto examples = R"(Examples:
  orch machine create -d generic --generic-ip-address 192.0.2.7 web1
  orch machine ls
  orch compose --machine web1 up -d
  orch compose ps)";

void add_globals(CLI::App& root, Session& session) {
    auto& globals = session.globals;
    const std::vector<CLI::Option*> options{
        root.add_flag(
            "-D{all},--debug{all}",
            globals.debug,
            "Say on stderr what is done; =http,ssh: only that"
        ),
        add_choice(
            root,
            session,
            "--progress",
            globals.progress,
            {"auto", "tty", "plain", "json", "quiet"},
            "How to show progress"
        ),
        add_choice(
            root,
            session,
            "--color",
            globals.color,
            {"auto", "always", "never"},
            "Whether to colour"
        ),
        root.add_flag_callback(
            "--no-color", [&globals] { globals.color = "never"; }, "The same as --color never"
        ),
    };
    for (auto* const option : options)
        option->group("Global options");
}

void add_top_level(CLI::App& root, Session& session) {
    root.description("From bare hosts to a running multi-container application");
    root.footer(examples);
    add_verbs(root, session, verbs);
}

void add_link_verbs(CLI::App& root, Session& session) {
    if (session.persona == Persona::docker_machine) {
        root.description(
            fmt::format("{}.\n\nVersion: {}, build orch", machine::summary, ORCH_VERSION)
        );
        machine::add_group(root, session);
    } else {
        root.description(std::string(compose::summary));
        compose::add_group(root, session);
    }
    root.add_subcommand("__complete")->group("");
    session.buds[root.get_subcommand("__complete")] = [&root, &session] {
        add_complete(*root.get_subcommand("__complete"), session);
    };
}

ui::ColorChoice color_choice(const std::string& word) {
    if (word == "always")
        return ui::ColorChoice::always;
    return word == "never" ? ui::ColorChoice::never : ui::ColorChoice::automatic;
}

/// Go's strconv.ParseBool: what docker-machine reads MACHINE_DEBUG with.
bool go_bool(const std::string& variable, const std::string& text) {
    constexpr std::array yes{"1", "t", "T", "true", "TRUE", "True"};
    constexpr std::array no{"0", "f", "F", "false", "FALSE", "False"};
    if (std::find(yes.begin(), yes.end(), text) != yes.end())
        return true;
    if (std::find(no.begin(), no.end(), text) != no.end())
        return false;
    throw Error(
        Kind::usage, "Error parsing boolean value from {}: '{}' is no boolean", variable, text
    );
}

/// MACHINE_DEBUG overrides the option, as it does for docker-machine.
void settle_debug(const CLI::App& root, Session& session) {
    const auto value = session.environment.get_or("MACHINE_DEBUG", "");
    const auto parsed = root.get_subcommands();
    if (value.empty() || !in_machine_group(parsed.empty() ? root : *parsed.front()))
        return;
    if (!go_bool("MACHINE_DEBUG", value))
        session.globals.debug.clear();
    else if (session.globals.debug.empty())
        session.globals.debug = "all";
}

bool in_compose(const CLI::App& root, const Session& session) {
    const auto parsed = root.get_subcommands();
    return session.persona == Persona::docker_compose ||
           (session.persona == Persona::orch && !parsed.empty() &&
            parsed.front()->get_name() == "compose");
}

void apply_globals(const CLI::App& root, Session& session) {
    if (in_compose(root, session))
        compose::settle_output(session);
    session.console.choose_color(color_choice(session.globals.color));
    settle_debug(root, session);
    if (session.globals.debug.empty() || session.globals.debug == "false")
        return;
    auto categories = text::split(session.globals.debug, ',');
    const bool all = std::any_of(categories.begin(), categories.end(), [](const std::string& name) {
        return name == "all" || name == "true";
    });
    log::set_writer([&console = session.console,
                     categories = std::move(categories),
                     all](std::string_view category, std::string_view line) {
        if (all || std::find(categories.begin(), categories.end(), category) != categories.end())
            console.err(fmt::format("{}: {}\n", category, line));
    });
}

void parse(CLI::App& root, const std::vector<std::string>& words, Session& session) {
    Walker walker(root, session);
    for (const auto& word : words)
        walker.feed(word);
    const auto& spelled = walker.words();
    const auto show_help = [&root, &session] {
        session.console.out(ui::help_page(deepest(root), session));
        return 0;
    };
    session.chosen = show_help;
    try {
        root.parse(std::vector<std::string>(spelled.rbegin(), spelled.rend()));
    } catch (const CLI::CallForHelp&) {
        session.chosen = show_help;
    } catch (const CLI::ParseError& complaint) {
        if (const auto& word = walker.strange(); !word.empty() && word.front() != '-')
            throw unknown_command(walker.app(), word, session);
        throw_usage_error(complaint, root, session);
    }
}

/// docker-machine's way: the help on standard output, the error on the other.
int report_with_help(const ErrorWithHelp& error, CLI::App& root, Session& session) {
    const bool incorrect = error.headline() == ErrorWithHelp::Headline::incorrect_usage;
    session.console.out(
        (incorrect ? "Incorrect Usage.\n\n" : "") + ui::help_page(deepest(root), session)
    );
    const auto code = ui::report(session.console, error, session.persona, false);
    return incorrect ? 2 : code;
}

} // namespace

std::unique_ptr<CLI::App> make_root(Session& session) {
    auto root = std::make_unique<CLI::App>("", std::string(program_name(session.persona)));
    root->set_help_flag("-h,--help", "Show this help and exit");
    root->fallthrough(); // options of a group are understood behind its verbs too
    // As with Go's flags and docopt: of several, the last one counts.
    root->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    if (session.persona == Persona::orch)
        add_top_level(*root, session);
    else
        add_link_verbs(*root, session);
    add_globals(*root, session);
    return root;
}

int run(const std::vector<std::string>& words, Session& session) {
    // The writer refers to the console, which ends before the process does.
    const Defer silence([] { log::set_writer({}); });
    session.words = words;
    try {
        const auto root = make_root(session);
        try {
            parse(*root, words, session);
            apply_globals(*root, session);
            return session.chosen();
        } catch (const ErrorWithHelp& error) {
            if (session.persona != Persona::docker_machine)
                throw;
            return report_with_help(error, *root, session);
        }
    } catch (...) {
        session.console.choose_color(color_choice(session.globals.color));
        if (session.persona == Persona::docker_compose && session.globals.log_level == "CRITICAL")
            return ui::exit_code_of_current(session.persona);
        return ui::report_current(session.console, session.persona, !session.globals.debug.empty());
    }
}

} // namespace orch::cmd
