#include "machine/regenerate.hpp"

#include "lib/base/error.hpp"
#include "machine/certs.hpp"
#include "machine/create.hpp"

#include <chrono>

namespace orch::machine {

namespace {

constexpr std::chrono::milliseconds lock_patience{2000};

void require_host(const Machine& machine, const drivers::Info& info) {
    if (machine.progress == Progress::creating)
        throw Error(
            Kind::invalid, "machine \"{}\" was never made: its create was cut short", machine.name
        )
            .hint("remove it and create it again: orch machine rm {}", machine.name);
    if (!info.provisions)
        throw Error(
            Kind::unsupported, "machine \"{}\" has no host to put certificates on", machine.name
        )
            .hint("its driver \"{}\" only knows the engine's URL", machine.driver);
}

} // namespace

Machine
regenerate(const std::string& name, const std::string& owner, const Context& context, Job& job) {
    {
        const auto lock = context.store.lock(name, lock_patience, job.stop);
        auto machine = context.store.load(name);
        const auto driver = require_driver(context, machine);
        const auto& info = context.registry.find(machine.driver)->info;
        require_host(machine, info);
        // An existing host is asked by SSH at once: its own errors say more than "not running".
        if (info.boots && driver->refresh(machine.record, job) != drivers::State::running)
            throw Error(Kind::not_found, "Host is not running").hint("orch machine start {}", name);
        ensure_authority(context.store, machine.auth, owner, name, job);
        const auto hosts = certificate_hosts(machine, driver->reach(machine.record));
        renew_server_certificate(context.store, machine, owner, hosts);
    }
    return reprovision(name, owner, context, job, Scope::engine);
}

} // namespace orch::machine
