#include "drivers/digitalocean/digitalocean.hpp"

#include "drivers/digitalocean/creation.hpp"
#include "drivers/digitalocean/wishes.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace orch::drivers::digitalocean {

namespace {

/// What the options say, without a mark.
Record draft(const Access& access, const Request& request) {
    const auto& values = request.values;
    auto record = kit::base_record(access);
    record["SSHUser"] = values.text("digitalocean-ssh-user");
    record["SSHPort"] = values.integer("digitalocean-ssh-port");
    kit::note_swarm(request, record);
    record["DropletID"] = 0;
    record["DropletName"] = access.machine;
    record["Image"] = values.text("digitalocean-image");
    record["Region"] = values.text("digitalocean-region");
    record["SSHKeyID"] = 0;
    record["SSHKeyFingerprint"] = values.text("digitalocean-ssh-key-fingerprint");
    record["SSHKey"] = values.text("digitalocean-ssh-key-path");
    record["Size"] = values.text("digitalocean-size");
    record["IPv6"] = values.flag("digitalocean-ipv6");
    record["Backups"] = values.flag("digitalocean-backups");
    record["PrivateNetworking"] = values.flag("digitalocean-private-networking");
    record["UserDataFile"] = values.text("digitalocean-userdata");
    record["Monitoring"] = values.flag("digitalocean-monitoring");
    record["Tags"] = values.text("digitalocean-tags");
    record["VPCUUID"] = values.text("digitalocean-vpc-uuid");
    record["Endpoint"] = values.text("digitalocean-endpoint");
    return record;
}

bool has_mark(const Record& record) { return !kit::text(record, "CreateMark").empty(); }

/// By id, else the only one of that name.
Json require_droplet(Account& account, const std::string& wish) {
    const bool by_id =
        std::all_of(wish.begin(), wish.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    std::vector<Json> found;
    if (!by_id)
        found = account.list("droplets", "name=" + http::escape(wish));
    else if (auto droplet = account.droplet(wish.size() < 19 ? std::stoll(wish) : 0))
        found.push_back(*std::move(droplet));
    if (found.empty())
        throw Error(Kind::not_found, "digitalocean: there is no droplet {}", wish)
            .hint("give the droplet's id, or its name");
    if (found.size() > 1)
        throw Error(Kind::conflict, "digitalocean: {} droplets are called {}", found.size(), wish)
            .hint("give the droplet's id");
    return std::move(found.front());
}

/// Whether the key is one that was made for this machine. docker-machine's records have the
/// fingerprint only of a key that was there already.
bool has_own_key(const Record& record) {
    return kit::text(record, "SSHKeyFingerprint").empty() && !record.value("ExistingKey", false);
}

/// The droplet, and whatever has its create's mark, as the answer that named it may be lost.
void remove_droplets(Account& account, const Record& record) {
    std::set<long long> ids{kit::number(record, "DropletID")};
    if (has_mark(record))
        for (const auto& left : account.tagged(mark_of(record)))
            ids.insert(left.at("id").get<long long>());
    ids.erase(0); // never delete "/droplets/0"
    for (const auto id : ids)
        account.remove(fmt::format("droplet {}", id), fmt::format("/droplets/{}", id));
}

void remove_firewall(Account& account, const Record& record) {
    auto id = kit::text(record, "FirewallID");
    if (id.empty() && record.value("Firewall", false))
        id = account.firewall(firewall_name(record)).value_or("");
    if (!id.empty())
        account.remove("firewall " + id, "/firewalls/" + http::escape(id));
}

void remove_key(Account& account, const Record& record) {
    if (const auto id = kit::number(record, "SSHKeyID"); id != 0)
        account.remove(fmt::format("key {}", id), fmt::format("/account/keys/{}", id));
    else if (const auto print = kit::text(record, "OwnKeyFingerprint"); !print.empty())
        account.remove("key " + print, "/account/keys/" + http::escape(print));
}

} // namespace

Account Driver::account(const Record& record, const Job& job) const {
    return {access_, kit::load_secrets(access_, info(), environment_), record, job};
}

void Driver::check(const Request& request, Job& job) {
    check_wishes(request, access_.machine);
    const auto secrets = kit::secrets_of(info(), request.values);
    Account account(access_, secrets, draft(access_, request), job);
    check_account(account, request.values, access_.machine);
}

Record Driver::create(const Request& request, const Checkpoint& save, Job& job) {
    auto record = draft(access_, request);
    record["CreateMark"] = kit::new_mark();
    const auto secrets = kit::secrets_of(info(), request.values);
    kit::store_secrets(access_, secrets);
    save(record); // from here on rm finds by the mark whatever is made
    Account account(access_, secrets, record, job);
    Creation(access_, account, request, record, save, job).run();
    return record;
}

Record Driver::adopt(const Request& request, const std::string& id, Job& job) {
    auto record = draft(access_, request);
    const auto secrets = kit::secrets_of(info(), request.values);
    kit::store_secrets(access_, secrets);
    Account account(access_, secrets, record, job);
    const auto droplet = require_droplet(account, id);
    const auto text = [&](const char* pointer) {
        return droplet.value(Json::json_pointer(pointer), std::string());
    };
    record["DropletID"] = droplet.at("id").get<long long>();
    record["DropletName"] = text("/name");
    record["Region"] = text("/region/slug");
    record["Size"] = text("/size_slug");
    const Json::json_pointer slug("/image/slug"); // null for an image without one
    record["Image"] =
        droplet.contains(slug) && droplet[slug].is_string() ? text("/image/slug") : "";
    record["VPCUUID"] = text("/vpc_uuid");
    record["ExistingKey"] = true;
    note_addresses(droplet, record);
    return record;
}

State Driver::refresh(Record& record, Job& job) {
    auto account = this->account(record, job);
    auto droplet = account.droplet(kit::number(record, "DropletID"));
    if (!droplet && kit::number(record, "DropletID") == 0 && has_mark(record)) {
        // a create that was killed before it learned the id
        if (auto found = account.tagged(mark_of(record)); !found.empty())
            droplet = std::move(found.front());
    }
    if (!droplet)
        return State::not_found;
    record["DropletID"] = droplet->at("id").get<long long>();
    note_addresses(*droplet, record);
    return state_of(*droplet);
}

void Driver::power(Record& record, Power power, Job& job) {
    auto account = this->account(record, job);
    const auto droplet = kit::number(record, "DropletID");
    const auto act = [&](const char* type) {
        if (const auto action = account.act(droplet, type))
            account.wait(*action);
    };
    switch (power) {
    case Power::start:
        return act("power_on");
    case Power::stop: // lasts as long as the system takes; the machine layer waits
        account.act(droplet, "shutdown");
        return;
    case Power::kill:
        return act("power_off");
    case Power::restart:
        return act("reboot");
    }
}

void Driver::remove(const Record& record, Job& job) {
    if (kit::number(record, "DropletID") == 0 && !has_mark(record))
        return; // the create did not come to the point of making anything
    auto account = this->account(record, job);
    remove_droplets(account, record);
    remove_firewall(account, record);
    if (has_own_key(record))
        remove_key(account, record);
    if (has_mark(record)) // a tag stays when nothing has it any more
        account.remove("tag " + mark_of(record), "/tags/" + http::escape(mark_of(record)));
}

std::string Driver::host_id(const Record& record) const {
    const auto id = kit::number(record, "DropletID");
    return id == 0 ? "" : std::to_string(id);
}

Reach Driver::reach(const Record& record) const { return kit::reach_of(access_, record); }

} // namespace orch::drivers::digitalocean
