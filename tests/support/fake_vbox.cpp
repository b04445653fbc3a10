#include "tests/support/fake_vbox.hpp"

#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace orch::test {

namespace {

namespace stdfs = std::filesystem;

process::Outcome ok(std::string out = "") { return {.code = 0, .out = std::move(out), .err = {}}; }

process::Outcome failed(const std::string& text) {
    return {.code = 1, .out = {}, .err = "VBoxManage: error: " + text + "\n"};
}

/// The word behind `name`.
std::string after(const FakeVBox::Args& args, std::string_view name) {
    const auto found = std::find(args.begin(), args.end(), name);
    return found == args.end() || found + 1 == args.end() ? "" : *(found + 1);
}

void touch(const stdfs::path& file, const std::string& text = "disk") {
    stdfs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

} // namespace

FakeVBox::Vm* FakeVBox::find(const std::string& name) {
    for (auto& [id, vm] : vms)
        if (id == name || vm.name == name)
            return &vm;
    return nullptr;
}

void FakeVBox::fail(std::string words, std::string err, int times, int code) {
    faults_.push_back({std::move(words), std::move(err), times, code});
}

std::vector<std::string> FakeVBox::lines() const { return lines(""); }

std::vector<std::string> FakeVBox::lines(const std::string& words) const {
    std::vector<std::string> found;
    for (const auto& call : calls)
        if (const auto line = text::join(call, " "); line.starts_with(words))
            found.push_back(line);
    return found;
}

int FakeVBox::run_attached(const process::Command&) {
    throw std::logic_error("VBoxManage is never run attached");
}

process::Outcome FakeVBox::run(const process::Command& command, const std::stop_token&) {
    if (stdfs::path(command.argv[0]).filename() != "VBoxManage")
        throw std::logic_error("unscripted program " + command.argv[0]);
    commands.push_back(command);
    const Args args(command.argv.begin() + 1, command.argv.end());
    calls.push_back(args);
    for (auto& fault : faults_)
        if (fault.times > 0 && text::join(args, " ").starts_with(fault.words)) {
            --fault.times;
            if (args[0] == "startvm")
                if (const auto* vm = find(args[1]); vm != nullptr && !log.empty())
                    touch(stdfs::path(vm->folder) / "Logs" / "VBox.log", log);
            return {.code = fault.code, .out = {}, .err = fault.err};
        }
    return answer(args, command);
}

process::Outcome FakeVBox::answer(const Args& args, const process::Command& command) {
    const auto& verb = args[0];
    if (verb == "--version")
        return ok(version);
    if (verb == "list")
        return list(args[1]);
    if (verb == "hostonlyif" || verb == "dhcpserver" || verb == "hostonlynet")
        return host_only(args);
    if (verb == "convertfromraw")
        return take_raw(args, command);
    if (verb == "createmedium") {
        touch(after(args, "--filename"));
        return ok();
    }
    if (verb == "clonemedium" || verb == "clonehd") {
        touch(verb == "clonehd" ? args[2] : args[3]);
        return ok();
    }
    if (verb == "closemedium")
        return ok();
    if (verb == "createvm") {
        create(args);
        return ok();
    }
    auto* const vm = find(verb == "guestproperty" || verb == "sharedfolder" ? args[2] : args[1]);
    if (vm == nullptr)
        return failed("Could not find a registered machine named '" + args[1] + "'");
    if (verb == "showvminfo")
        return show(*vm);
    if (verb == "modifyvm")
        modify(*vm, args);
    else if (verb == "storageattach" && after(args, "--type") == "hdd")
        vm->disks.push_back(after(args, "--medium"));
    else if (verb == "startvm")
        start(*vm);
    else if (verb == "controlvm")
        return control(*vm, args[2]);
    else if (verb == "discardstate")
        vm->state = "poweroff";
    else if (verb == "unregistervm")
        remove(*vm);
    else if (verb == "guestproperty" && args[1] == "get")
        return ok("No value set!\n");
    return ok();
}

process::Outcome FakeVBox::list(const std::string& what) const {
    std::string out;
    if (what == "hostonlyifs")
        for (const auto& adapter : adapters)
            out += fmt::format(
                "Name:            {0}\nIPAddress:       {1}\nNetworkMask:     {2}\n"
                "VBoxNetworkName: HostInterfaceNetworking-{0}\n\n",
                adapter.name,
                adapter.address,
                adapter.mask
            );
    if (what == "dhcpservers")
        out = servers;
    if (what == "hostonlynets")
        return nets.empty() ? failed("Unknown subcommand \"hostonlynets\".") : ok(nets);
    return ok(out);
}

process::Outcome FakeVBox::host_only(const Args& args) {
    if (args[0] == "hostonlyif" && args[1] == "create") {
        const auto name = fmt::format("vboxnet{}", adapters.size());
        adapters.push_back({.name = name, .address = "192.168.56.1"});
        return ok("0%...100%\nInterface '" + name + "' was successfully created\n");
    }
    for (auto& adapter : adapters)
        if (args[1] == "ipconfig" && adapter.name == args[2])
            adapter.address = after(args, "--ip");
    if (args[0] == "hostonlyif" && args[1] == "remove")
        std::erase_if(adapters, [&](const auto& adapter) { return adapter.name == args[2]; });
    if (args[1] != "findlease")
        return ok();
    const bool runs = std::any_of(vms.begin(), vms.end(), [](const auto& each) {
        return each.second.state == "running";
    });
    return runs && !lease.empty() ? ok("IP Address:  " + lease + "\n")
                                  : failed("Could not find a lease");
}

process::Outcome FakeVBox::take_raw(const Args& args, const process::Command& command) {
    std::vector<char> buffer(1 << 20);
    std::uint64_t total = 0;
    while (const auto size = command.input_source(buffer)) {
        if (total == 0)
            first_bytes.assign(buffer.data(), std::min<std::size_t>(size, 8192));
        total += size;
    }
    raw[args[2]] = total;
    touch(args[2]);
    return std::to_string(total) == args[3] ? ok() : failed("short input");
}

void FakeVBox::create(const Args& args) {
    const auto name = after(args, "--name");
    Vm vm{.name = name, .id = after(args, "--uuid"), .folder = after(args, "--basefolder")};
    vm.folder += "/" + name;
    touch(stdfs::path(vm.folder) / (name + ".vbox"));
    vms[vm.id] = vm;
}

void FakeVBox::modify(Vm& vm, const Args& args) {
    if (const auto adapter = after(args, "--hostonlyadapter2"); !adapter.empty())
        vm.adapter = adapter;
    if (const auto rule = after(args, "--natpf1"); !rule.empty())
        vm.rule = rule == "delete" ? "" : rule;
}

void FakeVBox::start(Vm& vm) { vm.state = "running"; }

process::Outcome FakeVBox::control(Vm& vm, const std::string& verb) {
    if (verb == "resume")
        vm.state = "running";
    if (verb == "poweroff" || (verb == "acpipowerbutton" && obeys))
        vm.state = "poweroff";
    return ok();
}

process::Outcome FakeVBox::show(const Vm& vm) const {
    std::string out = fmt::format(
        "name=\"{0}\"\nUUID=\"{1}\"\nCfgFile=\"{2}/{0}.vbox\"\nLogFldr=\"{2}/Logs\"\nmemory=2048\n"
        "cpus=3\nVMState=\"{3}\"\nmacaddress1=\"080027000001\"\nnic1=\"nat\"\n",
        vm.name,
        vm.id,
        vm.folder,
        vm.state
    );
    for (std::size_t i = 0; i < vm.disks.size(); ++i)
        out += fmt::format("\"SATA-{}-0\"=\"{}\"\n", i + 1, vm.disks[i]);
    if (!vm.rule.empty())
        out += "Forwarding(0)=\"" + vm.rule + "\"\n";
    if (!vm.adapter.empty())
        out += "hostonlyadapter2=\"" + vm.adapter + "\"\nmacaddress2=\"080027000002\"\n";
    return ok(out);
}

void FakeVBox::remove(const Vm& vm) {
    for (const auto& disk : vm.disks)
        stdfs::remove(disk);
    stdfs::remove_all(vm.folder);
    vms.erase(vm.id);
}

} // namespace orch::test
