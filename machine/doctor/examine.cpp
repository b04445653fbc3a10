#include "machine/doctor/examine.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/ssh/host_key.hpp"
#include "lib/tasks/group.hpp"
#include "machine/connection.hpp"
#include "machine/doctor/certificates.hpp"
#include "machine/doctor/host.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace orch::machine::doctor {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr std::size_t at_a_time = 64; // each is two waits

/// One machine. The steps of its two connections run at the same time and share nothing.
class Examination {
  public:
    Examination(
        const Machine& machine, milliseconds limit, const Context& context, progress::Sink& progress
    )
        : machine_(machine), limit_(limit), context_(context), progress_(progress),
          driver_(require_driver(context, machine)), reach_(driver_->reach(machine.record)),
          info_(context.registry.find(machine.driver)->info) {}

    [[nodiscard]] const drivers::Reach& reach() const { return reach_; }

    [[nodiscard]] bool has_host() const { return info_.provisions; }

    Findings ask_host(const std::stop_token& stop) {
        Findings findings;
        try {
            const auto shell = context_.world.ssh.connect(reach_.ssh, limit_, stop);
            findings.push_back({"ssh port", Verdict::ok, port_text()});
            findings.push_back({"host key", Verdict::ok, "the one that is remembered"});
            findings.push_back({"ssh login", Verdict::ok, "as " + reach_.ssh.user});
            run_script(*shell, findings, stop);
        } catch (const Error& error) {
            if (stop.stop_requested())
                throw;
            judge_connection(error, findings, stop);
        }
        return findings;
    }

    Findings ask_engine(const std::stop_token& stop) {
        try {
            const auto version =
                check_connection(context_, endpoint(machine_, reach_), limit_, stop);
            return {{"engine", Verdict::ok, "answers at " + reach_.url}, judge_version(version)};
        } catch (const Error& error) {
            if (stop.stop_requested())
                throw;
            const bool can_provision = info_.provisions;
            return {
                {"engine",
                 Verdict::fail,
                 error.message(),
                 can_provision ? "orch machine provision " + machine_.name
                               : "check that an engine listens at " + reach_.url}};
        }
    }

  private:
    [[nodiscard]] std::string port_text() const {
        return ssh::host_key_name(reach_.ssh) + " answers";
    }

    void run_script(ssh::Shell& shell, Findings& findings, const std::stop_token& stop) {
        Asked asked{.begin = system_clock::now(), .end = {}};
        try {
            const auto outcome = shell.run(
                {.line = "sh -s", .input = std::string(host_script()), .timeout = limit_}, stop
            );
            asked.end = system_clock::now();
            for (auto& finding : judge_host(machine_, outcome.out, asked, reach_.ssh.user))
                findings.push_back(std::move(finding));
        } catch (const Error& error) {
            if (stop.stop_requested())
                throw;
            findings.push_back(
                {"shell", Verdict::fail, error.message(), "orch machine ssh " + machine_.name}
            );
        }
    }

    void judge_connection(const Error& error, Findings& findings, const std::stop_token& stop) {
        const bool other_key =
            error.kind() == Kind::denied && error.message().find("host key") != std::string::npos;
        if (error.kind() != Kind::denied) {
            findings.push_back({"ssh port", Verdict::fail, error.message(), power_remedy(stop)});
            return;
        }
        findings.push_back({"ssh port", Verdict::ok, port_text()});
        if (other_key) {
            findings.push_back({"host key", Verdict::fail, error.message(), forget_key()});
            return;
        }
        findings.push_back({"host key", Verdict::ok, "the one that is remembered"});
        findings.push_back({"ssh login", Verdict::fail, error.message(), error.hint()});
    }

    [[nodiscard]] std::string forget_key() const {
        return "if the host was set up anew: ssh-keygen " +
               text::shell_join(
                   {"-R", ssh::host_key_name(reach_.ssh), "-f", reach_.ssh.known_hosts.string()}
               );
    }

    /// For hosts that the driver made: it can tell whether they run.
    std::string power_remedy(const std::stop_token& stop) {
        if (!info_.boots)
            return "check that the host is up and that a firewall lets the port through";
        try {
            Job job{stop, progress_};
            auto record = machine_.record;
            const auto state = driver_->refresh(record, job);
            if (state == drivers::State::running)
                return "orch machine restart " + machine_.name;
            if (state == drivers::State::not_found)
                return "orch machine rm " + machine_.name;
        } catch (const Error&) {
            if (stop.stop_requested())
                throw;
        }
        return "orch machine start " + machine_.name;
    }

    [[nodiscard]] Finding judge_version(const engine::Version& version) const {
        constexpr std::pair oldest{20, 10};
        std::pair<int, int> found{0, 0};
        const auto parts = text::split(version.engine, '.');
        const auto read = [](const std::string& part, int& into) {
            std::from_chars(part.data(), part.data() + part.size(), into);
        };
        read(parts[0], found.first);
        if (parts.size() > 1)
            read(parts[1], found.second);
        if (found >= oldest)
            return {"engine version", Verdict::ok, version.engine};
        return {
            "engine version",
            Verdict::warn,
            version.engine + " is older than 20.10",
            info_.provisions ? "orch machine upgrade " + machine_.name : ""};
    }

