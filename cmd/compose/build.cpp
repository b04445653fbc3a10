#include "compose/build.hpp"

#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    orch::compose::BuildOptions build;
    std::vector<std::string> args;
};

/// "NAME=VALUE", or "NAME" for the value of that variable here.
std::map<std::string, std::string>
build_args(const std::vector<std::string>& words, const Session& session) {
    std::map<std::string, std::string> args;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        args[name] = equals == std::string::npos ? session.environment.get_or(name, "")
                                                 : word.substr(equals + 1);
    }
    return args;
}

int run_build(Options options, Session& session) {
    options.build.settings.args = build_args(options.args, session);
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
    verb.add_flag("--parallel", options->build.parallel, "Build several images at the same time");
    add_list(verb, "--build-arg", options->args, "NAME=VALUE for the Dockerfile");
    choose(verb, session, [options, &session] { return run_build(*options, session); });
}

} // namespace orch::cmd::compose
