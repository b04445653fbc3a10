#include "compose/build.hpp"

#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "compose/load/values/sizes.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    orch::compose::BuildOptions build;
    std::vector<std::string> args;
    std::string memory;
    bool quiet = false;
};

/// "NAME=VALUE", or "NAME" for the value of that variable here; the engine's default counts where
/// there is none.
std::map<std::string, std::string>
build_args(const std::vector<std::string>& words, const Session& session) {
    std::map<std::string, std::string> args;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        if (equals != std::string::npos)
            args[name] = word.substr(equals + 1);
        else if (auto value = session.environment.get(name))
            args[name] = *std::move(value);
    }
    return args;
}

std::uint64_t bytes_of(const std::string& word) {
    yaml::Node text;
    text.type = yaml::Type::string;
    text.scalar = word;
    const auto parsed = orch::compose::load::values::parse_bytes(text);
    if (!parsed.ok() || parsed.value < 0)
        throw Error(Kind::usage, "--memory {} is no size", word).hint("write it like 512m or 2g");
    return static_cast<std::uint64_t>(parsed.value);
}

/// The options of this run, with what the configuration says.
orch::compose::BuildSettings settings_of(const Options& options, Session& session) {
    const auto& wished = options.build.settings;
    auto settings = build_settings(session);
    settings.no_cache = wished.no_cache;
    settings.pull = wished.pull;
    settings.force_rm = wished.force_rm;
    settings.keep = wished.keep;
    settings.compress = wished.compress;
    settings.memory = options.memory.empty() ? 0 : bytes_of(options.memory);
    settings.args = build_args(options.args, session);
    // Here the builder's words are the answer, on a terminal too.
    if (ui::progress_mode(session.globals.progress, session.console, session.environment) ==
        ui::Mode::tty)
        settings.output = [&session](std::string_view line) { session.console.out(line); };
    return settings;
}

int run_build(Options options, Session& session) {
    if (options.quiet)
        session.globals.progress = "quiet";
    options.build.settings = settings_of(options, session);
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    orch::compose::build(project, engine, options.build, job);
    return 0;
}

} // namespace

void add_build(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto& settings = options->build.settings;
    add_services(verb, session, options->build.services);
    verb.add_flag("--no-cache", settings.no_cache, "Use nothing of earlier builds");
    verb.add_flag("--pull", settings.pull, "Fetch newer base images");
    verb.add_flag(
        "--force-rm", settings.force_rm, "Remove intermediate containers of failed builds"
    );
    verb.add_flag("--no-rm", settings.keep, "Keep the intermediate containers");
    verb.add_flag("--compress", settings.compress, "Compress what is sent to the engine");
    verb.add_flag("--parallel", options->build.parallel, "Build several images at the same time");
    verb.add_flag("-q,--quiet", options->quiet, "Print errors only");
    verb.add_option("-m,--memory", options->memory, "Most that a step may use: 512m, 2g");
    add_list(
        verb,
        "--build-arg",
        options->args,
        "NAME=VALUE for the Dockerfile; NAME alone: the value of that variable here"
    );
    choose(verb, session, [options, &session] { return run_build(*options, session); });
}

} // namespace orch::cmd::compose
