#include "machine/doctor/host.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "machine/provision/engine_config.hpp"

#include <charconv>
#include <map>
#include <optional>
#include <sstream>

namespace orch::machine::doctor {

namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr std::string_view marker = "@@orch ";

/// The sections of the script's output, with what is the same in all remedies.
class Host {
  public:
    Host(const Machine& machine, std::string_view output, const std::string& user)
        : machine_(machine), user_(user) {
        std::string* current = nullptr;
        for (const auto& line : text::lines(output)) {
            if (line.starts_with(marker))
                current = &sections_[line.substr(marker.size())];
            else if (current != nullptr)
                *current += line + "\n";
        }
    }

    [[nodiscard]] bool complete() const { return sections_.contains("end"); }

    [[nodiscard]] std::string at(const std::string& section) const {
        const auto found = sections_.find(section);
        return found == sections_.end() ? "" : std::string(text::trim(found->second));
    }

    [[nodiscard]] const Machine& machine() const { return machine_; }

    [[nodiscard]] const std::string& user() const { return user_; }

    /// A command there, as root.
    [[nodiscard]] std::string remote(const std::string& command) const {
        return "orch machine ssh " + machine_.name + (user_ == "root" ? " " : " sudo ") + command;
    }

    [[nodiscard]] std::string provision() const {
        return "orch machine provision " + machine_.name;
    }

  private:
    const Machine& machine_;
    const std::string& user_;
    std::map<std::string, std::string> sections_;
};

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

Finding judge_sudo(const Host& host) {
    const auto answer = host.at("sudo");
    if (answer.ends_with("yes"))
        return {"sudo", Verdict::ok, host.user() == "root" ? "not needed" : "without password"};
    const auto lines = text::lines(answer);
    return {
        "sudo",
        Verdict::fail,
        lines.empty() ? "it does not work" : lines.front(),
        fmt::format(
            "on the host, as root: echo '{} ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/orch",
            host.user()
        )};
}

Finding judge_clock(const Host& host, const Asked& asked) {
    constexpr std::int64_t noticeable = 5; // seconds
    constexpr std::int64_t harmful = 300;  // certificates begin so much before they are made
    const auto there = number(host.at("time"));
    if (!there)
        return {"clock", Verdict::warn, "the host does not tell its time"};
    const auto begin = std::chrono::floor<seconds>(asked.begin.time_since_epoch()).count();
    const auto end = std::chrono::ceil<seconds>(asked.end.time_since_epoch()).count();
    const auto skew = *there < begin ? *there - begin : *there > end ? *there - end : 0;
    const auto size = skew < 0 ? -skew : skew;
    if (size <= noticeable)
        return {"clock", Verdict::ok, "the same as here"};
    return {
        "clock",
        size > harmful ? Verdict::fail : Verdict::warn,
        fmt::format("{} s {} the one here", size, skew < 0 ? "behind" : "ahead of"),
        host.remote("timedatectl set-ntp true")};
}

Finding judge_disk(const Host& host) {
    constexpr std::int64_t filling = 85; // per cent
    constexpr std::int64_t full = 95;
    const auto lines = text::lines(host.at("disk"));
    std::istringstream words(lines.empty() ? "" : lines.back());
    std::string device;
    std::string blocks;
    std::string used;
    std::string left;
    std::string share;
    words >> device >> blocks >> used >> left >> share;
    const auto free_kib = number(left);
    const auto percent = number(std::string_view(share).substr(0, share.find('%')));
    if (!free_kib || !percent)
        return {"disk", Verdict::warn, "the host does not tell how full its disk is"};
    Finding finding{
        .check = "disk",
        .verdict = *percent >= full      ? Verdict::fail
                   : *percent >= filling ? Verdict::warn
                                         : Verdict::ok,
        .text = fmt::format(
            "{} % of /var/lib/docker used, {:.1f} GiB free",
            *percent,
            static_cast<double>(*free_kib) / (1024 * 1024)
        ),
    };
    if (finding.verdict != Verdict::ok)
        finding.remedy = host.remote("docker system prune");
    return finding;
}

Finding judge_service(const Host& host) {
    const std::string check = "engine service";
    if (host.at("dockerd").empty())
        return {check, Verdict::fail, "no engine is installed", host.provision()};
    const auto state = host.at("active");
    if (state.empty()) { // no systemd to ask
        if (host.at("arguments").empty())
            return {check, Verdict::fail, "the engine does not run", host.provision()};
        return {check, Verdict::ok, "running"};
    }
    if (state == "failed")
        return {check, Verdict::fail, "docker.service failed", host.provision()};
    if (state != "active")
        return {
            check,
            Verdict::fail,
            "docker.service is " + state,
            host.remote("systemctl start docker")};
    if (const auto enabled = host.at("enabled"); enabled == "disabled")
        return {
            check,
            Verdict::warn,
            "running, but not started when the host boots",
            host.remote("systemctl enable docker")};
    return {check, Verdict::ok, "running"};
}

Finding judge_options(const Host& host) {
    const std::string check = "engine options";
    if (!host.at("active").empty() && host.at("drop-in") != "yes")
        return {
            check,
            Verdict::fail,
            std::string(provision::drop_in) + " is missing",
            host.provision()};
    if (host.at("arguments").find("--tlscert") == std::string::npos)
        return {
            check, Verdict::fail, "the engine does not run with orch's options", host.provision()};
    return {check, Verdict::ok, "in place"};
}

Finding judge_certificate(const Host& host) {
    const std::string check = "certificate there";
    try {
        const auto here = fs::read_file(host.machine().auth.server_cert);
        const auto there = host.at("certificate");
        if (there.empty())
            return {check, Verdict::fail, "the host has none", host.provision()};
        if (there != text::trim(here))
            return {check, Verdict::fail, "it is not the one of this store", host.provision()};
        return {check, Verdict::ok, "the one of this store"};
    } catch (const Error& error) {
        return {check, Verdict::fail, error.message(), host.provision()};
    }
}

} // namespace

