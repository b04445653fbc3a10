#include "machine/provision/provision.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/types.hpp"
#include "lib/fs/files.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"
#include "machine/certs.hpp"
#include "machine/connection.hpp"
#include "machine/provision/host.hpp"
#include "machine/provision/scripts.hpp"

#include <fmt/core.h>

#include <chrono>
#include <optional>

namespace orch::machine::provision {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

void require_privileges(const Facts& facts, const ssh::Address& address) {
    if (facts.privileged)
        return;
    Error error(
        Kind::denied,
        "user {} on {} cannot use sudo without a password: {}",
        address.user,
        address.host,
        facts.sudo_answer
    );
    if (facts.sudo_answer.find("must have a tty") != std::string::npos)
        throw error.hint(
            "log in as root, or put \"Defaults:{} !requiretty\" into /etc/sudoers.d/orch on the "
            "host",
            address.user
        );
    throw error.hint(
        "log in as root, or put \"{} ALL=(ALL) NOPASSWD:ALL\" into /etc/sudoers.d/orch on the "
        "host",
        address.user
    );
}

void require_no_conflict(const Machine& machine, const Facts& facts) {
    if (const auto why = daemon_json_conflict(machine.engine, facts.daemon_json); !why.empty())
        throw Error(
            Kind::conflict,
            "/etc/docker/daemon.json on {} is in the way of the engine's options: {}",
            machine.name,
            why
        )
            .hint("remove those keys there, then run: orch machine provision {}", machine.name);
    if (!facts.unit.foreign_exec.empty())
        throw Error(
            Kind::conflict,
            "{} on {} sets ExecStart behind orch's drop-in",
            facts.unit.foreign_exec,
            machine.name
        )
            .hint("remove that line there, then run: orch machine provision {}", machine.name);
    if (facts.snap)
        throw Error(
            Kind::conflict,
            "the engine on {} is a snap, which takes no options and reads no files of the host",
            machine.name
        )
            .hint(
                "on the host: snap remove docker; then run: orch machine provision {}", machine.name
            );
}

/// What a host must be before anything is changed on it.
const Provisioner& check_host(
    const Host& host, const Machine& machine, const Facts& facts, const drivers::Reach& reach
) {
    const auto& provisioner = detect(facts);
    host.say("Provisioning with " + std::string(provisioner.name) + "...");
    require_privileges(facts, reach.ssh);
    require_no_conflict(machine, facts);
    return provisioner;
}

void install_engine(
    const Host& host, const Machine& machine, const Provisioner& provisioner, Facts& facts
) {
    if (facts.engine_installed())
        return;
    if (machine.engine.install_url == "none")
        throw Error(Kind::not_found, "there is no Docker engine on {}", machine.name)
            .hint("install one there, or leave out --engine-install-url none");
    if (provisioner.packages.empty())
        throw Error(
            Kind::unsupported,
            "{} on {} has no Docker engine, and none can be added to it",
            facts.os.pretty_name,
            machine.name
        )
            .hint("use an image of the system that has one");
    host.say("Installing Docker...");
    host.script(
        facts,
        "Installing Docker",
        install_script(provisioner, facts.os, machine.engine.install_url),
        minutes(20)
    );
    facts = host.facts();
    require_no_conflict(machine, facts);
}

int port_of(const std::string& url) {
    const auto colon = url.rfind(':');
    return colon == std::string::npos ? 2376 : std::stoi(url.substr(colon + 1));
}

std::vector<RemoteFile>
remote_files(const Machine& machine, const Facts& facts, const Provisioner& provisioner, int port) {
    const std::string dir(provisioner.options_dir());
    std::vector<RemoteFile> files{
        {dir + "/ca.pem", fs::read_file(machine.auth.ca_cert)},
        {dir + "/server.pem", fs::read_file(machine.auth.server_cert)},
        {dir + "/server-key.pem", fs::read_file(machine.auth.server_key), 0600},
    };
    for (auto& file : engine_config(machine, facts, provisioner, port))
        files.push_back(std::move(file));
    return files;
}

/// A unit that starts something else than dockerd is told to start dockerd; that may not be wanted.
void warn_of_other_program(const Host& host, const Facts& facts) {
    if (!facts.systemd || facts.unit.exec.empty() || !facts.unit.program().empty())
        return;
    host.warn(fmt::format(
        "docker.service started {}; it starts {} now", facts.unit.exec.front(), facts.dockerd
    ));
}

/// The engine has said that it is up; a moment later it answers here too, or something is between.
engine::Version
prove(const Machine& machine, const drivers::Reach& reach, const Context& context, Job& job) {
    job.progress.emit({.id = machine.name, .text = "Checking connection to Docker..."});
    const auto target = endpoint(machine, reach);
    std::optional<Error> last;
    const tasks::RetryPolicy policy{
        .first_pause = std::chrono::milliseconds(100),
        .longest_pause = seconds(1),
        .give_up_after = seconds(15) * reach.patience,
    };
    const auto attempt = [&]() -> std::optional<engine::Version> {
        try {
            return check_connection(context, target, seconds(10), job.stop);
        } catch (const Error& error) {
            if (error.kind() != Kind::network && error.kind() != Kind::timeout)
                throw;
            last = error;
            return std::nullopt;
        }
    };
    return tasks::retry(policy, context.world.clock, job.stop, attempt, [&] {
        return Error(*last).hint(
            "the engine runs on {}; check that a firewall lets {} through", machine.name, reach.url
        );
    });
}

/// Everything between an engine that is installed and one that answers here.
void configure(
    const Host& host,
    const Machine& machine,
    const Provisioner& provisioner,
    const Facts& facts,
    const drivers::Reach& reach,
    bool replaced_program_restarts
) {
    const auto port = reach.engine_port != 0 ? reach.engine_port : port_of(reach.url);
    warn_of_other_program(host, facts);
    host.script(
        facts,
        "Setting the engine's configuration",
        configure_script(
            provisioner,
            {
                .host_name = machine.name,
                .files = remote_files(machine, facts, provisioner, port),
                .port = port,
                .replaced_program_restarts = replaced_program_restarts,
            }
        ),
        minutes(3) * reach.patience
    );
}

bool older_than_supported(const std::string& version) {
    return text::natural_less(version, "20.10");
}

/// The script's last word: "@@orch version BEFORE AFTER".
Versions versions_in(const std::string& output) {
    constexpr std::string_view marker = "@@orch version ";
    Versions versions;
    for (const auto& line : text::lines(output)) {
        if (!line.starts_with(marker))
            continue;
        const auto words = text::split(line.substr(marker.size()), ' ');
        versions = {words.front(), words.back()};
    }
    return versions;
}

/// The engine's program on the host's disk.
std::string engine_program(const Facts& facts) {
    const auto words = facts.unit.program();
    return words.size() == 1 ? words.front() : facts.dockerd;
}

} // namespace