    const Machine& machine_;
    milliseconds limit_;
    const Context& context_;
    progress::Sink& progress_;
    std::unique_ptr<drivers::Driver> driver_;
    drivers::Reach reach_;
    const drivers::Info& info_;
};

/// Whether there is anything further to look at.
bool judge_progress(const Machine& machine, const Context& context, Findings& findings) {
    const auto& name = machine.name;
    if (machine.progress == Progress::ready)
        return true;
    if (context.store.is_locked(name)) {
        findings.push_back({"create", Verdict::warn, "it is at work right now"});
        return false;
    }
    const bool made = machine.progress == Progress::made;
    const auto why = machine.failure.empty() ? "it was killed" : machine.failure;
    findings.push_back(
        {"create",
         Verdict::fail,
         "it did not finish: " + why,
         (made ? "orch machine provision " : "orch machine rm ") + name}
    );
    return made;
}

void append(Findings& findings, Findings more) {
    std::move(more.begin(), more.end(), std::back_inserter(findings));
}

/// A machine of driver none may be an engine without TLS: then there is nothing to judge.
bool has_certificates(const Machine& machine) {
    std::error_code ignored;
    return std::filesystem::exists(machine.auth.server_cert, ignored);
}

/// Keys that others may read; ssh refuses to use them, and rightly so.
Finding judge_privacy(const Machine& machine, const drivers::Reach& reach) {
    constexpr auto for_others = std::filesystem::perms(077);
    std::vector<std::string> command{"chmod", "600"};
    for (const auto& file : {machine.auth.client_key, machine.auth.server_key, reach.ssh.key}) {
        std::error_code error;
        const auto status = std::filesystem::status(file, error);
        if (!file.empty() && !error &&
            (status.permissions() & for_others) != std::filesystem::perms())
            command.push_back(file.string());
    }
    if (command.size() == 2)
        return {"private keys", Verdict::ok, "for their owner only"};
    return {
        "private keys",
        Verdict::warn,
        "other users may read " + std::filesystem::path(command[2]).filename().string(),
        text::shell_join(command)};
}

void look_closer(
    const Machine& machine, milliseconds limit, const Context& context, Job& job, Report& report
) {
    Examination examination(machine, limit, context, job.progress);
    report.address = examination.reach().address;
    auto& findings = report.findings;
    if (examination.reach().url.empty()) {
        findings.push_back(
            {"address", Verdict::fail, "it has none", "orch machine start " + machine.name}
        );
        return;
    }
    findings.push_back({"address", Verdict::ok, report.address});
    if (examination.has_host() || has_certificates(machine))
        append(findings, judge_certificates(machine, report.address, system_clock::now()));
    findings.push_back(judge_privacy(machine, examination.reach()));
    Findings host;
    Findings engine;
    tasks::Group connections(2, job.stop);
    if (examination.has_host())
        connections.spawn([&](const std::stop_token& stop) { host = examination.ask_host(stop); });
    connections.spawn([&](const std::stop_token& stop) { engine = examination.ask_engine(stop); });
    connections.wait();
    append(findings, std::move(host));
    append(findings, std::move(engine));
}

Report examine_one(const std::string& name, milliseconds limit, const Context& context, Job& job) {
    Report report{.machine = name, .driver = {}, .address = {}, .findings = {}};
    try {
        const auto machine = context.store.load(name);
        report.driver = machine.driver;
        report.findings.push_back({"config", Verdict::ok, "readable"});
        if (judge_progress(machine, context, report.findings))
            look_closer(machine, limit, context, job, report);
    } catch (const Error& error) {
        if (job.stop.stop_requested())
            throw;
        report.findings.push_back(
            {report.driver.empty() ? "config" : "driver",
             Verdict::fail,
             error.message(),
             error.hint()}
        );
    }
    return report;
}

} // namespace

std::string_view word(Verdict verdict) {
    return verdict == Verdict::ok ? "ok" : verdict == Verdict::warn ? "warn" : "fail";
}

Verdict Report::verdict() const {
    auto worst = Verdict::ok;
    for (const auto& finding : findings)
        worst = std::max(worst, finding.verdict);
    return worst;
}

std::vector<Report> examine(
    const std::vector<std::string>& names, milliseconds limit, const Context& context, Job& job
) {
    std::vector<Report> reports(names.size());
    tasks::Group group(at_a_time, job.stop);
    for (std::size_t i = 0; i < names.size(); ++i)
        group.spawn([&, i](const std::stop_token& stop) {
            Job one{stop, job.progress};
            reports[i] = examine_one(names[i], limit, context, one);
        });
    group.wait();
    return reports;
}

} // namespace orch::machine::doctor
