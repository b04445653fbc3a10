#include "machine/provision/provision.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"
#include "machine/certs.hpp"
#include "machine/connection.hpp"
#include "machine/provision/engine_config.hpp"
#include "machine/provision/scripts.hpp"

#include <chrono>

namespace orch::machine::provision {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t shown_lines = 12; // of a failed script's output

/// One run over one shell: what all steps need.
class Run {
  public:
    Run(const Machine& machine, ssh::Shell& shell, Job& job)
        : machine_(machine), shell_(shell), job_(job) {}

    void say(std::string text) const {
        job_.progress.emit({.id = machine_.name, .text = std::move(text)});
    }

    void note(std::string text) const {
        job_.progress.emit(
            {.id = machine_.name, .status = progress::Status::note, .text = std::move(text)}
        );
    }

    [[nodiscard]] Facts facts() const {
        const auto outcome = shell_.run(
            {.line = "sh -s", .input = std::string(facts_script()), .timeout = minutes(2)},
            job_.stop
        );
        return parse_facts(outcome.out);
    }

    /// Runs a script as root; what it prints is shown as the current line.
    std::string script(
        const Facts& facts,
        std::string_view doing_what,
        std::string content,
        std::chrono::milliseconds limit
    ) const {
        const ssh::Command command{
            .line = facts.root ? "sh -s" : "sudo -n sh -s",
            .input = std::move(content),
            .timeout = limit,
            .on_output = [&](std::string_view chunk) { show_last_line(chunk); },
        };
        auto outcome = shell_.run(command, job_.stop);
        if (outcome.ok())
            return std::move(outcome.out);
        Error error(
            Kind::remote, "{} failed on {} (exit code {})", doing_what, machine_.name, outcome.code
        );
        const auto lines = text::lines(outcome.err.empty() ? outcome.out : outcome.err);
        const auto skip = lines.size() > shown_lines ? lines.size() - shown_lines : 0;
        for (auto i = skip; i < lines.size(); ++i)
            error.detail(lines[i]);
        throw error;
    }

  private:
    void show_last_line(std::string_view chunk) const {
        const auto lines = text::lines(chunk);
        if (lines.empty() || lines.back().starts_with("@@orch"))
            return;
        // A child of the machine's line: it comes and goes, and is no line of a log.
        job_.progress.emit(
            {.id = machine_.name + " output", .parent = machine_.name, .text = lines.back()}
        );
    }

    const Machine& machine_;
    ssh::Shell& shell_;
    Job& job_;
};

void require_privileges(const Facts& facts, const ssh::Address& address) {
    if (facts.sudo)
        return;
    throw Error(
        Kind::denied,
        "user {} on {} cannot use sudo without a password: {}",
        address.user,
        address.host,
        facts.sudo_answer
    )
        .hint(
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
    if (!facts.foreign_exec.empty())
        throw Error(
            Kind::conflict,
            "{} on {} sets ExecStart behind orch's drop-in",
            facts.foreign_exec,
            machine.name
        )
            .hint("remove that line there, then run: orch machine provision {}", machine.name);
}

void install_engine(
    const Run& run, const Machine& machine, const Provisioner& provisioner, Facts& facts
) {
    if (facts.engine_installed())
        return;
    if (machine.engine.install_url == "none")
        throw Error(Kind::not_found, "there is no Docker engine on {}", machine.name)
            .hint("install one there, or leave out --engine-install-url none");
    run.say("Installing Docker...");
    const auto output = run.script(
        facts,
        "Installing Docker",
        install_script(provisioner, machine.engine.install_url),
        minutes(20)
    );
    for (const auto& line : text::lines(output))
        if (line.starts_with(note_marker))
            run.note(line.substr(note_marker.size()));
    facts = run.facts();
}

int port_of(const std::string& url) {
    const auto colon = url.rfind(':');
    return colon == std::string::npos ? 2376 : std::stoi(url.substr(colon + 1));
}

std::vector<RemoteFile> remote_files(const Machine& machine, const Facts& facts, int port) {
    // docker-machine wrote /usr/bin/dockerd always; Debian's own package has it elsewhere.
    const auto& dockerd = facts.unit_exec.empty() ? facts.dockerd : facts.unit_exec;
    return {
        {"/etc/docker/ca.pem", fs::read_file(machine.auth.ca_cert)},
        {"/etc/docker/server.pem", fs::read_file(machine.auth.server_cert)},
        {"/etc/docker/server-key.pem", fs::read_file(machine.auth.server_key), 0600},
        {drop_in, systemd_drop_in(machine, dockerd, port)},
    };
}

/// The engine has said that it is up; a moment later it answers here too, or something is between.
void prove(const Machine& machine, const drivers::Reach& reach, const Context& context, Job& job) {
    job.progress.emit({.id = machine.name, .text = "Checking connection to Docker..."});
    const auto target = endpoint(machine, reach);
    std::optional<Error> last;
    const tasks::RetryPolicy policy{
        .first_pause = std::chrono::milliseconds(100),
        .longest_pause = seconds(1),
        .give_up_after = seconds(15),
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
    tasks::retry(policy, context.world.clock, job.stop, attempt, [&] {
        return Error(*last).hint(
            "the engine runs on {}; check that a firewall lets {} through", machine.name, reach.url
        );
    });
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
    const Run run(machine, shell, job);
    run.say("Detecting the provisioner...");
    auto facts = run.facts();
    const auto& provisioner = detect(facts);
    run.say("Provisioning with " + std::string(provisioner.name) + "...");
    require_privileges(facts, reach.ssh);
    require_no_conflict(machine, facts);
    install_engine(run, machine, provisioner, facts);

    run.say("Copying certs to the local machine directory...");
    ensure_server_certificate(
        context.store, machine, owner, certificate_hosts(machine, reach.address)
    );
    run.say("Copying certs to the remote machine...");
    run.say("Setting Docker configuration on the remote daemon...");
    const auto files = remote_files(
        machine, facts, reach.engine_port != 0 ? reach.engine_port : port_of(reach.url)
    );
    run.script(
        facts,
        "Setting the engine's configuration",
        configure_script(machine.name, files),
        minutes(3)
    );
    prove(machine, reach, context, job);
}

} // namespace orch::machine::provision
