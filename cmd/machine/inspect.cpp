#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/usage.hpp"
#include "cmd/verb.hpp"
#include "lib/json/json.hpp"
#include "lib/template/template.hpp"
#include "machine/config_file.hpp"

#include <nlohmann/json.hpp>

namespace orch::cmd::machine {

namespace {

struct Options {
    std::vector<std::string> names;
    std::string format;
};

int run_inspect(const Options& options, Session& session) {
    const Fleet fleet(session);
    if (options.names.size() > 1)
        throw ErrorWithHelp(Error(Kind::invalid, "Error: Expected one machine name as an argument")
        );
    const auto name = fleet.single(options.names);
    const auto config =
        orch::machine::format_config(fleet.store().load(name), {fleet.store().root(), name});
    if (options.format.empty()) {
        session.console.out(config + "\n");
        return 0;
    }
    const templates::Template format(options.format);
    // Templates see the keys sorted, as Go's maps print them.
    session.console.out(format.run(json::parse(config, name)) + "\n");
    return 0;
}

} // namespace

void add_inspect(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_names(verb, session, options->names);
    verb.add_option("-f,--format", options->format, "A Go template, like '{{.Driver.IPAddress}}'");
    choose(verb, session, [options, &session] { return run_inspect(*options, session); });
}

} // namespace orch::cmd::machine
