#include "compose/run.hpp"

#include "cmd/compose/converse.hpp"
#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/services.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "compose/converge/of_service.hpp"
#include "compose/swarm/observe.hpp"
#include "compose/swarm/oneoff.hpp"
#include "compose/swarm/up.hpp"
#include "lib/log/log.hpp"

#include <chrono>
#include <filesystem>

namespace orch::cmd::compose {

namespace {

constexpr std::chrono::seconds grace{10};
constexpr std::chrono::seconds end_limit{2}; // from the end of its output to its own end
constexpr int interrupted_once = 1;
constexpr int interrupted_twice = 2;

struct Options {
    orch::compose::RunOptions run;
    orch::compose::OneoffChanges changes;
    std::string entrypoint;
    std::string pull = "missing";
    const CLI::Option* entrypoint_option = nullptr;
    bool remove = false;
    bool no_tty = false;
    bool interactive = true;
    bool quiet_pull = false;
};

/// Leaves out the layers of images.
class WithoutLayers : public progress::Sink {
  public:
    explicit WithoutLayers(progress::Sink& next) : next_(next) {}

    void emit(const progress::Event& event) override {
        if (event.parent.empty())
            next_.emit(event);
    }

  private:
    progress::Sink& next_;
};

orch::compose::PullPolicy pull_policy(const std::string& word) {
    using orch::compose::PullPolicy;
    if (word == "always")
        return PullPolicy::always;
    return word == "never" ? PullPolicy::never : PullPolicy::missing;
}

/// Services of a swarm; what is there stays as it is.
void bring_up(
    const orch::compose::Project& project,
    const std::vector<std::string>& services,
    const orch::compose::Hosts& hosts,
    const Options& options,
    Session& session,
    Job& job
) {
    using orch::compose::PullPolicy;
    orch::compose::swarm::UpOptions what{
        .common = {.how = service_options(hosts.front(), session)},
        .node_engine = hosts.nodes(),
        .warn_only = leaves_out(session),
        .mixed = mixes(false, session)};
    what.common.pull =
        options.run.pull == PullPolicy::never ? PullPolicy::never : PullPolicy::missing;
    what.common.what.services = services;
    what.common.what.recreate = orch::compose::Recreate::never;
    what.common.what.remove_orphans = options.run.remove_orphans;
    what.common.what.ignore_orphans = options.run.ignore_orphans;
    orch::compose::swarm::up(project, hosts.front(), what, job);
}

orch::compose::Oneoff create(
    const orch::compose::Project& project,
    const orch::compose::Hosts& hosts,
    const Options& options,
    Session& session
) {
    const auto* service = project.select({options.run.service}, false).front();
    const auto wanted = orch::compose::oneoff_service(
        *service, options.changes, std::filesystem::current_path(), session.environment
    );
    const auto shown = session.progress(ui::Layout::compose);
    WithoutLayers quiet(*shown);
    Job job{session.stop, options.quiet_pull ? static_cast<progress::Sink&>(quiet) : *shown};
    if (!hosts.swarm())
        return orch::compose::create_oneoff(project, wanted, hosts.front(), options.run, job);
    orch::compose::swarm::OneoffNeeds needs{
        .cluster =
            orch::compose::swarm::observe(hosts.front(), project, hosts.nodes(), job.stop).cluster,
        .bring_up = [&](const std::vector<std::string>& services) {
            bring_up(project, services, hosts, options, session, job);
        }};
    auto how = options.run;
    how.how = service_options(hosts.front(), session);
    return orch::compose::swarm::create_oneoff(project, wanted, hosts, how, needs, job);
}

/// One container and the end it is brought to.
class Run {
  public:
    Run(engine::Engine engine,
        orch::compose::Oneoff oneoff,
        const Options& options,
        Session& session)
        : engine_(std::move(engine)), oneoff_(std::move(oneoff)), options_(options),
          session_(session) {}

    int detached() {
        start();
        session_.console.out(oneoff_.name + "\n");
        return 0;
    }

    int attached() {
        int code = 0;
        try {
            converse_with_it();
            code = exit_code();
        } catch (const Error& error) {
            if (error.kind() != Kind::cancelled) {
                give_up();
                throw;
            }
            return interrupted();
        } catch (...) { // nobody reads its output any more
            give_up();
            throw;
        }
        if (!left_)
            remove(engine_);
        return code;
    }

  private:
    void start() {
        orch::compose::of_service("start", options_.run.service, [this] {
            engine_.start_container(oneoff_.id);
        });
    }

    void converse_with_it() {
        const auto& changes = options_.changes;
        converse(
            engine_.attach(oneoff_.id, changes.tty, changes.input),
            {.tty = changes.tty,
             .input = changes.input,
             .begin = [this] { start(); },
             .resize = [this](const engine::TerminalSize& size
                       ) { engine_.resize_container(oneoff_.id, size); }},
            session_
        );
    }

