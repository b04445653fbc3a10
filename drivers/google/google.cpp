#include "drivers/google/google.hpp"

#include "drivers/google/checks.hpp"
#include "drivers/google/creation.hpp"
#include "drivers/google/wishes.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "drivers/kit/secrets.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::google {

namespace {

constexpr auto default_endpoint = "https://compute.googleapis.com/compute/v1";
constexpr int ssh_port = 22;

/// The credentials that the machine was made with, else those that are given now; nothing where the
/// computer or gcloud has them.
std::optional<Login>
login_of(const kit::Secrets& secrets, const Record& record, const os::Environment& environment) {
    const std::filesystem::path own = kit::text(record, "CredentialsFile");
    if (own.empty() || !std::filesystem::exists(own)) {
        if (const auto found = secrets.find("google-auth-encoded-json"); found != secrets.end())
            return parse_login(found->second.reveal(), "--google-auth-encoded-json");
        if (const auto kept = kit::text(record, "Auth"); !kept.empty()) // Rancher's
            return parse_login(kept, "the machine's record");
    }
    const auto file = credentials_file(own, environment);
    if (file.empty())
        return std::nullopt;
    return parse_login(fs::read_file(file), file.string());
}

Project project_of(
    const Access& access,
    const kit::Secrets& secrets,
    const Record& record,
    const os::Environment& environment,
    const Job& job
) {
    Tokens tokens(access.world, environment, login_of(secrets, record, environment), job.stop);
    return {
        kit::text(record, "Endpoint", default_endpoint),
        kit::text(record, "Project"),
        std::move(tokens),
        access.world.http,
        access.world.clock,
        job.stop,
    };
}

/// "" for no file; whole, because later commands are called from elsewhere.
std::string whole(const std::string& file) {
    return file.empty() ? "" : std::filesystem::absolute(file).lexically_normal().string();
}

void draft_place(Record& record, const Values& values) {
    record["Zone"] = values.text("google-zone");
    record["MachineType"] = values.text("google-machine-type");
    record["MachineImage"] = values.text("google-machine-image");
    record["DiskType"] = values.text("google-disk-type");
    record["Address"] = values.text("google-address");
    record["Network"] = values.text("google-network");
    record["Subnetwork"] = values.text("google-subnetwork");
    record["Preemptible"] = values.flag("google-preemptible");
    const bool inside = values.flag("google-use-internal-ip-only");
    record["UseInternalIP"] = inside || values.flag("google-use-internal-ip");
    record["UseInternalIPOnly"] = inside;
    record["ServiceAccount"] = values.text("google-service-account");
    record["Scopes"] = values.text("google-scopes");
    record["DiskSize"] = values.integer("google-disk-size");
    record["Tags"] = values.text("google-tags");
    record["UseExisting"] = values.flag("google-use-existing");
    record["OpenPorts"] = values.list("google-open-port");
    record["OpenCIDRs"] = values.list("google-open-cidr");
    record["ExternalFirewallRulePrefix"] = values.text("google-external-firewall-rule-prefix");
    record["InternalFirewallRulePrefix"] = values.text("google-internal-firewall-rule-prefix");
}

Record draft(
    const Access& access,
    const Request& request,
    const kit::Secrets& secrets,
    const os::Environment& environment
) {
    const auto& values = request.values;
    auto record = kit::base_record(access);
    record["SSHUser"] = values.text("google-username");
    record["SSHPort"] = ssh_port;
    kit::note_swarm(request, record);
    draft_place(record, values);
    record["Endpoint"] = values.text("google-endpoint");
    record["CredentialsFile"] =
        secrets.empty() ? whole(values.text("google-application-credentials")) : "";
    record["Project"] = values.text("google-project");
    if (kit::text(record, "Project").empty())
        if (const auto login = login_of(secrets, record, environment))
            record["Project"] = login->project;
    if (kit::text(record, "Project").empty())
        throw Error(Kind::usage, "no Google Cloud Project name specified (--google-project)")
            .hint("give the project's id, which gcloud projects list shows");
    return record;
}

/// A create whose answer was lost may be under way still: what it makes could not be seen yet.
void settle(Project& project, const Record& record) {
    const auto zone = kit::text(record, "Zone");
    const auto pending =
        project.list("list operations", "zones/" + zone + "/operations", "status!=DONE");
    for (const auto& each : pending)
        if (each.value("targetLink", "").ends_with("/" + instance_path(record)))
            try {
                project.wait("create instance", each);
            } catch (const kit::Refused&) {
                throw;
            } catch (const Error& error) {
                if (error.kind() != Kind::remote) // it failed: nothing was made
                    throw;
            }
}

void remove_own(
    Project& project, const std::string& what, const std::string& path, const Record& record
) {
    const auto found = project.find("look at " + what, path);
    if (found && is_own(*found, record))
        project.remove("delete " + what, path);
}

void start(const Access& access, Project& project, Record& record, Job& job) {
    const auto path = instance_path(record);
    const auto instance = project.find("look at instance", path);
    if (!instance)
        return make_again(access, project, record, job);
    const bool saved = state_of(*instance) == State::saved;
    project.change("start instance", "POST", path + (saved ? "/resume" : "/start"));
    note_addresses(project.get("look at instance", path), record);
}

void stop(Project& project, const Record& record) {
    project.change("stop instance", "POST", instance_path(record) + "/stop");
}

} // namespace