std::string_view host_script() {
    return R"SH(
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
section() { printf '\n@@orch %s\n' "$1"; }
if [ "$(id -u)" = 0 ]; then root=; else root='sudo -n'; fi
property() { systemctl show -p "$1" --value docker.service 2>/dev/null; }
section time; date +%s
section sudo; $root true 2>&1 && echo yes
section disk; { df -Pk /var/lib/docker 2>/dev/null || df -Pk /; } | tail -n 1
section dockerd; command -v dockerd
pid=
if [ -d /run/systemd/system ]; then
    section active; property ActiveState
    section enabled; property UnitFileState
    section drop-in; [ -f /etc/systemd/system/docker.service.d/10-machine.conf ] && echo yes
    pid=$(property MainPID)
else
    pid=$(cat /run/docker.pid /var/run/docker.pid 2>/dev/null | head -n 1)
fi
section arguments; [ "${pid:-0}" -gt 0 ] && $root cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' ' '
section certificate; $root cat /etc/docker/server.pem 2>/dev/null
section end
)SH";
}

Findings judge_host(
    const Machine& machine, std::string_view output, const Asked& asked, const std::string& user
) {
    const Host host(machine, output, user);
    if (!host.complete())
        return {{
            "shell",
            Verdict::fail,
            "the host did not answer as a POSIX shell would",
            "check the login shell of user " + user,
        }};
    Findings findings{
        judge_sudo(host), judge_clock(host, asked), judge_disk(host), judge_service(host)};
    if (findings.back().verdict != Verdict::fail)
        findings.push_back(judge_options(host));
    if (findings.front().verdict == Verdict::ok) // else it cannot be read
        findings.push_back(judge_certificate(host));
    return findings;
}

} // namespace orch::machine::doctor
