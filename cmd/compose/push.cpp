#include "compose/push.hpp"

#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

int run_push(orch::compose::PushOptions options, Session& session) {
    options.auth = registry_auth(session);
    const auto project = load_project(session);
    // docker-compose pushes nothing of a version 1 file, in silence.
    if (session.persona == Persona::docker_compose && options.registry.empty()) {
        static_cast<void>(project.select(options.services, false)); // throws for an unknown one
        return 0;
    }
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    orch::compose::push(project, engine, options, job);
    return 0;
}

} // namespace

void add_push(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<orch::compose::PushOptions>();
    add_services(verb, session, options->services);
    verb.add_option(
        "--registry", options->registry, "HOST[:PORT][/PATH]: push them there, by such names"
    );
    verb.add_flag("--ignore-push-failures", options->ignore_failures, "Push what can be pushed");
    choose(verb, session, [options, &session] { return run_push(*options, session); });
}

} // namespace orch::cmd::compose
