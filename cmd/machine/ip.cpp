#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::machine {

namespace {

int run_ip(const std::vector<std::string>& names, Session& session) {
    const Fleet fleet(session);
    std::string answer;
    for (const auto& name : fleet.existing(names)) {
        const auto address = fleet.open(name).reach().address;
        if (address.empty())
            throw Error(
                Kind::not_found, "Error getting IP address: machine \"{}\" has none yet", name
            );
        answer += address + "\n";
    }
    session.console.out(answer);
    return 0;
}

} // namespace

void add_ip(CLI::App& verb, Session& session) {
    const auto names = std::make_shared<std::vector<std::string>>();
    add_names(verb, session, *names);
    choose(verb, session, [names, &session] { return run_ip(*names, session); });
}

} // namespace orch::cmd::machine
