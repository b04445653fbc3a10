#include "drivers/google/creation.hpp"

#include "drivers/google/checks.hpp"
#include "drivers/google/wishes.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/key.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/progress/sink.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::google {

namespace {

using std::chrono::seconds;

constexpr seconds start_patience{300};
constexpr int most_tries = 5; // to change what others change at the same time

struct StateRow {
    std::string_view status;
    State state;
};

// https://docs.cloud.google.com/compute/docs/instances/instance-lifecycle
constexpr StateRow states[] = {
    {"PROVISIONING", State::starting},
    {"STAGING", State::starting},
    {"PENDING", State::starting},
    {"RUNNING", State::running},
    {"PENDING_STOP", State::stopping},
    {"STOPPING", State::stopping},
    {"DEPROVISIONING", State::stopping},
    {"STOPPED", State::stopped},
    {"TERMINATED", State::stopped},
    {"SUSPENDING", State::saved},
    {"SUSPENDED", State::saved},
};

std::string text_at(const Json& object, const char* pointer) {
    const Json::json_pointer place(pointer);
    return object.contains(place) && object[place].is_string() ? object[place].get<std::string>()
                                                               : "";
}

class Creation {
  public:
    Creation(
        const Access& access, Project& project, Record& record, const Checkpoint& save, Job& job
    )
        : access_(access), project_(project), record_(record), save_(save), job_(job) {}

    void make(const Request& request) {
        say("Creating SSH key...");
        Making making{
            .public_key = kit::make_key(access_, record_),
            .user_data = user_data_of(request.values),
            .labels = labels_of(request.values.text("google-vm-labels")),
        };
        save_(record_);
        open_ports(rules_of(record_, request));
        if (record_.value("UseExisting", false)) {
            set_up(making.public_key);
        } else {
            making.address = resolve_address(project_, record_);
            record_["MachineImage"] = resolve_image(project_, record_, nullptr);
            look_for_disk(making);
            insert(making);
        }
        wait_until_running();
    }

    void make_again() {
        const auto file = kit::text(record_, "SSHKeyPath") + ".pub";
        Making making{.public_key = fs::read_file(file)};
        making.address = resolve_address(project_, record_);
        look_for_disk(making);
        insert(making);
        wait_until_running();
    }

  private:
    void say(std::string text) const {
        job_.progress.emit({.id = access_.machine, .text = std::move(text)});
    }

    void note(const std::string& field, Json value) {
        record_[field] = std::move(value);
        save_(record_);
    }

    void open_ports(const std::vector<Rule>& rules) {
        const auto network = network_path(record_);
        if (!network.starts_with("projects/" + project_.name() + "/")) {
            say("The network is another project's: its firewall stays as it is");
            return;
        }
        say("Opening firewall ports...");
        for (const auto& rule : rules)
            open(rule, network);
    }

    /// Other machines may need the same rule, and change it, at the same time.
    void open(const Rule& rule, const std::string& network) {
        const auto path = "global/firewalls/" + rule.name;
        for (int i = 0; i < most_tries; ++i) {
            const auto found = project_.find("look at firewall rule", path);
            if (!found) {
                make_rule(rule, network);
                continue; // and look at what came of it
            }
            if (last_part(found->value("network", network)) != last_part(network))
                throw Error(
                    Kind::conflict,
                    "google: firewall rule {} belongs to network {}",
                    rule.name,
                    last_part(found->value("network", ""))
                )
                    .hint("give --google-external-firewall-rule-prefix for a rule of another name");
            auto allowed = found->value("allowed", Json::array());
            const auto missing = missing_in(allowed, rule.openings);
            if (missing.empty())
                return;
            allowed.insert(allowed.end(), missing.begin(), missing.end());
            project_.change("change firewall rule", "PATCH", path, {{"allowed", allowed}});
        }
        throw Error(
            Kind::conflict,
            "google: somebody else changes firewall rule {} again and again",
            rule.name
        );
    }

    void make_rule(const Rule& rule, const std::string& network) {
        try {
            project_.change(
                "create firewall rule", "POST", "global/firewalls", rule_body(rule, network)
            );
        } catch (const kit::Refused& refused) {
            if (refused.status() != 409) // another one was faster
                throw;
        }
    }

