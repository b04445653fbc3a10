#include "drivers/amazonec2/amazonec2.hpp"

#include "drivers/amazonec2/credentials.hpp"
#include "drivers/amazonec2/groups.hpp"
#include "drivers/amazonec2/plan.hpp"
#include "drivers/amazonec2/record.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/creation.hpp"
#include "drivers/kit/key.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/progress/sink.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

namespace orch::drivers::amazonec2 {

namespace {

using std::chrono::seconds;

constexpr seconds start_patience{360};
constexpr int looks_for_lost = 4; // a new instance may not be shown at once
constexpr seconds look_pause{2};
constexpr int looks_for_end = 120;
constexpr seconds end_pause{1};

Region open_region(const Access& access, const Record& record, Credentials keys, const Job& job) {
    return {place_of(record), std::move(keys), access.world.http, access.world.clock, job.stop};
}

/// Before anything is asked.
void check_wishes(const Request& request) {
    const auto& values = request.values;
    if (!values.text("amazonec2-keypair-name").empty() &&
        values.text("amazonec2-ssh-keypath").empty())
        throw Error(
            Kind::usage, "using --amazonec2-keypair-name also requires --amazonec2-ssh-keypath"
        );
    if (values.flag("amazonec2-insecure-transport") && values.text("amazonec2-endpoint").empty())
        throw Error(
            Kind::usage, "using --amazonec2-insecure-transport also requires --amazonec2-endpoint"
        );
    parse_tags(values.text("amazonec2-tags"));
    kit::openings(
        request,
        values.integer("amazonec2-ssh-port"),
        "amazonec2-open-port",
        values.list("amazonec2-open-port")
    );
    if (const auto& path = values.text("amazonec2-ssh-keypath"); !path.empty()) {
        fs::read_file(path);
        if (values.text("amazonec2-keypair-name").empty())
            fs::read_file(path + ".pub");
    }
}

std::vector<Json> key_pairs(Region& region, const std::string& name, const std::string& mark) {
    Fields fields;
    if (mark.empty())
        add_filter(fields, "key-name", {name});
    else
        add_filter(fields, "tag:orch-create", {mark});
    return region.list("look for key pair " + name, "DescribeKeyPairs", fields, "keySet");
}

void check_key_pair(Region& region, const Values& values, const std::string& machine) {
    const auto& wish = values.text("amazonec2-keypair-name");
    const bool is_there = !key_pairs(region, wish.empty() ? machine : wish, "").empty();
    if (wish.empty() && is_there)
        throw Error(
            Kind::conflict,
            "There is already a keypair with the name {}.  Please either remove that keypair or "
            "use a different machine name.",
            machine
        );
    if (!wish.empty() && !is_there)
        throw Error(
            Kind::not_found,
            "There is no keypair with the name {}. Please verify the key name provided.",
            wish
        );
}

/// Whether the credentials may do it, and whether it makes sense: EC2 says so without doing it.
void try_launch(Region& region, Record record, const Plan& plan, const Values& values) {
    record["SubnetId"] = plan.subnet;
    record["DeviceName"] = plan.image.root_device;
    auto fields = launch_fields(record, values, plan.image);
    fields.emplace_back("DryRun", "true");
    try {
        region.ask("try to create an instance", "RunInstances", std::move(fields));
    } catch (const kit::Refused& refused) {
        if (refused.code() != "DryRunOperation")
            throw;
    }
}

std::vector<Json> instances_in(const std::vector<Json>& reservations) {
    std::vector<Json> found;
    for (const auto& reservation : reservations)
        for (auto& instance : items(reservation, "instancesSet"))
            found.push_back(std::move(instance));
    return found;
}

std::vector<Json>
instances_with(Region& region, const std::string& filter, const std::string& value) {
    Fields fields;
    add_filter(fields, filter, {value});
    add_filter(
        fields,
        "instance-state-name",
        {"pending", "running", "stopping", "stopped", "shutting-down"}
    );
    return instances_in(
        region.list("look for instances", "DescribeInstances", fields, "reservationSet")
    );
}

/// Nothing if it is not known, not yet or not any more.
std::optional<Json> find_instance(Region& region, const std::string& id) {
    if (id.empty())
        return std::nullopt;
    try {
        auto found = instances_in(region.list(
            "look at instance " + id, "DescribeInstances", {{"InstanceId.1", id}}, "reservationSet"
        ));
        return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
    } catch (const kit::Refused& refused) {
        if (!refused.code().starts_with("InvalidInstanceID"))
            throw;
        return std::nullopt;
    }
}

/// One create, step by step.
class Creation : kit::CreationSteps {
  public:
    Creation(
        const Access& access,
        Region& region,
        const Request& request,
        Record& record,
        const Checkpoint& save,
        Job& job
    )
        : CreationSteps(access, request, record, save, job), region_(region) {}

