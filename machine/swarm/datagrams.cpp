#include "machine/swarm/datagrams.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "machine/swarm/advertise.hpp"
#include "machine/swarm/cluster.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace orch::machine::swarm {

namespace {

using std::chrono::seconds;

constexpr seconds login_limit{10};
constexpr seconds script_limit{20};

struct PortUse {
    int port;
    const char* use; // what does not work without it
};

constexpr PortUse ports[] = {
    {4789, "containers on two nodes cannot talk to each other"},
    {7946, "nodes hear of each other's containers late or never"},
};

constexpr std::string_view count_script = R"SH(
export LC_ALL=C
cat /proc/net/snmp /proc/net/snmp6 2>/dev/null | awk '
    $1 == "Udp:" && $2 ~ /^[0-9]+$/ { sum += $2 + $3 + $4 }
    $1 ~ /^Udp6(InDatagrams|NoPorts|InErrors)$/ { sum += $2 }
    END { printf "@@orch packets %.0f\n", sum }'
)SH";

/// Enough to stand out against what nodes tell each other in the meantime.
constexpr std::string_view send_function = R"SH(
export LC_ALL=C
command -v bash >/dev/null 2>&1 || exit 0
bash -c 'for packet in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    printf x > "/dev/udp/$0/$1" || exit 1
done' "$host" "$port" 2>/dev/null && echo "@@orch sent 16"
exit 0
)SH";

/// The number behind a word of a script's answer.
std::optional<long long> number_after(const std::string& output, std::string_view word) {
    for (const auto& line : text::lines(output)) {
        if (!line.starts_with(word))
            continue;
        long long number = 0;
        const auto* end = line.data() + line.size();
        if (std::from_chars(line.data() + word.size(), end, number).ec == std::errc())
            return number;
    }
    return std::nullopt;
}

/// One end of the way.
struct End {
    std::string name;    // of the machine
    std::string address; // that nodes know
    ssh::Shell& shell;
};

std::string run(const End& end, const std::string& script, const Job& job) {
    return end.shell.run({.line = "sh -s", .input = script, .timeout = script_limit}, job.stop).out;
}

/// True unless it is sure that packets do not arrive.
bool arrives(const End& from, const End& to, int port, const Job& job) {
    const auto before = number_after(run(to, datagrams_script(), job), "@@orch packets ");
    const auto sent = number_after(run(from, send_script(to.address, port), job), "@@orch sent ");
    const auto after = number_after(run(to, datagrams_script(), job), "@@orch packets ");
    return !before || !sent || !after || *after - *before >= *sent;
}

void check_way(const End& from, const End& to, const std::string& subject, Job& job) {
    for (const auto& [port, use] : ports)
        if (!arrives(from, to, port, job))
            job.progress.emit(
                {.id = subject,
                 .status = progress::Status::warning,
                 .text = fmt::format(
                     "packets from {} do not reach {} at port {}/udp: {}",
                     from.name,
                     to.name,
                     port,
                     use
                 )}
            );
}

/// Another node of the store, a manager if there is one.
std::optional<Machine> partner_of(const Machine& machine, const Store& store) {
    std::optional<Machine> partner;
    for (auto& other : members(store, machine.swarm.discovery))
        if (other.name != machine.name && !other.membership.node.empty() &&
            (!partner || (other.swarm.master && !partner->swarm.master)))
            partner = std::move(other);
    return partner;
}

/// An advertised address may have a port of its own.
std::string host_of(const std::string& address) {
    if (address.starts_with('['))
        return address.substr(1, address.find(']') - 1);
    const bool has_port = std::count(address.begin(), address.end(), ':') == 1;
    return has_port ? address.substr(0, address.find(':')) : address;
}

} // namespace

std::string datagrams_script() { return std::string(count_script); }

std::string send_script(const std::string& host, int port) {
    return fmt::format("host={} port={}", text::shell_quote(host), port) +
           std::string(send_function);
}

void check_datagrams(
    const Machine& machine,
    const drivers::Reach& reach,
    ssh::Shell& shell,
    const Context& context,
    Job& job
) {
    const auto partner = partner_of(machine, context.store);
    if (!partner)
        return;
    try {
        const auto there = require_driver(context, *partner)->reach(partner->record);
        const auto other_shell = context.world.ssh.connect(there.ssh, login_limit, job.stop);
        const End here{machine.name, host_of(advertised(machine, reach)), shell};
        const End other{partner->name, host_of(advertised(*partner, there)), *other_shell};
        check_way(here, other, machine.name, job);
        check_way(other, here, machine.name, job);
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        log::debug(
            "machine", "UDP between {} and {}: {}", machine.name, partner->name, error.message()
        );
    }
}

} // namespace orch::machine::swarm
