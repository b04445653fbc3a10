#include "drivers/virtualbox/virtualbox.hpp"

#include "drivers/kit/boot2docker.hpp"
#include "drivers/kit/images.hpp"
#include "drivers/kit/record.hpp"
#include "drivers/virtualbox/build.hpp"
#include "drivers/virtualbox/disk.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/progress/sink.hpp"

#include <algorithm>

namespace orch::drivers::virtualbox {

namespace {

namespace stdfs = std::filesystem;

constexpr int engine_port = 2376;
constexpr Version oldest{5, 0, 0};
constexpr Version first_with_ranges{6, 1, 28};

void warn(const Access& access, const Job& job, std::string text) {
    job.progress.emit(
        {.id = access.machine, .status = progress::Status::warning, .text = std::move(text)}
    );
}

std::string file_text(const stdfs::path& file) {
    try {
        return fs::read_file(file);
    } catch (const Error&) {
        return {};
    }
}

bool is_boot2docker(const Values& values) {
    return !values.text("virtualbox-boot2docker-url").empty() ||
           !values.text("virtualbox-import-boot2docker-vm").empty();
}

/// Machines of docker-machine have no "Image".
bool runs_boot2docker(const Record& record) { return kit::text(record, "Image").empty(); }

/// Whether the VM is the machine's own: another one may have got its name.
bool is_ours(const Access& access, const Record& record, const VmInfo& vm) {
    if (!kit::text(record, "VMId").empty())
        return true;
    std::error_code error;
    const auto file = stdfs::weakly_canonical(vm.get("CfgFile"), error);
    const auto dir = stdfs::weakly_canonical(access.dir, error);
    const auto [end, rest] = std::mismatch(dir.begin(), dir.end(), file.begin(), file.end());
    return end == dir.end();
}

std::string user_data_of(const Values& values) {
    const auto& file = values.text("virtualbox-userdata");
    return file.empty() ? "" : fs::read_file(file);
}

} // namespace

void Driver::check_virtualbox(const Request& request, const Job& job) {
    const auto out = vbox_.run({"--version"}, job.stop);
    const auto version = parse_version(out);
    if (!version)
        throw Error(Kind::unsupported, "cannot read the version of VirtualBox")
            .detail(out)
            .hint("orch needs VirtualBox 5 or newer");
    if (*version < Version{4, 3, 0})
        throw Error(
            Kind::unsupported,
            "VirtualBox is {}.{}; orch needs version 5 or newer",
            version->major,
            version->minor
        );
    if (*version < oldest)
        warn(access_, job, "VirtualBox is older than version 5; it may not work");
    if (!request.values.flag("virtualbox-no-vtx-check") && !host_.virtualizes())
        throw Error(
            Kind::unsupported,
            "This computer doesn't have VT-X/AMD-v enabled. Enabling it in the BIOS is mandatory"
        )
            .hint("--virtualbox-no-vtx-check skips this check");
    check_network(request, *version, job);
}

void Driver::check_network(const Request& request, const Version& version, const Job& job) {
    const bool networks = host_.macos && vbox_.attempt({"list", "hostonlynets"}, job.stop).ok();
    if (networks)
        return;
    const Args list{"list", "hostonlyifs"};
    const auto adapters = vbox_.attempt(list, job.stop);
    if (!adapters.ok()) {
        auto error = failure_of(list, adapters);
        throw error.hint("VirtualBox's kernel modules must be loaded: as root, /sbin/vboxconfig");
    }
    const auto cidr = parse_cidr(request.values.text("virtualbox-hostonly-cidr"));
    for (const auto& adapter : parse_adapters(adapters.out))
        if (adapter.address == dotted(cidr.address))
            return;
    if (version >= first_with_ranges && !is_allowed(cidr, file_text(host_.networks_conf)))
        throw not_allowed(cidr);
}

void Driver::check(const Request& request, Job& job) {
    check_wishes(request.values);
    user_data_of(request.values);
    if (!is_boot2docker(request.values))
        kit::image_source(
            request.values.text("virtualbox-image"),
            kit::Flavour::virtualbox,
            host_.arm ? "aarch64" : "x86_64"
        );
    else if (host_.arm)
        throw Error(Kind::unsupported, "boot2docker does not run on ARM processors")
            .hint("take a cloud image: --virtualbox-image");
    check_virtualbox(request, job);
    if (vbox_.show(access_.machine, job.stop))
        throw Error(Kind::conflict, "VirtualBox has a VM {} already", access_.machine)
            .hint(
                "choose another name for the machine, or remove the VM: VBoxManage unregistervm {} "
                "--delete",
                access_.machine
            );
}

Record Driver::draft(const Request& request) const {
    auto record = kit::base_record(access_);
    kit::note_swarm(request, record);
    record["SSHUser"] = kit::boot2docker::user;
    note_wishes(request.values, record);
    if (!is_boot2docker(request.values))
        record["Image"] = request.values.text("virtualbox-image");
    record["VMId"] = new_uuid();
    return record;
}

Record Driver::create(const Request& request, const Checkpoint& save, Job& job) {
    auto record = draft(request);
    save(record); // from here on rm finds by the id whatever is made
    const auto tools = bench(job);
    build(tools, record, save, user_data_of(request.values));
    tools.say("Starting the VM...");
    start(tools, record, save, /*networked=*/true);
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    const auto tools = bench(job);
    const auto vm = vbox_.show(vm_of(record), job.stop);
    if (!vm)
        return State::not_found;
    const auto state = vm->state();
    if (state == State::running)
        note_reach(tools, *vm, record);
    return state;
}

void Driver::power(Record& record, Power power, Job& job) {
    const auto tools = bench(job);
    const Checkpoint unsaved = [](const Record&) {}; // VirtualBox knows the port, too
    switch (power) {
    case Power::start:
        return start(tools, record, unsaved, /*networked=*/false);
    case Power::stop:
        return stop(tools, record);
    case Power::kill:
        return kill(tools, record);
    case Power::restart:
        stop(tools, record);
        return start(tools, record, unsaved, /*networked=*/false);
    }
}

void Driver::remove(const Record& record, Job& job) {
    if (vm_of(record).empty()) // the create did not come to the point of making anything
        return;
    const auto tools = bench(job);
    const auto vm = vbox_.show(vm_of(record), job.stop);
    if (vm && !is_ours(access_, record, *vm))
        return warn(access_, job, "The VM of that name is not this machine's: VirtualBox keeps it");
    if (vm && vm->state() != State::stopped && vm->state() != State::saved && !vm->inaccessible()) {
        auto copy = record;
        kill(tools, copy);
    }
    const auto alone = vbox_.alone(job.stop);
    if (vm) {
        const Args forget{"unregistervm", vm_of(record)};
        auto all = forget;
        all.emplace_back("--delete");
        vbox_.run(vm->inaccessible() ? forget : all, job.stop);
    }
    forget_disks(tools);
    if (!kit::text(record, "VMId").empty()) // what a killed createvm left, without registering it
        fs::remove_tree(access_.dir / access_.machine);
}

std::optional<Replaced> Driver::upgrade(Record& record, Job& job) {
    namespace b2d = kit::boot2docker;
    if (!runs_boot2docker(record))
        return std::nullopt;
    const auto tools = bench(job);
    const auto iso = access_.dir / "boot2docker.iso";
    const auto before = b2d::iso_version(iso);
    const auto url = kit::text(record, "Boot2DockerURL");
    if (before == b2d::last_version && url.empty()) {
        warn(access_, job, "boot2docker " + before + " is the last release there will be");
        return Replaced{before, before};
    }
    tools.say("Stopping machine to do the upgrade...");
    if (require_vm(tools, record).state() != State::stopped)
        stop(tools, record);
    fetch_iso(tools, url);
    tools.say("Starting machine back up...");
    start(
        tools, record, [](const Record&) {}, /*networked=*/false
    );
    return Replaced{before, b2d::iso_version(iso)};
}

Reach Driver::reach(const Record& record) const {
    const auto address = kit::text(record, "IPAddress");
    auto login = kit::ssh_address(access_, record);
    login.host = "127.0.0.1";
    return {
        .address = address,
        .url = kit::engine_url(address, engine_port),
        .engine_port = engine_port,
        .ssh = login,
    };
}

} // namespace orch::drivers::virtualbox
