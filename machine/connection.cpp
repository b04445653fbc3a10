#include "machine/connection.hpp"

#include "lib/base/error.hpp"
#include "lib/engine/engine.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"

namespace orch::machine {

namespace {

using std::chrono::seconds;

constexpr seconds login_limit{15};       // for one attempt
constexpr seconds boot_patience{300};    // for a host that was just made
constexpr seconds existing_patience{45}; // for one that should be there

bool may_get_better(const Error& error, bool boots) {
    switch (error.kind()) {
    case Kind::network:
    case Kind::timeout:
        return true;
    case Kind::denied:
        // cloud-init creates the user and its key some time after sshd answers.
        return boots && error.message().find("host key") == std::string::npos;
    default:
        return false;
    }
}

} // namespace

engine::Endpoint endpoint(const Machine& machine, const drivers::Reach& reach) {
    if (reach.url.empty())
        throw Error(Kind::not_found, "Host is not running");
    return engine::parse_endpoint(
        reach.url,
        http::Tls{
            .ca = machine.auth.ca_cert,
            .cert = machine.auth.client_cert,
            .key = machine.auth.client_key,
        }
    );
}

engine::Version check_connection(
    const Context& context,
    const engine::Endpoint& endpoint,
    std::chrono::milliseconds timeout,
    const std::stop_token& stop
) {
    return engine::Engine(context.world.http, endpoint, stop).version(timeout);
}

std::unique_ptr<ssh::Shell> wait_for_ssh(
    const Context& context,
    const std::string& machine,
    const ssh::Address& address,
    bool boots,
    Job& job
) {
    job.progress.emit({.id = machine, .text = "Waiting for SSH to be available..."});
    std::optional<Error> last;
    const auto attempt = [&]() -> std::optional<std::unique_ptr<ssh::Shell>> {
        try {
            return context.world.ssh.connect(address, login_limit, job.stop);
        } catch (const Error& error) {
            if (!may_get_better(error, boots))
                throw;
            job.progress.emit({.parent = machine, .text = error.message()});
            last = error;
            return std::nullopt;
        }
    };
    const tasks::RetryPolicy policy{
        .first_pause = std::chrono::milliseconds(500),
        .longest_pause = seconds(3),
        .give_up_after = boots ? boot_patience : existing_patience,
    };
    return tasks::retry(policy, context.world.clock, job.stop, attempt, [&] {
        return Error(
                   last->kind(),
                   "Too many retries waiting for SSH to be available.  Last error: {}",
                   last->message()
        )
            .hint(
                "check that {}:{} is the host's SSH address and that it is up",
                address.host,
                address.port
            );
    });
}

} // namespace orch::machine
