#include "drivers/virtualbox/power.hpp"

#include "drivers/kit/record.hpp"
#include "drivers/virtualbox/calls.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/log/log.hpp"
#include "lib/net/local.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"

#include <chrono>

namespace orch::drivers::virtualbox {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto local = "127.0.0.1";
constexpr seconds before_ssh_is_asked{20}; // a lease is cheaper, where there will be one
constexpr seconds before_asked_again{30};  // a guest that still boots does not hear the button
constexpr std::size_t lines_of_log = 3;

std::string text_if_there(const std::filesystem::path& file) {
    try {
        return fs::read_file(file);
    } catch (const Error&) {
        return {};
    }
}

/// VBox.log of the last start.
std::string log_of(const Bench& bench, const Record& record) {
    const auto vm = bench.vbox.attempt({"showvminfo", vm_of(record), "--machinereadable"}, {});
    const auto folder = VmInfo(vm.out).get("LogFldr");
    return folder.empty() ? "" : text_if_there(std::filesystem::path(folder) / "VBox.log");
}

Error no_virtualization(const std::string& line) {
    Error error(
        Kind::unsupported,
        "This computer doesn't have VT-X/AMD-v enabled. Enabling it in the BIOS is mandatory"
    );
    return error.detail(line);
}

/// A failed start, with what the log has to say about it.
Error explain(const Bench& bench, const Record& record, Error error) {
    const auto log = log_of(bench, record);
    const auto problem = virtualization_problem(log);
    if (!problem.empty() && !record.value("NoVTXCheck", false))
        return no_virtualization(problem);
    const auto lines = text::lines(log);
    if (!lines.empty())
        error.detail("VBox.log: " + lines.back());
    return error;
}

/// "HostInterfaceNetworking-vboxnet0": what VirtualBox's DHCP servers call the network.
std::string dhcp_network(const VmInfo& vm) {
    const auto adapter = vm.get("hostonlyadapter" + vm.host_only_card());
    return adapter.empty() ? "hostonly-" + vm.host_only_network()
                           : "HostInterfaceNetworking-" + adapter;
}

std::string leased_address(const Bench& bench, const VmInfo& vm) {
    const auto mac = vm.host_only_mac();
    if (mac.empty())
        return {};
    const auto lease = bench.vbox.attempt(
        {"dhcpserver", "findlease", "--network=" + dhcp_network(vm), "--mac-address=" + mac},
        bench.job.stop
    );
    return lease.ok() ? parse_lease(lease.out) : "";
}

/// What guest additions report.
std::string reported_address(const Bench& bench, const Record& record) {
    const auto property = bench.vbox.attempt(
        {"guestproperty", "get", vm_of(record), "/VirtualBox/GuestInfo/Net/1/V4/IP"}, bench.job.stop
    );
    return property.ok() ? parse_property(property.out) : "";
}

std::string address_by_ssh(const Bench& bench, const VmInfo& vm, const Record& record) {
    auto address = kit::ssh_address(bench.access, record);
    address.host = local;
    try {
        const auto shell = bench.access.world.ssh.connect(address, seconds(5), bench.job.stop);
        const auto list =
            shell->run({.line = "ip addr show", .timeout = seconds(10)}, bench.job.stop);
        return address_of_mac(list.out, vm.host_only_mac());
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        log::debug("driver", "{}: {}", bench.access.machine, error.message());
        return {};
    }
}

std::string known_address(const Bench& bench, const VmInfo& vm, const Record& record) {
    auto address = leased_address(bench, vm);
    return address.empty() ? reported_address(bench, record) : address;
}

Error no_address(const Bench& bench) {
    Error error(
        Kind::timeout, "the guest of machine {} does not get an address", bench.access.machine
    );
    const auto console = text::lines(text_if_there(bench.access.dir / "serial.log"));
    const auto first = console.size() > lines_of_log ? console.size() - lines_of_log : 0;
    for (auto i = first; i < console.size(); ++i)
        error.detail("console: " + console[i]);
    return error.hint("--virtualbox-ui-type gui shows the guest's screen");
}

void wait_for_address(const Bench& bench, Record& record) {
    const auto& clock = bench.access.world.clock;
    const auto began = clock.now();
    bench.say("Waiting for an IP...");
    const auto attempt = [&]() -> std::optional<bool> {
        const auto vm = require_vm(bench, record);
        if (vm.state() != State::running && vm.state() != State::starting)
            throw explain(
                bench,
                record,
                Error(Kind::remote, "the VM {} is {}", bench.access.machine, vm.get("VMState"))
            );
        auto address = known_address(bench, vm, record);
        // VirtualBox knows nothing of the leases in macOS's own networks.
        const bool no_lease = !vm.get("hostonly-network" + vm.host_only_card()).empty();
        if (address.empty() && (no_lease || clock.now() - began > before_ssh_is_asked))
            address = address_by_ssh(bench, vm, record);
        if (address.empty())
            return std::nullopt;
        record["IPAddress"] = address;
        return true;
    };
    const tasks::RetryPolicy policy{
        .first_pause = milliseconds(200),
        .longest_pause = seconds(2),
        .give_up_after = minutes(5),
    };
    tasks::retry(policy, bench.access.world.clock, bench.job.stop, attempt, [&] {
        return no_address(bench);
    });
}

/// Forwards a port of this computer to the guest's sshd; false if VirtualBox refuses that, as it
/// may for a machine whose memory is saved.
bool forward(const Bench& bench, Record& record, const Checkpoint& save) {
    const auto kept = kit::integer(record, "SSHPort", 0);
    const auto port = kept != 0 && net::is_free(local, kept) ? kept : net::free_port();
    record["SSHPort"] = port;
    save(record);
    bench.vbox.attempt(forget_ssh(vm_of(record)), bench.job.stop); // there may be none
    return bench.vbox.attempt(forward_ssh(vm_of(record), port), bench.job.stop).ok();
}

/// Adapters have been seen to lose their address when a machine starts.
void check_adapter(const Bench& bench, const VmInfo& vm, const Record& record) {
    const auto cidr = parse_cidr(kit::text(record, "HostOnlyCIDR"));
    const auto adapters = parse_adapters(bench.vbox.run({"list", "hostonlyifs"}, bench.job.stop));
    for (const auto& adapter : adapters)
        if (adapter.name == vm.host_only_network() && adapter.address != dotted(cidr.address))
            bench.vbox.run(
                {"hostonlyif",
                 "ipconfig",
                 adapter.name,
                 "--ip",
                 dotted(cidr.address),
                 "--netmask",
                 dotted(cidr.mask())},
                bench.job.stop
            );
}

void run_vm(
    const Bench& bench, Record& record, const Checkpoint& save, State state, bool networked
) {
    const auto alone = bench.vbox.alone(bench.job.stop);
    if (state == State::stopped && !networked)
        attach_network(bench, record);
    const bool forwarded = forward(bench, record, save);
    const auto call = start(vm_of(record), kit::text(record, "UIType", "headless"));
    const auto outcome = bench.vbox.attempt(call, bench.job.stop);
    if (!outcome.ok())
        throw explain(bench, record, failure_of(call, outcome));
    const auto port = kit::integer(record, "SSHPort", 0);
    if (!forwarded)
        bench.vbox.run(forward_ssh_now(vm_of(record), port), bench.job.stop);
    const auto vm = require_vm(bench, record);
    if (!vm.get("hostonlyadapter" + vm.host_only_card()).empty())
        check_adapter(bench, vm, record);
}

/// True once the machine is off.
bool is_off(const Bench& bench, const Record& record) {
    const auto state = require_vm(bench, record).state();
    return state == State::stopped || state == State::saved;
}

} // namespace

