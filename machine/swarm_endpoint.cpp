#include "machine/swarm_endpoint.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/engine.hpp"
#include "lib/engine/unreachable.hpp"
#include "machine/tls_check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace orch::machine {

namespace {

/// A manager that is there answers at once; nobody should wait for one that is not.
constexpr std::chrono::milliseconds guess_limit{2000};

[[noreturn]] void refuse_swarm_host(const std::string& host) {
    throw Error(Kind::usage, "the swarm host \"{}\" names no port", host)
        .hint("it looks like tcp://0.0.0.0:3376");
}

/// docker-machine made managers for token:// as well, in the days of the hosted service.
bool may_have_manager(const Machine& machine) {
    return machine.membership.node.empty() && machine.swarm.discovery.starts_with("token://");
}

/// Any answer proves the connection: a manager that looks for others to lead has no version to
/// tell.
bool answers_tls(
    const Context& context,
    const Machine& machine,
    const std::string& url,
    std::chrono::milliseconds timeout,
    const std::stop_token& stop
) {
    try {
        check_connection(context, endpoint(machine, {.url = url}), timeout, stop);
    } catch (const engine::Unreachable&) {
        return false;
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
    }
    return true;
}

/// A master that was demoted, or thrown out, cannot be asked about its swarm.
void check_manager(
    const Context& context,
    const Machine& machine,
    const std::string& url,
    const std::stop_token& stop
) {
    engine::Engine engine(context.world.http, endpoint(machine, {.url = url}), stop);
    const auto state = engine.swarm_state();
    if (state.active() && state.manager)
        return;
    Error error(
        Kind::conflict,
        "the engine of {} is no manager of its swarm ({})",
        machine.name,
        state.active() ? "it is a worker" : state.local
    );
    if (!state.managers.empty())
        error.detail("managers: " + text::join(state.managers, ", "));
    throw error.hint("orch machine provision {} makes it one again", machine.name);
}

} // namespace

int swarm_port(const std::string& host) {
    const auto scheme = host.find("://");
    const auto rest = std::string_view(host).substr(scheme == std::string::npos ? 0 : scheme + 3);
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos || rest.find(']', colon) != std::string_view::npos)
        refuse_swarm_host(host);
    int port = 0;
    const auto* const end = rest.data() + rest.size();
    const auto parsed = std::from_chars(rest.data() + colon + 1, end, port);
    if (parsed.ec != std::errc() || parsed.ptr != end || port < 1 || port > 65535)
        refuse_swarm_host(host);
    return port;
}

void check_swarm_host(const std::string& host) { static_cast<void>(swarm_port(host)); }

bool is_standalone_swarm(const std::string& discovery) {
    constexpr std::array schemes{"consul://", "etcd://", "zk://", "nodes://", "file://"};
    return std::any_of(schemes.begin(), schemes.end(), [&](const char* scheme) {
        return discovery.starts_with(scheme);
    });
}

std::string swarm_url(const std::string& url, const SwarmOptions& swarm) {
    return url.substr(0, url.rfind(':')) + ":" + std::to_string(swarm_port(swarm.host));
}

std::string check_swarm(
    const Context& context,
    const Machine& machine,
    const std::string& url,
    std::chrono::milliseconds timeout,
    const std::stop_token& stop
) {
    const auto& swarm = machine.swarm;
    if (!swarm.master)
        throw Error(
            Kind::invalid,
            "\"{}\" is not a swarm master. The --swarm flag is intended for use with swarm masters",
            machine.name
        );
    if (url.empty())
        throw Error(Kind::not_found, "Host is not running");
    const bool standalone = is_standalone_swarm(swarm.discovery);
    if (standalone || may_have_manager(machine)) {
        const auto manager = swarm_url(url, swarm);
        if (answers_tls(context, machine, manager, standalone ? timeout : guess_limit, stop))
            return manager;
    }
    check_tls(context, machine, url, timeout, stop);
    if (!standalone) {
        if (!machine.membership.node.empty())
            check_manager(context, machine, url, stop);
        return url;
    }
    throw Error(
        Kind::network,
        "Connection to Swarm cannot be checked but the certs are valid. Maybe swarm is not started"
    )
        .hint(
            "docker ps -a shows the containers of the manager: eval $(orch machine env {})",
            machine.name
        );
}

} // namespace orch::machine