    void run() {
        const auto plan = make_plan(region_, values_);
        note_plan(plan);
        make_key();
        find_groups(plan);
        launch(plan);
        wait_until_running();
    }

  private:
    void note_plan(const Plan& plan) {
        if (values_.integer("amazonec2-block-duration-minutes") != 0)
            say("AWS has no spot blocks any more: --amazonec2-block-duration-minutes is ignored",
                progress::Status::warning);
        record_["SSHUser"] = plan.image.user;
        record_["AMI"] = plan.image.id;
        record_["DeviceName"] = plan.image.root_device;
        record_["VpcId"] = plan.vpc;
        record_["SubnetId"] = plan.subnet;
        record_["Zone"] = plan.zone.starts_with(region_.name())
                              ? plan.zone.substr(region_.name().size())
                              : plan.zone;
        save_(record_);
    }

    void make_key() {
        const auto& path = values_.text("amazonec2-ssh-keypath");
        std::string line;
        if (path.empty()) {
            say("Creating SSH key...");
            line = kit::make_key(access_, record_);
        } else {
            say("Importing SSH key...");
            import_key(access_, path, record_);
            if (!record_.value("ExistingKey", false))
                line = fs::read_file(path + ".pub");
        }
        save_(record_);
        if (record_.value("ExistingKey", false))
            return;
        Fields fields{
            {"KeyName", access_.machine}, {"PublicKeyMaterial", base64::encode(text::trim(line))}};
        add_tags(fields, "key-pair", tags_of(record_));
        try {
            region_.ask("import key pair " + access_.machine, "ImportKeyPair", fields);
        } catch (const kit::Refused& refused) {
            // After a lost answer the key is there, with the mark of this create.
            if (refused.code() != "InvalidKeyPair.Duplicate" ||
                key_pairs(region_, access_.machine, kit::text(record_, "Id")).empty())
                throw;
        }
        record_["KeyName"] = access_.machine;
        save_(record_);
    }

    void find_groups(const Plan& plan) {
        const GroupWishes wishes{
            .names = values_.list("amazonec2-security-group"),
            .vpc = plan.vpc,
            .readonly = values_.flag("amazonec2-security-group-readonly"),
            .openings = kit::openings(
                request_,
                values_.integer("amazonec2-ssh-port"),
                "amazonec2-open-port",
                values_.list("amazonec2-open-port")
            ),
            .sources = values_.list("amazonec2-open-cidr")};
        record_["SecurityGroupIds"] = ensure_groups(region_, wishes);
        save_(record_);
    }

    void launch(const Plan& plan) {
        say("Launching instance...");
        record_["Launching"] = true; // from here on there may be one that EC2 does not show yet
        save_(record_);
        const auto made = region_.ask(
            "create instance", "RunInstances", launch_fields(record_, values_, plan.image)
        );
        const auto instances = items(made, "instancesSet");
        if (instances.empty())
            throw Error(Kind::remote, "amazonec2: create instance: the answer names no instance");
        record_["InstanceId"] = text_in(instances.front(), "instanceId");
        record_["ReservationId"] = text_in(made, "reservationId");
        save_(record_);
    }

