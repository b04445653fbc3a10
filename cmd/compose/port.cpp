#include "compose/port.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/offers.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "compose/swarm/port.hpp"

#include <charconv>

namespace orch::cmd::compose {

namespace {

struct Options {
    orch::compose::PortOptions port;
    std::string word; // "80" or "80/udp"
};

/// docker-compose asks for whatever it was given, and finds nothing.
orch::compose::PortOptions port_options(const Options& options, const Session& session) {
    auto port = options.port;
    const auto slash = options.word.find('/');
    if (slash != std::string::npos)
        port.protocol = options.word.substr(slash + 1);
    const auto number = options.word.substr(0, slash);
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), port.port);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == number.data() + number.size();
    if (!whole && session.persona == Persona::orch)
        throw Error(Kind::usage, "\"{}\" is no port", options.word)
            .hint("orch compose port web 80, or 53/udp");
    if (!whole)
        port.port = 0;
    return port;
}

int run_port(const Options& options, Session& session) {
    const auto wanted = port_options(options, session);
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto hosts = hosts_of(session, engine);
    const auto address = hosts.swarm() ? orch::compose::swarm::port(project, hosts, wanted)
                                       : orch::compose::port(project, engine, wanted);
    if (!address && session.persona == Persona::orch)
        throw Error(
            Kind::not_found,
            "port {}/{} of {} is not published",
            wanted.port,
            wanted.protocol,
            wanted.service
        )
            .hint("orch compose ps {} shows its ports", wanted.service);
    session.console.out(address.value_or("") + "\n");
    return 0;
}

} // namespace

void add_port(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto& port = options->port;
    auto* const service = verb.add_option("SERVICE", port.service, "The service");
    service->required();
    offer_services(*service, session, Having::running);
    verb.add_option("PORT", options->word, "Its port inside, like 80 or 53/udp")->required();
    add_choice(
        verb, session, "--protocol", port.protocol, {"tcp", "udp", "sctp"}, "Instead of tcp"
    );
    verb.add_option("--index", port.index, "Number of the container, where there are several (1)");
    choose(verb, session, [options, &session] { return run_port(*options, session); });
}

} // namespace orch::cmd::compose
