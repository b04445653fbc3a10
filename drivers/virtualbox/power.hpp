// Power of a machine: from any state of VirtualBox to a guest that has an address, and back.
#pragma once

#include "drivers/virtualbox/host.hpp"
#include "drivers/virtualbox/vboxmanage.hpp"

#include <string>

namespace orch::drivers::virtualbox {

/// What the steps of one operation work with.
struct Bench {
    const Access& access;
    const Host& host;
    VBoxManage& vbox;
    Job& job;

    void say(std::string text) const;
};

/// How VBoxManage calls the machine: its id, or the name if docker-machine made it.
std::string vm_of(const Record& record);

/// Throws Error(not_found) if VirtualBox has no such machine.
VmInfo require_vm(const Bench& bench, const Record& record);

/// Finds or makes the host-only network and attaches the second card; under VBoxManage::alone().
void attach_network(const Bench& bench, const Record& record);

/// Takes what VirtualBox knows of a running machine: the port of its ssh, its address.
void note_reach(const Bench& bench, const VmInfo& vm, Record& record);

/// Runs, resumes or restores the machine, sets SSHPort, and waits until the guest has an address.
/// `save` is called before the machine runs. With `networked` the second card is as it should be.
/// Throws Error: timeout if no address comes, remote with the end of VBox.log if it does not start.
void start(const Bench& bench, Record& record, const Checkpoint& save, bool networked);

/// Asks the guest to halt, and waits. Throws Error(timeout) if it does not.
void stop(const Bench& bench, Record& record);

/// At once; what a saved machine had in memory is lost.
void kill(const Bench& bench, Record& record);

} // namespace orch::drivers::virtualbox
