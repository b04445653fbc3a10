#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::machine {

namespace {

struct Options {
    std::vector<std::string> names;
    bool swarm = false;
};

int run_config(const Options& options, Session& session) {
    const Fleet fleet(session);
    const auto sink = session.progress(ui::Layout::one_machine);
    Job job{session.stop, *sink};
    // docker-machine ignores further names here.
    const auto name = options.names.empty() ? fleet.single({}) : options.names.front();
    auto target = fleet.open(name);
    const auto url = doing("Error running connection boilerplate", [&] {
        return fleet.checked_url(target, options.swarm, job);
    });
    const auto dir = fleet.store().machine_dir(name).string();
    // The quotes stay when a shell splits the words; the docker client takes them off.
    session.console.out(fmt::format(
        "--tlsverify\n--tlscacert=\"{0}/ca.pem\"\n--tlscert=\"{0}/cert.pem\"\n--tlskey=\"{0}/"
        "key.pem\"\n"
        "-H={1}\n",
        dir,
        url
    ));
    return 0;
}

} // namespace

void add_config(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_names(verb, session, options->names);
    verb.add_flag("--swarm", options->swarm, "For the swarm manager instead of the engine");
    choose(verb, session, [options, &session] { return run_config(*options, session); });
}

} // namespace orch::cmd::machine