    void look_for_disk(Making& making) {
        const auto disk = project_.find("look at disk", disk_path(record_));
        making.disk_exists = disk.has_value();
        making.disk_is_own = disk && is_own(*disk, record_);
        if (disk)
            say(fmt::format("Using the disk {} that is there...", disk_name(record_)));
    }

    void insert(const Making& making) {
        say("Creating instance...");
        const auto folder = fmt::format("zones/{}/instances", kit::text(record_, "Zone"));
        Json operation;
        try {
            operation =
                project_.begin("create instance", "POST", folder, instance_body(record_, making));
        } catch (const kit::Refused& refused) {
            if (refused.status() != 409)
                throw;
            const auto found = project_.find("look at instance", instance_path(record_));
            if (!found || !is_own(*found, record_))
                throw;
            operation = {{"status", "DONE"}, {"name", ""}, {"targetId", found->value("id", "")}};
        }
        if (!kit::text(record_, "CreateMark").empty())
            note("InstanceID", operation.value("targetId", ""));
        project_.wait("create instance", operation);
    }

    /// The fingerprint proves that nobody has changed it in between.
    void change_under_fingerprint(
        const std::string& what, const std::string& verb, const auto& body_of
    ) {
        for (int i = 0; i < most_tries; ++i) {
            const auto instance = project_.get("look at instance", instance_path(record_));
            const Json body = body_of(instance);
            try {
                return project_.change(what, "POST", instance_path(record_) + "/" + verb, body);
            } catch (const kit::Refused& refused) {
                if (refused.status() != 412)
                    throw;
            }
        }
        throw Error(Kind::conflict, "google: {}: somebody else changes it, too", what);
    }

    /// An instance that is there gets our key and the tags of our rules.
    void set_up(const std::string& public_key) {
        say("Setting up the instance that is there...");
        const auto instance = project_.get("look at instance", instance_path(record_));
        note("InstanceID", instance.value("id", ""));
        change_under_fingerprint("set tags", "setTags", [&](const Json& now) {
            auto tags = now.value("tags", Json::object());
            auto items = tags.value("items", std::vector<std::string>());
            for (const auto& tag : tags_of(record_))
                if (std::find(items.begin(), items.end(), tag) == items.end())
                    items.push_back(tag);
            return Json{{"fingerprint", tags.value("fingerprint", "")}, {"items", items}};
        });
        change_under_fingerprint("set metadata", "setMetadata", [&](const Json& now) {
            return with_key(
                now.value("metadata", Json::object()), kit::text(record_, "SSHUser"), public_key
            );
        });
    }

    void wait_until_running() {
        const auto attempt = [&]() -> std::optional<bool> {
            const auto instance = project_.find("look at instance", instance_path(record_));
            if (!instance)
                throw Error(Kind::not_found, "google: the instance was removed while it started");
            note_addresses(*instance, record_);
            const auto state = state_of(*instance);
            if (state == State::running && !kit::text(record_, "IPAddress").empty())
                return true;
            if (state != State::running && state != State::starting)
                throw Error(
                    Kind::remote, "google: the instance is {}", instance->value("status", "")
                )
                    .hint("its serial console in the Cloud Console says more");
            return std::nullopt;
        };
        kit::wait_for(access_, job_, seconds(1), start_patience, "the start", attempt);
        save_(record_);
    }

    const Access& access_;
    Project& project_;
    Record& record_;
    const Checkpoint& save_;
    Job& job_;
};

} // namespace

State state_of(const Json& instance) {
    const auto status = instance.value("status", "");
    for (const auto& row : states)
        if (row.status == status)
            return row.state;
    return State::error;
}

void note_addresses(const Json& instance, Record& record) {
    const auto inside = text_at(instance, "/networkInterfaces/0/networkIP");
    const auto outside = text_at(instance, "/networkInterfaces/0/accessConfigs/0/natIP");
    record["IPAddress"] = record.value("UseInternalIP", false) ? inside : outside;
    record["PrivateIPAddress"] = inside;
}

void make_instance(
    const Access& access,
    Project& project,
    const Request& request,
    Record& record,
    const Checkpoint& save,
    Job& job
) {
    Creation(access, project, record, save, job).make(request);
}

void make_again(const Access& access, Project& project, Record& record, Job& job) {
    const Checkpoint later = [](const Record&) {}; // who asked for the start saves the record
    Creation(access, project, record, later, job).make_again();
}

} // namespace orch::drivers::google
