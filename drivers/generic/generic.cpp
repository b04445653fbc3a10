#include "drivers/generic/generic.hpp"

#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/net/dial.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"

#include <chrono>

namespace orch::drivers::generic {

namespace {

constexpr int default_engine_port = 2376;
constexpr auto dial_limit = std::chrono::seconds(15);

bool answers(const ssh::Address& address, std::chrono::milliseconds limit, const Job& job) {
    try {
        net::dial(address.host, address.port, limit, job.stop);
        return true;
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        return false;
    }
}

/// A host that was told to restart still answers for a moment. Whoever waits for it to come up must
/// not take that for the new boot. A host that is never seen down was too quick for us.
void wait_until_down(const ssh::Address& address, tasks::Clock& clock, const Job& job) {
    tasks::Backoff backoff(
        {.first_pause = std::chrono::milliseconds(100),
         .longest_pause = std::chrono::milliseconds(500),
         .give_up_after = std::chrono::seconds(60)},
        clock
    );
    while (answers(address, std::chrono::seconds(2), job) && backoff.pause(job.stop)) {
    }
}

} // namespace

Info info() {
    return {
        .name = "generic",
        .summary = "An existing Linux host, reached by SSH",
        .options =
            {
                {.name = "generic-ip-address",
                 .env = "GENERIC_IP_ADDRESS",
                 .kind = OptionKind::text,
                 .help = "IP address or name of the host",
                 .per_machine = true},
                {.name = "generic-ssh-user",
                 .env = "GENERIC_SSH_USER",
                 .kind = OptionKind::text,
                 .fallback = "root",
                 .help = "SSH user; needs sudo without password unless it is root"},
                {.name = "generic-ssh-key",
                 .env = "GENERIC_SSH_KEY",
                 .kind = OptionKind::text,
                 .help =
                     "SSH private key file; without it the agent and the default keys are tried"},
                {.name = "generic-ssh-port",
                 .env = "GENERIC_SSH_PORT",
                 .kind = OptionKind::integer,
                 .fallback = "22",
                 .help = "SSH port"},
                {.name = "generic-engine-port",
                 .env = "GENERIC_ENGINE_PORT",
                 .kind = OptionKind::integer,
                 .fallback = "2376",
                 .help = "Docker engine port"},
            },
        .renames = true,
        .boots = false,
    };
}

void Driver::check(const Request& request, Job&) {
    if (request.values.text("generic-ip-address").empty())
        throw Error(Kind::usage, "generic driver requires the --generic-ip-address option");
    const auto& key = request.values.text("generic-ssh-key");
    if (!key.empty() && !std::filesystem::exists(key))
        throw Error(Kind::not_found, "SSH key does not exist: \"{}\"", key)
            .hint("name a private key file with --generic-ssh-key; ssh-keygen -t ed25519 makes one"
            );
}

Record Driver::create(const Request& request, const Checkpoint&, Job& job) {
    auto record = kit::base_record(access_);
    record["IPAddress"] = request.values.text("generic-ip-address");
    record["SSHUser"] = request.values.text("generic-ssh-user");
    record["SSHPort"] = request.values.integer("generic-ssh-port");
    record["EnginePort"] = request.values.integer("generic-engine-port");
    const auto& key = request.values.text("generic-ssh-key");
    record["SSHKey"] = key;
    if (!key.empty()) {
        job.progress.emit({.id = access_.machine, .text = "Importing SSH key..."});
        import_key(access_, key, record);
    }
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    return answers(kit::ssh_address(access_, record), dial_limit, job) ? State::running
                                                                       : State::stopped;
}

void Driver::power(Record& record, Power power, Job& job) {
    if (power != Power::restart)
        throw Error(Kind::unsupported, "generic driver does not support {}", power_name(power))
            .hint("orch did not make this host; use the means by which it was made");
    const auto address = kit::ssh_address(access_, record);
    const auto shell = access_.world.ssh.connect(address, std::chrono::seconds(30), job.stop);
    try {
        shell->run(
            {.line = "sudo -n shutdown -r now", .timeout = std::chrono::seconds(30)}, job.stop
        );
    } catch (const Error& error) {
        // The host goes down before it can say so: a lost connection is what success looks like.
        if (error.kind() != Kind::network)
            throw;
    }
    wait_until_down(address, access_.world.clock, job);
}

void Driver::remove(const Record&, Job&) {}

Reach Driver::reach(const Record& record) const {
    const auto address = kit::text(record, "IPAddress");
    return {
        .address = address,
        .url = kit::engine_url(address, kit::integer(record, "EnginePort", default_engine_port)),
        .ssh = kit::ssh_address(access_, record),
    };
}

} // namespace orch::drivers::generic