void Bench::say(std::string text) const {
    job.progress.emit({.id = access.machine, .text = std::move(text)});
}

std::string vm_of(const Record& record) {
    const auto id = kit::text(record, "VMId");
    return id.empty() ? kit::text(record, "MachineName") : id;
}

VmInfo require_vm(const Bench& bench, const Record& record) {
    if (auto vm = bench.vbox.show(vm_of(record), bench.job.stop))
        return *std::move(vm);
    throw Error(Kind::not_found, "VirtualBox has no VM {} any more", bench.access.machine)
        .hint("orch machine rm {} forgets the machine", bench.access.machine);
}

void attach_network(const Bench& bench, const Record& record) {
    const auto& stop = bench.job.stop;
    const NetworkWishes wishes{
        .cidr = parse_cidr(kit::text(record, "HostOnlyCIDR")),
        .dhcp = !record.value("HostOnlyNoDHCP", false),
        .networks = bench.host.macos && bench.vbox.attempt({"list", "hostonlynets"}, stop).ok(),
    };
    const auto attachment = ensure_network(bench.vbox, wishes, bench.host.interfaces(), stop);
    bench.vbox.run(
        host_only_card(
            vm_of(record),
            attachment,
            kit::text(record, "HostOnlyNicType", "82540EM"),
            kit::text(record, "HostOnlyPromiscMode", "deny")
        ),
        stop
    );
}