void Driver::check(const Request& request, Job& job) {
    check_wishes(access_.machine, request);
    const auto secrets = kit::secrets_of(info(), request.values);
    const auto record = draft(access_, request, secrets, environment_);
    auto project = project_of(access_, secrets, record, environment_, job);
    check_at_google(project, record);
}

Record Driver::create(const Request& request, const Checkpoint& save, Job& job) {
    const auto secrets = kit::secrets_of(info(), request.values);
    auto record = draft(access_, request, secrets, environment_);
    record["CreateMark"] = kit::new_mark();
    record["InstanceID"] = "";
    kit::store_secrets(access_, secrets);
    save(record); // from here on rm finds by the mark whatever is made
    auto project = project_of(access_, secrets, record, environment_, job);
    make_instance(access_, project, request, record, save, job);
    return record;
}

Record Driver::adopt(const Request& request, const std::string& id, Job& job) {
    const auto secrets = kit::secrets_of(info(), request.values);
    auto record = draft(access_, request, secrets, environment_);
    auto project = project_of(access_, secrets, record, environment_, job);
    const auto zone = kit::text(record, "Zone");
    const auto found =
        project.find("look at instance", fmt::format("zones/{}/instances/{}", zone, id));
    if (!found)
        throw Error(Kind::not_found, "unable to find instance \"{}\" in zone \"{}\"", id, zone)
            .hint("--google-project and --google-zone say where it is");
    record["InstanceName"] = found->value("name", "");
    record["InstanceID"] = found->value("id", "");
    record["UseExisting"] = true;
    record["MachineType"] = last_part(found->value("machineType", ""));
    record["Preemptible"] =
        found->value(Json::json_pointer("/scheduling/provisioningModel"), "") == "SPOT";
    const auto network = found->value(Json::json_pointer("/networkInterfaces/0/network"), "");
    record["Network"] = network.substr(std::min(network.find("projects/"), network.size()));
    note_addresses(*found, record);
    kit::store_secrets(access_, secrets);
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    const auto secrets = kit::load_secrets(access_, info(), environment_);
    auto project = project_of(access_, secrets, record, environment_, job);
    if (const auto instance = project.find("look at instance", instance_path(record))) {
        note_addresses(*instance, record);
        return state_of(*instance);
    }
    // with its disk it can be started again
    const auto disk = project.find("look at disk", disk_path(record));
    return disk && is_own(*disk, record) ? State::stopped : State::not_found;
}

void Driver::power(Record& record, Power power, Job& job) {
    const auto secrets = kit::load_secrets(access_, info(), environment_);
    auto project = project_of(access_, secrets, record, environment_, job);
    switch (power) {
    case Power::start:
        return start(access_, project, record, job);
    case Power::stop:
    case Power::kill: // Google knows no harder way
        return stop(project, record);
    case Power::restart: // a reset would not let the system write its files
        stop(project, record);
        return start(access_, project, record, job);
    }
}

void Driver::remove(const Record& record, Job& job) {
    if (kit::text(record, "Project").empty())
        return; // the create did not come to the point of making anything
    const auto secrets = kit::load_secrets(access_, info(), environment_);
    auto project = project_of(access_, secrets, record, environment_, job);
    if (!kit::text(record, "CreateMark").empty())
        settle(project, record);
    remove_own(project, "instance", instance_path(record), record);
    remove_own(project, "disk", disk_path(record), record);
}

std::string Driver::host_id(const Record& record) const {
    if (record.contains("InstanceID"))
        return kit::text(record, "InstanceID");
    return kit::text(record, "Project").empty() ? "" : instance_name(record); // docker-machine's
}

Reach Driver::reach(const Record& record) const { return kit::reach_of(access_, record); }

} // namespace orch::drivers::google
