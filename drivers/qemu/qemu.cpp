#include "drivers/qemu/qemu.hpp"

#include "drivers/kit/boot2docker.hpp"
#include "drivers/kit/images.hpp"
#include "drivers/kit/key.hpp"
#include "drivers/kit/record.hpp"
#include "drivers/kit/seed.hpp"
#include "drivers/qemu/accel.hpp"
#include "drivers/qemu/disk.hpp"
#include "drivers/qemu/legacy.hpp"
#include "drivers/qemu/place.hpp"
#include "drivers/qemu/programs.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/fs/lock.hpp"
#include "lib/progress/sink.hpp"

#include <set>
#include <tuple>

namespace orch::drivers::qemu {

namespace {

constexpr auto* disk_file = "disk.qcow2"; // these names are docker-machine-driver-qemu's, too
constexpr auto* iso_file = "boot2docker.iso";
constexpr auto* monitor_file = "monitor";
constexpr auto* pid_file = "qemu.pid";
constexpr auto* seed_file = "cidata.iso";
constexpr auto* console_file = "serial.log";
constexpr auto* vars_file = "firmware-vars.fd";

constexpr int tcg_patience = 5;
constexpr int launch_attempts = 3;
constexpr std::chrono::minutes lock_patience{2};

void say(const Access& access, std::string text, const Job& job) {
    job.progress.emit({.id = access.machine, .text = std::move(text)});
}

std::vector<Publish> published(const Record& record) {
    std::vector<Publish> ports;
    if (const auto found = record.find("Publish"); found != record.end() && found->is_array())
        for (const auto& port : *found)
            if (port.is_string())
                ports.push_back(parse_publish(port.get<std::string>()));
    return ports;
}

bool is_behind_ports(const Record& record) {
    return kit::text(record, "Network", "user") == "user";
}

std::string cluster_mac(const Record& record) {
    return mac_of("cluster " + kit::text(record, "MacAddress"));
}

std::string without_prefix(const std::string& address) {
    return address.substr(0, address.find('/'));
}

/// An address that was given or found before stays; else the one that this computer has spoken to.
bool find_address(Record& record) {
    if (!kit::text(record, "IPAddress").empty())
        return true;
    try {
        const auto table = fs::read_file("/proc/net/arp");
        if (const auto found = neighbour(table, kit::text(record, "MacAddress"))) {
            record["IPAddress"] = *found;
            return true;
        }
    } catch (const Error&) {
        // No such table here: only an address that is given will do.
    }
    return false;
}

} // namespace

Place Driver::place(const Record& record) const {
    const auto monitor = kit::text(record, "MonitorPath");
    return {file(pid_file), monitor.empty() ? file(monitor_file) : std::filesystem::path(monitor)};
}

void Driver::check(const Request& request, Job& job) {
    const auto wishes = read_wishes(request);
    const auto program = program_of(wishes.program);
    require_programs(program, access_.world, job);
    if (wishes.boot2docker_url.empty())
        require_image(kit::image_source(wishes.image, kit::Flavour::qemu, arch_of(program)), job);
    std::ignore = find_firmware(wishes.firmware, arch_of(program));
    require_network(wishes);
    require_space(access_.store);
    require_free(wishes.publish);
    const auto one = choose_port(0, wishes.local_ports, {});
    std::ignore = choose_port(0, wishes.local_ports, {one});
    if (wishes.accel != "auto")
        std::ignore = settle_accel(wishes.accel, program, access_.machine, access_.world, job);
}

/// Files of this computer are looked at now, those of others when they are fetched.
void Driver::require_image(const kit::ImageSource& source, Job& job) const {
    if (source.url.find("://") == std::string::npos || source.url.starts_with("file://"))
        std::ignore = kit::fetch(source, access_, job);
}

Record Driver::draft(const Wishes& wishes) const {
    auto record = kit::base_record(access_);
    const bool legacy = !wishes.boot2docker_url.empty();
    const auto program = program_of(wishes.program);
    record["IPAddress"] = wishes.network == "user" ? "127.0.0.1" : without_prefix(wishes.address);
    record["SSHUser"] = legacy ? std::string(kit::boot2docker::user) : wishes.user;
    record["SSHPort"] = ssh_port;
    record["EnginePort"] = engine_port;
    record["Memory"] = wishes.memory;
    record["DiskSize"] = wishes.disk_size;
    record["CPU"] = wishes.cpus;
    record["Program"] = program;
    record["Image"] = legacy ? "" : wishes.image;
    record["Accel"] = wishes.accel;
    record["AccelInUse"] = "";
    record["Network"] = wishes.network;
    record["NetworkInterface"] = wishes.interface;
    record["NetworkAddress"] = wishes.address;
    record["NetworkBridge"] = wishes.bridge;
    record["MacAddress"] = mac_of(access_.machine + access_.store.string());
    record["ClusterGroup"] = "";
    record["ClusterAddress"] = "";
    record["Boot2DockerURL"] = wishes.boot2docker_url;
    record["DiskPath"] = file(disk_file).string();
    record["MonitorPath"] = "";
    record["UserDataFile"] = wishes.user_data;
    record["LocalPorts"] = range_text(wishes.local_ports);
    record["Publish"] = Record::array();
    for (const auto& port : wishes.publish)
        record["Publish"].push_back(publish_text(port));
    record["Firmware"] = find_firmware(wishes.firmware, arch_of(program)).string();
    return record;
}

/// Others choose only once this one's address is on the disk.
void Driver::join_cluster(const Checkpoint& save, Record& record, Job& job) const {
    const fs::Lock alone(access_.store / "locks" / ".qemu-cluster.lock", lock_patience, job.stop);
    record["ClusterGroup"] = cluster_group(access_.store);
    record["ClusterAddress"] = choose_cluster_address(access_);
    save(record);
}

void Driver::make_guest(const Wishes& wishes, Record& record, Job& job) const {
    say(access_, "Creating SSH key...", job);
    const auto key = kit::make_key(access_, record);
    if (!wishes.boot2docker_url.empty())
        return make_boot2docker(
            {.url = wishes.boot2docker_url,
             .key = key,
             .iso = file(iso_file),
             .disk = file(disk_file),
             .size = wishes.disk_size},
            access_,
            job
        );
    const auto arch = arch_of(kit::text(record, "Program"));
    const auto image =
        kit::fetch(kit::image_source(wishes.image, kit::Flavour::qemu, arch), access_, job);
    say(access_, "Making the disk...", job);
    make_disk(image, file(disk_file), wishes.disk_size, access_.world, job);
    kit::Seed seed{
        .machine = access_.machine,
        .user = wishes.user,
        .public_key = key,
        .interfaces =
            {{.mac = kit::text(record, "MacAddress"),
              .address = wishes.address,
              .gateway = wishes.gateway}},
        .user_data = wishes.user_data.empty() ? "" : fs::read_file(wishes.user_data),
    };
    if (const auto address = kit::text(record, "ClusterAddress"); !address.empty())
        seed.interfaces.push_back({.mac = cluster_mac(record), .address = address, .routes = false}
        );
    fs::write_atomic(file(seed_file), kit::seed_image(seed), 0600);
}

/// Those of the last time, where they are still free. What is known of the host's keys moves along.
void Driver::choose_ports(Record& record) const {
    if (!is_behind_ports(record))
        return;
    const auto range = parse_range(kit::text(record, "LocalPorts"));
    const auto before = kit::integer(record, "SSHPort", 0);
    // The draft's ports are the guest's own.
    const auto wish = [](int port) { return port == ssh_port || port == engine_port ? 0 : port; };
    std::set<int> taken;
    for (const auto& port : published(record))
        taken.insert(port.host);
    const int ssh = choose_port(wish(before), range, taken);
    taken.insert(ssh);
    record["SSHPort"] = ssh;
    record["EnginePort"] = choose_port(wish(kit::integer(record, "EnginePort", 0)), range, taken);
    const auto known = file("known_hosts");
    if (ssh != before && std::filesystem::exists(known))
        fs::write_atomic(known, with_port_moved(fs::read_file(known), before, ssh), 0600);
}

Launch Driver::launch_of(const Record& record) const {
    const bool legacy = std::filesystem::exists(file(iso_file));
    const auto program = kit::text(record, "Program", program_of(""));
    const auto where = place(record);
    Launch launch{
        .name = access_.machine,
        .program = program,
        .arch = arch_of(program),
        .accel = kit::text(record, "AccelInUse", "tcg"),
        .cpus = kit::integer(record, "CPU", 1),
        .memory = kit::integer(record, "Memory", 1024),
        .disk = file(disk_file),
        .cd = legacy ? file(iso_file) : file(seed_file),
        .boots_cd = legacy,
        .firmware = kit::text(record, "Firmware"),
        .console = file(console_file),
        .monitor = where.monitor,
        .pid_file = where.pid_file,
        .mac = kit::text(record, "MacAddress", mac_of(access_.machine)),
        .network = kit::text(record, "Network", "user"),
        .bridge = kit::text(record, "NetworkBridge", "br0"),
        .interface = kit::text(record, "NetworkInterface", "tap0"),
        .ssh = kit::integer(record, "SSHPort", 0),
        .engine = kit::integer(record, "EnginePort", 0),
        .publish = published(record),
        .cluster = {kit::text(record, "ClusterGroup"), kit::text(record, "ClusterAddress")},
    };
    launch.cluster_mac = cluster_mac(record);
    if (!launch.firmware.empty())
        launch.firmware_vars = own_firmware_vars(launch.firmware, file(vars_file));
    return launch;
}

void Driver::start(Record& record, const Checkpoint& save, Job& job) const {
    record["AccelInUse"] = settle_accel(
        kit::text(record, "Accel", "auto"),
        kit::text(record, "Program", program_of("")),
        access_.machine,
        access_.world,
        job
    );
    record["MonitorPath"] =
        monitor_path(access_.dir, environment_.get_or("XDG_RUNTIME_DIR", "")).string();
    bool alone = false;
    // Machines that start at the same time choose one after the other.
    const fs::Lock ports(access_.store / "locks" / ".qemu-ports.lock", lock_patience, job.stop);
    for (int attempt = 1;; ++attempt) {
        choose_ports(record);
        save(record);
        auto wish = launch_of(record);
        if (alone)
            wish.cluster = {};
        try {
            return launch(wish, access_.world, job);
        } catch (const Error& error) {
            const bool multicast = !alone && is_multicast_failure(error);
            if (!multicast && (attempt == launch_attempts || !is_port_conflict(error)))
                throw;
            alone = alone || multicast;
        }
        if (alone)
            job.progress.emit(
                {.id = access_.machine,
                 .status = progress::Status::warning,
                 .text = "This computer has no network for multicast: until the next start the "
                         "store's other virtual machines cannot reach it"}
            );
    }
}

Record Driver::create(const Request& request, const Checkpoint& save, Job& job) {
    const auto wishes = read_wishes(request);
    auto record = draft(wishes);
    save(record); // from here on rm knows the directory's files and the process
    if (wishes.cluster)
        join_cluster(save, record, job);
    make_guest(wishes, record, job);
    say(access_, "Starting QEMU...", job);
    start(record, save, job);
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    if (!std::filesystem::exists(file(disk_file)))
        return State::not_found;
    const auto state = ask_state(place(record), job.stop);
    if (state == State::running && !is_behind_ports(record) && !find_address(record))
        return State::starting;
    return state;
}

void Driver::power(Record& record, Power power, Job& job) {
    const auto state = ask_state(place(record), job.stop);
    const auto unsaved = [](const Record&) {};
    if (state == State::paused && power != Power::kill)
        resume(place(record), job.stop);
    if (power == Power::start && state == State::paused)
        return;
    if (power == Power::kill)
        return kill(place(record), access_.world, job);
    if (power != Power::start)
        power_down(place(record), access_.machine, access_.world, job);
    if (power != Power::stop)
        start(record, unsaved, job);
}

void Driver::remove(const Record& record, Job& job) {
    kill(place(record), access_.world, job);
    for (const auto* name :
         {disk_file,
          "disk.qcow2.part",
          "disk.qcow2.raw",
          seed_file,
          iso_file,
          console_file,
          vars_file}) {
        std::error_code ignored;
        std::filesystem::remove(file(name), ignored);
    }
}

Reach Driver::reach(const Record& record) const {
    const bool behind = is_behind_ports(record);
    auto address = kit::text(record, "IPAddress");
    if (behind)
        address = "127.0.0.1"; // docker-machine-driver-qemu left it empty
    else if (address.empty())
        address = without_prefix(kit::text(record, "NetworkAddress"));
    auto ssh = kit::ssh_address(access_, record);
    ssh.host = address;
    if (ssh.key.empty())
        ssh.key = file("id_rsa");
    return {
        .address = address,
        .url = kit::engine_url(address, kit::integer(record, "EnginePort", engine_port)),
        .engine_port = engine_port,
        .cluster = without_prefix(kit::text(record, "ClusterAddress")),
        .patience = kit::text(record, "AccelInUse") == "tcg" ? tcg_patience : 1,
        .console = file(console_file),
        .ssh = ssh,
    };
}

} // namespace orch::drivers::qemu