    void wait_until_running() {
        const auto id = kit::text(record_, "InstanceId");
        const auto attempt = [&]() -> std::optional<bool> {
            const auto instance = find_instance(region_, id);
            if (!instance)
                return std::nullopt; // not shown yet
            if (record_.erase("Launching") != 0)
                save_(record_);
            note_addresses(*instance, record_);
            const auto state = state_of(*instance);
            if (state == State::not_found || state == State::stopped)
                throw Error(
                    Kind::remote,
                    "amazonec2: instance {} did not start: {}",
                    id,
                    reason_of(*instance)
                );
            return state == State::running && !kit::text(record_, "IPAddress").empty()
                       ? std::optional(true)
                       : std::nullopt;
        };
        kit::wait_for(
            access_, job_, seconds(2), start_patience, "the start of the instance", attempt
        );
        save_(record_);
    }

    static std::string reason_of(const Json& instance) {
        const auto reason = text_in(instance, "stateReason/message");
        return reason.empty() ? "it is " + text_in(instance, "instanceState/name") : reason;
    }

    Region& region_;
};

/// How often to look before something is taken for gone.
int looks_for(const Record& record) {
    return record.value("Launching", false) ? looks_for_lost : 1;
}

void terminate(Region& region, const std::string& id, int looks) {
    for (int look = 0; look < looks; ++look) {
        if (look > 0)
            region.pause(look_pause);
        try {
            region.ask("terminate instance " + id, "TerminateInstances", {{"InstanceId.1", id}});
            return;
        } catch (const kit::Refused& refused) {
            if (!refused.code().starts_with("InvalidInstanceID"))
                throw;
        }
    }
}

/// Until it is gone; but not for ever: it was promised, and costs nothing any more.
void wait_until_terminated(Region& region, const std::string& id) {
    for (int look = 0; look < looks_for_end; ++look) {
        const auto instance = find_instance(region, id);
        if (!instance || state_of(*instance) == State::not_found)
            return;
        region.pause(end_pause);
    }
}

/// The machine's instance, and whatever else has the mark of its create.
std::set<std::string> instances_of(Region& region, const Record& record) {
    std::set<std::string> ids;
    if (const auto id = kit::text(record, "InstanceId"); !id.empty())
        ids.insert(id);
    const auto mark = kit::text(record, "Id");
    if (mark.empty())
        return ids;
    for (int look = 0; look < looks_for(record) && (look == 0 || ids.empty()); ++look) {
        if (look > 0)
            region.pause(look_pause);
        for (const auto& each : instances_with(region, "tag:orch-create", mark))
            ids.insert(text_in(each, "instanceId"));
    }
    return ids;
}

/// Before their instances go: a request that is open would start another one.
void cancel_spot_requests(Region& region, const std::set<std::string>& instances) {
    std::set<std::string> requests;
    for (const auto& id : instances)
        if (const auto instance = find_instance(region, id))
            if (auto request = text_in(*instance, "spotInstanceRequestId"); !request.empty())
                requests.insert(std::move(request));
    for (const auto& id : requests)
        region.ask(
            "cancel spot request " + id,
            "CancelSpotInstanceRequests",
            {{"SpotInstanceRequestId.1", id}}
        );
}

void delete_keys(Region& region, const Record& record) {
    std::set<std::string> names;
    if (const auto name = kit::text(record, "KeyName"); !name.empty())
        names.insert(name);
    else if (const auto mark = kit::text(record, "Id"); !mark.empty())
        for (const auto& each : key_pairs(region, "of this machine", mark))
            names.insert(text_in(each, "keyName"));
    for (const auto& name : names)
        region.ask("delete key pair " + name, "DeleteKeyPair", {{"KeyName", name}});
}

} // namespace

void Driver::check(const Request& request, Job& job) {
    check_wishes(request);
    const auto record = draft(access_, request);
    auto region = open_region(
        access_, record, told_credentials(access_, environment_, request.values, job), job
    );
    check_key_pair(region, request.values, access_.machine);
    try_launch(region, record, make_plan(region, request.values), request.values);
}

Record Driver::create(const Request& request, const Checkpoint& save, Job& job) {
    auto record = draft(access_, request);
    kit::store_secrets(access_, told_secrets(request.values, environment_));
    save(record); // from here on rm finds by the mark whatever is made
    auto region = open_region(
        access_, record, told_credentials(access_, environment_, request.values, job), job
    );
    Creation(access_, region, request, record, save, job).run();
    return record;
}

Record Driver::adopt(const Request& request, const std::string& id, Job& job) {
    auto record = draft(access_, request);
    auto region = open_region(
        access_, record, told_credentials(access_, environment_, request.values, job), job
    );
    std::vector<Json> found;
    if (!id.starts_with("i-"))
        found = instances_with(region, "tag:Name", id);
    else if (auto instance = find_instance(region, id))
        found.push_back(*std::move(instance));
    if (found.empty() || state_of(found.front()) == State::not_found)
        throw Error(Kind::not_found, "amazonec2: there is no instance {} in {}", id, region.name())
            .hint("is --amazonec2-region right?");
    if (found.size() > 1)
        throw Error(Kind::conflict, "amazonec2: {} instances are called {}", found.size(), id)
            .hint("say the id of one, {} for example", text_in(found.front(), "instanceId"));
    note_existing(found.front(), record);
    if (kit::text(record, "SSHUser").empty())
        record["SSHUser"] =
            read_image(require_image(region, text_in(found.front(), "imageId"))).user;
    kit::store_secrets(access_, told_secrets(request.values, environment_));
    if (const auto& path = request.values.text("amazonec2-ssh-keypath"); !path.empty())
        import_key(access_, path, record);
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    auto region =
        open_region(access_, record, kept_credentials(access_, environment_, record, job), job);
    const auto instance = find_instance(region, kit::text(record, "InstanceId"));
    if (!instance)
        return State::not_found;
    note_addresses(*instance, record);
    return state_of(*instance);
}

void Driver::power(Record& record, Power power, Job& job) {
    const auto id = kit::text(record, "InstanceId");
    const bool stops = power == Power::stop || power == Power::kill;
    if (stops && record.value("RequestSpotInstance", false))
        throw Error(
            Kind::unsupported,
            "amazonec2: instance {} is a spot instance, which cannot be stopped",
            id
        )
            .hint("orch machine rm {} ends it", access_.machine);
    auto region =
        open_region(access_, record, kept_credentials(access_, environment_, record, job), job);
    const Fields fields{{"InstanceId.1", id}};
    switch (power) {
    case Power::start:
        region.ask("start instance " + id, "StartInstances", fields);
        return;
    case Power::stop:
        region.ask("stop instance " + id, "StopInstances", fields);
        return;
    case Power::kill:
        region.ask("kill instance " + id, "StopInstances", {fields.front(), {"Force", "true"}});
        return;
    case Power::restart:
        region.ask("reboot instance " + id, "RebootInstances", fields);
        return;
    }
}

void Driver::remove(const Record& record, Job& job) {
    if (kit::text(record, "InstanceId").empty() && kit::text(record, "Id").empty())
        return; // the create did not come to the point of making anything
    auto region =
        open_region(access_, record, kept_credentials(access_, environment_, record, job), job);
    const auto instances = instances_of(region, record);
    if (record.value("RequestSpotInstance", false))
        cancel_spot_requests(region, instances);
    for (const auto& id : instances)
        terminate(region, id, looks_for(record));
    for (const auto& id : instances)
        wait_until_terminated(region, id);
    if (!record.value("ExistingKey", false))
        delete_keys(region, record);
}

std::string Driver::host_id(const Record& record) const { return kit::text(record, "InstanceId"); }

Reach Driver::reach(const Record& record) const {
    auto reach = kit::reach_of(access_, record);
    if (kit::text(record, "SSHUser").empty())
        reach.ssh.user = "ubuntu"; // docker-machine's default
    return reach;
}

} // namespace orch::drivers::amazonec2