void note_reach(const Bench& bench, const VmInfo& vm, Record& record) {
    if (const auto port = ssh_port(vm); port != 0)
        record["SSHPort"] = port;
    if (const auto address = known_address(bench, vm, record); !address.empty())
        record["IPAddress"] = address;
}

void start(const Bench& bench, Record& record, const Checkpoint& save, bool networked) {
    const auto vm = require_vm(bench, record);
    const auto state = vm.state();
    if (vm.inaccessible())
        throw Error(Kind::remote, "VirtualBox cannot read the files of VM {}", bench.access.machine)
            .hint("VBoxManage list vms --long says why");
    if (state == State::paused)
        bench.vbox.run(control(vm_of(record), "resume"), bench.job.stop);
    else if (state == State::stopped || state == State::saved)
        run_vm(bench, record, save, state, networked);
    else if (state != State::running)
        bench.say("VM not in restartable state");
    wait_for_address(bench, record);
}

void stop(const Bench& bench, Record& record) {
    const auto vm = vm_of(record);
    const auto state = require_vm(bench, record).state();
    if (state == State::saved)
        throw Error(Kind::conflict, "machine {} is saved, not running", bench.access.machine)
            .hint(
                "start it first, or give up what it had in memory: orch machine kill {}",
                bench.access.machine
            );
    if (state == State::paused)
        bench.vbox.run(control(vm, "resume"), bench.job.stop);
    const auto& clock = bench.access.world.clock;
    auto pressed = clock.now();
    bench.vbox.run(control(vm, "acpipowerbutton"), bench.job.stop);
    const auto attempt = [&]() -> std::optional<bool> {
        if (is_off(bench, record))
            return true;
        if (clock.now() - pressed > before_asked_again) {
            pressed = clock.now();
            bench.vbox.attempt(control(vm, "acpipowerbutton"), bench.job.stop);
        }
        return std::nullopt;
    };
    const tasks::RetryPolicy policy{
        .first_pause = milliseconds(500),
        .longest_pause = seconds(1),
        .give_up_after = minutes(2),
    };
    tasks::retry(policy, bench.access.world.clock, bench.job.stop, attempt, [&] {
        return Error(Kind::timeout, "the guest of machine {} does not halt", bench.access.machine)
            .hint("orch machine kill {} switches it off", bench.access.machine);
    });
    record["IPAddress"] = "";
}

void kill(const Bench& bench, Record& record) {
    const auto vm = vm_of(record);
    const auto state = require_vm(bench, record).state();
    if (state == State::saved)
        bench.vbox.run({"discardstate", vm}, bench.job.stop);
    else if (state != State::stopped)
        bench.vbox.run(control(vm, "poweroff"), bench.job.stop);
    const tasks::RetryPolicy policy{
        .first_pause = milliseconds(100),
        .longest_pause = milliseconds(500),
        .give_up_after = seconds(10),
    };
    const auto attempt = [&]() -> std::optional<bool> {
        return is_off(bench, record) ? std::optional(true) : std::nullopt;
    };
    tasks::retry(policy, bench.access.world.clock, bench.job.stop, attempt, [&] {
        return Error(Kind::timeout, "VirtualBox does not switch {} off", bench.access.machine);
    });
    record["IPAddress"] = "";
}

} // namespace orch::drivers::virtualbox
