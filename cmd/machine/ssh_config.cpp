#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/ssh/client_config.hpp"

namespace orch::cmd::machine {

namespace {

/// Nothing if there is no host to log in to.
std::string block_of(const std::string& name, const Fleet& fleet) {
    const auto address = fleet.open(name).reach().ssh;
    return address.host.empty() ? "" : ssh::config_block(name, address);
}

std::string blocks_of_all(const Fleet& fleet, Session& session) {
    std::string text;
    for (const auto& name : fleet.store().names()) {
        try {
            text += block_of(name, fleet);
        } catch (const Error& error) {
            session.console.err(fmt::format("{} is left out: {}\n", name, error.message()));
        }
    }
    return text;
}

int run_ssh_config(const std::vector<std::string>& names, Session& session) {
    const Fleet fleet(session);
    std::string text;
    for (const auto& name : names) {
        const auto block = block_of(name, fleet);
        if (block.empty())
            throw Error(Kind::not_found, "machine \"{}\" has no address to log in to", name)
                .hint("orch machine status {}", name);
        text += block;
    }
    session.console.out(names.empty() ? blocks_of_all(fleet, session) : text);
    return 0;
}

} // namespace

void add_ssh_config(CLI::App& verb, Session& session) {
    const auto names = std::make_shared<std::vector<std::string>>();
    add_names(verb, session, *names, "Machines (all)");
    choose(verb, session, [names, &session] { return run_ssh_config(*names, session); });
}

} // namespace orch::cmd::machine