void run(
    const Machine& machine,
    const drivers::Reach& reach,
    ssh::Shell& shell,
    const std::string& owner,
    const Context& context,
    Job& job
) {
    const Host host(machine, shell, job);
    host.say("Detecting the provisioner...");
    auto facts = host.facts();
    if (facts.first_boot) {
        host.wait_for_first_boot();
        facts = host.facts();
    }
    const auto& provisioner = check_host(host, machine, facts, reach);
    install_engine(host, machine, provisioner, facts);

    host.say("Copying certs to the local machine directory...");
    ensure_server_certificate(context.store, machine, owner, certificate_hosts(machine, reach));
    host.say("Copying certs to the remote machine...");
    host.say("Setting Docker configuration on the remote daemon...");
    configure(host, machine, provisioner, facts, reach, false);
    const auto version = prove(machine, reach, context, job);
    if (!version.engine.empty() && older_than_supported(version.engine))
        host.warn(fmt::format(
            "Docker {} is older than 20.10, the oldest that orch is made for; "
            "orch machine upgrade {} may bring a newer one",
            version.engine,
            machine.name
        ));
}

Versions upgrade(
    const Machine& machine,
    const drivers::Reach& reach,
    ssh::Shell& shell,
    const std::string& owner,
    const Context& context,
    Job& job
) {
    const Host host(machine, shell, job);
    host.say("Detecting the provisioner...");
    auto facts = host.facts();
    const auto& provisioner = check_host(host, machine, facts, reach);
    if (!facts.engine_installed())
        throw Error(Kind::not_found, "there is no Docker engine on {}", machine.name)
            .hint("orch machine provision {} installs one", machine.name);
    if (provisioner.packages.empty())
        throw Error(
            Kind::unsupported,
            "the engine on {} is part of {}: upgrade the system",
            machine.name,
            facts.os.pretty_name
        );
    host.say("Upgrading docker...");
    const auto output = host.script(
        facts, "Upgrading docker", upgrade_script(provisioner, engine_program(facts)), minutes(20)
    );
    const auto versions = versions_in(output);
    facts = host.facts();
    if (versions.before != versions.after)
        host.say("Restarting docker...");
    ensure_server_certificate(context.store, machine, owner, certificate_hosts(machine, reach));
    configure(host, machine, provisioner, facts, reach, true);
    prove(machine, reach, context, job);
    return versions;
}

} // namespace orch::machine::provision