    /// With a terminal its output also ends when the user leaves it with ctrl-p ctrl-q; it goes on
    /// then.
    int exit_code() {
        if (options_.changes.tty) {
            const auto deadline = session_.world.clock.now() + end_limit;
            for (;;) {
                const auto now = engine_.inspect_container(oneoff_.id);
                if (!now || !now->running())
                    break;
                if (session_.world.clock.now() >= deadline) {
                    left_ = true;
                    session_.console.err("The container " + oneoff_.name + " goes on running.\n");
                    return 0;
                }
                session_.world.clock.sleep(std::chrono::milliseconds(50), session_.stop);
            }
        }
        return engine_.wait_container(oneoff_.id);
    }

    /// docker-compose: the first Ctrl-C stops it, the second one kills it.
    int interrupted() {
        const auto second = session_.second_signal();
        try {
            auto engine = engine_.with(second);
            engine.stop_container(oneoff_.id, grace);
            remove(engine);
            return interrupted_once;
        } catch (const Error& error) {
            if (error.kind() != Kind::cancelled)
                throw;
        }
        auto engine = engine_.with({});
        kill(engine);
        remove(engine);
        return interrupted_twice;
    }

    /// After a failure: what cannot be undone does not hide it.
    void give_up() noexcept {
        try {
            auto engine = engine_.with({});
            kill(engine);
            remove(engine);
        } catch (const std::exception& error) {
            log::debug("compose", "{} is left behind: {}", oneoff_.name, error.what());
        }
    }

    /// It may not run any more.
    void kill(engine::Engine& engine) {
        try {
            engine.kill_container(oneoff_.id, "SIGKILL");
        } catch (const Error& error) {
            if (error.kind() != Kind::conflict && error.kind() != Kind::not_found)
                throw;
        }
    }

    void remove(engine::Engine& engine) {
        if (options_.remove)
            engine.remove_container(oneoff_.id, true, true);
    }

    engine::Engine engine_;
    orch::compose::Oneoff oneoff_;
    const Options& options_;
    Session& session_;
    bool left_ = false;
};

int run_run(Options options, Session& session) {
    if (options.entrypoint_option->count() > 0)
        options.changes.entrypoint = options.entrypoint;
    const bool attached = !options.run.detach;
    options.changes.input = attached && options.interactive;
    options.changes.tty = attached && !options.no_tty && session.console.in_is_terminal();
    options.run.pull = pull_policy(options.pull);
    options.run.ignore_orphans = ignores_orphans(session);
    options.run.how = execute_options(session);
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto hosts = hosts_of(session, engine);
    const auto oneoff = create(project, hosts, options, session);
    const auto& where = oneoff.node.empty() ? engine : hosts.nodes()(oneoff.node);
    Run run(where, oneoff, options, session);
    return attached ? run.attached() : run.detached();
}

void add_changes(CLI::App& verb, Options& o) {
    auto& changes = o.changes;
    o.entrypoint_option =
        verb.add_option("--entrypoint", o.entrypoint, "Another entrypoint; its words in one text");
    add_list(verb, "-e,--env", changes.environment, "NAME=VALUE, or NAME for the value here");
    add_list(verb, "-l,--label", changes.labels, "NAME=VALUE: a further label");
    verb.add_option("-u,--user", changes.user, "Run as this user, UID or USER:GROUP");
    add_list(verb, "-p,--publish", changes.publish, "A port to publish, as in the file");
    verb.add_flag("--service-ports", changes.service_ports, "Publish the ports of the service");
    add_list(verb, "-v,--volume", changes.volumes, "A further volume, as in the file");
    verb.add_option("-w,--workdir", changes.working_dir, "Folder in the container to run in");
    add_list(verb, "--cap-add", changes.cap_add, "Give it a capability");
    add_list(verb, "--cap-drop", changes.cap_drop, "Take a capability from it");
}

} // namespace

void add_run(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto& o = *options;
    add_service(verb, session, o.run.service);
    verb.add_option("COMMAND", o.changes.command, "Command and arguments (the service's)");
    verb.add_flag("-d,--detach", o.run.detach, "Print the container's name and return");
    verb.add_option("--name", o.run.name, "Name of the container");
    verb.add_flag("--rm", o.remove, "Remove the container when it has ended");
    verb.add_flag("--no-deps", o.run.no_deps, "Leave the services that are linked to alone");
    verb.add_flag("-T,--no-TTY", o.no_tty, "Give it no terminal, even if there is one here");
    verb.add_flag("-i,--interactive", o.interactive, "Pass standard input on (yes; =false: no)");
    verb.add_flag(
        "--use-aliases", o.run.use_aliases, "Answer to the service's name in its network"
    );
    verb.add_flag("--build", o.run.build, "Build the image first, even if it is there");
    add_choice(
        verb, session, "--pull", o.pull, {"always", "missing", "never"}, "When to pull the image"
    );
    verb.add_flag("--quiet-pull", o.quiet_pull, "Do not show the layers of a pull");
    verb.add_flag(
        "--remove-orphans",
        o.run.remove_orphans,
        "Remove containers whose service is not in the file"
    );
    add_changes(verb, o);
    verb.prefix_command(); // what follows the service is the command's
    choose(verb, session, [options, &session] { return run_run(*options, session); });
}

} // namespace orch::cmd::compose
