#include "drivers/digitalocean/account.hpp"

#include "drivers/digitalocean/digitalocean.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::digitalocean {

namespace {

using std::chrono::seconds;

constexpr seconds action_patience{300};

/// {"id": code, "message", "request_id"}
kit::Refusal read_refusal(const http::Response& answer) {
    const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object())
        return {};
    return {body.value("id", ""), body.value("message", ""), body.value("request_id", "")};
}

std::string address_of(const Json& droplet, std::string_view type) {
    const Json::json_pointer place("/networks/v4");
    if (droplet.contains(place))
        for (const auto& each : droplet[place])
            if (each.value("type", "") == type)
                return each.value("ip_address", "");
    return {};
}

std::string ipv6_of(const Json& droplet) {
    const Json::json_pointer place("/networks/v6/0/ip_address");
    return droplet.contains(place) ? droplet[place].get<std::string>() : "";
}

} // namespace

Account::Account(
    const Access& access, const kit::Secrets& secrets, const Record& record, const Job& job
)
    : access_(access), job_(job),
      api_(
          {.driver = "digitalocean",
           .base = kit::text(record, "Endpoint", "https://api.digitalocean.com/v2"),
           .authorize = [token = kit::required_secret(
                             secrets, info(), "digitalocean-access-token", record, "AccessToken"
                         )](http::Request& request
                        ) { request.headers["Authorization"] = "Bearer " + token.reveal(); },
           .read_refusal = read_refusal},
          access.world.http,
          access.world.clock,
          job.stop
      ) {}

std::optional<Json> Account::find(std::string_view what, const std::string& path) {
    return api_.find({.what = what, .path = path});
}

std::vector<Json> Account::list(const std::string& kind, const std::string& query) {
    std::vector<Json> found;
    for (int page = 1;; ++page) {
        const auto answer = api_.ask(
            {.what = "list " + kind,
             .path = fmt::format(
                 "/{}?{}{}page={}&per_page=200", kind, query, query.empty() ? "" : "&", page
             )}
        );
        for (const auto& each : answer.at(kind))
            found.push_back(each);
        if (!answer.contains(Json::json_pointer("/links/pages/next")))
            return found;
    }
}

std::optional<Json> Account::droplet(long long id) {
    if (id == 0) // never ask for "/droplets/0": to the API that is something else
        return std::nullopt;
    const auto answer =
        find(fmt::format("look at droplet {}", id), fmt::format("/droplets/{}", id));
    return answer ? std::optional(answer->at("droplet")) : std::nullopt;
}

bool Account::create_failed(long long droplet) {
    const auto answer = find(
        fmt::format("list actions of droplet {}", droplet),
        fmt::format("/droplets/{}/actions?per_page=200", droplet)
    );
    if (!answer)
        return false;
    const auto& actions = answer->at("actions");
    return std::any_of(actions.begin(), actions.end(), [](const Json& action) {
        return action.value("type", "") == "create" && action.value("status", "") == "errored";
    });
}

std::vector<Json> Account::tagged(const std::string& tag) {
    return list("droplets", "tag_name=" + http::escape(tag));
}

std::optional<long long> Account::key(const std::string& fingerprint) {
    const auto answer =
        find("look at key " + fingerprint, "/account/keys/" + http::escape(fingerprint));
    return answer ? std::optional(answer->at("ssh_key").at("id").get<long long>()) : std::nullopt;
}

std::optional<std::string> Account::firewall(const std::string& name) {
    for (const auto& each : list("firewalls"))
        if (each.value("name", "") == name)
            return each.at("id").get<std::string>();
    return std::nullopt;
}

long long
Account::make_key(const std::string& name, std::string_view line, const std::string& fingerprint) {
    const Json body{{"name", name}, {"public_key", std::string(text::trim(line))}};
    const kit::Call call{
        .what = "create key",
        .method = "POST",
        .path = "/account/keys",
        .body = body,
        .makes = true};
    return kit::make_once(
        [&] { return api_.ask(call).at("ssh_key").at("id").get<long long>(); },
        [&] { return key(fingerprint); }
    );
}

std::string Account::make_firewall(const Json& body) {
    const kit::Call call{
        .what = "create firewall",
        .method = "POST",
        .path = "/firewalls",
        .body = body,
        .makes = true};
    return kit::make_once(
        [&] { return api_.ask(call).at("firewall").at("id").get<std::string>(); },
        [&] { return firewall(body.at("name").get<std::string>()); }
    );
}

long long Account::make_droplet(const Json& body, const std::string& tag) {
    const kit::Call call{
        .what = "create droplet",
        .method = "POST",
        .path = "/droplets",
        .body = body,
        .makes = true};
    const auto id = [](const Json& droplet) { return droplet.at("id").get<long long>(); };
    return kit::make_once(
        [&] { return id(api_.ask(call).at("droplet")); },
        [&]() -> std::optional<long long> {
            const auto found = tagged(tag);
            return found.empty() ? std::nullopt : std::optional(id(found.front()));
        }
    );
}

void Account::make_tag(const std::string& name) {
    api_.ask(
        {.what = "create tag " + name, .method = "POST", .path = "/tags", .body = {{"name", name}}}
    );
}

void Account::remove(std::string_view what, const std::string& path) {
    const auto text = fmt::format("delete {}", what);
    api_.find({.what = text, .method = "DELETE", .path = path});
}

std::optional<Json> Account::act(long long droplet, const std::string& type) {
    const auto what = fmt::format("{} droplet {}", type, droplet);
    const kit::Call call{
        .what = what,
        .method = "POST",
        .path = fmt::format("/droplets/{}/actions", droplet),
        .body = {{"type", type}}};
    std::optional<Json> action;
    const auto attempt = [&]() -> std::optional<bool> {
        try {
            action = api_.ask(call).at("action");
        } catch (const kit::Refused& error) {
            const auto says = [&](const char* words) {
                return error.message().find(words) != std::string::npos;
            };
            if (error.status() != 422 || !(says("pending event") || says("already")))
                throw;
            if (says("pending event")) // it does one thing after the other
                return std::nullopt;
        }
        return true;
    };
    kit::wait_for(
        access_, job_, seconds(3), action_patience, "another action of the droplet", attempt
    );
    return action;
}

void Account::wait(const Json& action) {
    const auto path = fmt::format("/actions/{}", action.at("id").get<long long>());
    const auto attempt = [&]() -> std::optional<bool> {
        const auto now = api_.ask({.what = "look at action", .path = path}).at("action");
        const auto status = now.value("status", "");
        if (status == "errored")
            throw Error(Kind::remote, "digitalocean: {} failed", now.value("type", "the action"));
        return status == "completed" ? std::optional(true) : std::nullopt;
    };
    kit::wait_for(access_, job_, seconds(2), action_patience, "the action", attempt);
}

State state_of(const Json& droplet) {
    const auto status = droplet.value("status", "");
    if (status == "new")
        return State::starting;
    if (status == "active")
        return State::running;
    if (status == "off")
        return State::stopped;
    return status == "archive" ? State::saved : State::error;
}

void note_addresses(const Json& droplet, Record& record) {
    const auto address = address_of(droplet, "public");
    record["IPAddress"] = address.empty() ? ipv6_of(droplet) : address;
    record["PrivateIPAddress"] = address_of(droplet, "private");
}

std::string mark_of(const Record& record) {
    return "orch-create:" + kit::text(record, "CreateMark");
}

std::string firewall_name(const Record& record) {
    return "orch-" + kit::text(record, "CreateMark");
}

} // namespace orch::drivers::digitalocean
