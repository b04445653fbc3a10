#include "machine/connection.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/engine.hpp"
#include "lib/fs/files.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"

#include <algorithm>

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

/// The end of what the host printed while it started, if that is known.
void add_last_words(Error& error, const std::filesystem::path& console) {
    constexpr std::size_t count = 5;
    if (console.empty())
        return;
    try {
        auto lines = text::lines(fs::read_file(console));
        std::erase_if(lines, [](const std::string& line) { return text::trim(line).empty(); });
        for (auto i = lines.size() - std::min(count, lines.size()); i < lines.size(); ++i)
            error.detail("console: " + std::string(text::trim(lines[i])));
    } catch (const Error& unreadable) {
        log::debug("machine", "no console: {}", unreadable.message());
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
    const drivers::Reach& reach,
    bool boots,
    Job& job
) {
    job.progress.emit({.id = machine, .text = "Waiting for SSH to be available..."});
    std::optional<Error> last;
    const auto attempt = [&]() -> std::optional<std::unique_ptr<ssh::Shell>> {
        try {
            return context.world.ssh.connect(reach.ssh, login_limit, job.stop);
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
        .give_up_after = boots ? boot_patience * reach.patience : existing_patience,
    };
    return tasks::retry(policy, context.world.clock, job.stop, attempt, [&] {
        Error error(
            last->kind(),
            "Too many retries waiting for SSH to be available.  Last error: {}",
            last->message()
        );
        add_last_words(error, reach.console);
        return error.hint(
            "check that {}:{} is the host's SSH address and that it is up",
            reach.ssh.host,
            reach.ssh.port
        );
    });
}

} // namespace orch::machine
