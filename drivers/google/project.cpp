#include "drivers/google/project.hpp"

#include "drivers/kit/cloud.hpp"
#include "lib/tasks/retry.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace orch::drivers::google {

namespace {

using std::chrono::seconds;

constexpr seconds operation_patience{600};

std::string text_in(const Json& document, const char* pointer) {
    const Json::json_pointer place(pointer);
    return document.contains(place) && document[place].is_string()
               ? document[place].get<std::string>()
               : "";
}

/// {"error": {"code", "message", "errors": [{"reason", "message"}], "status"}}
kit::Refusal read_refusal(const http::Response& answer) {
    const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object())
        return {};
    kit::Refusal refusal{
        .code = text_in(body, "/error/errors/0/reason"),
        .message = text_in(body, "/error/message")};
    if (refusal.code.empty())
        refusal.code = text_in(body, "/error/status");
    return refusal;
}

/// A UUID, version 4.
std::string new_request_id() {
    auto hex = kit::new_mark() + kit::new_mark();
    hex[12] = '4';
    hex[16] = '8';
    for (const auto place : {20, 16, 12, 8})
        hex.insert(static_cast<std::size_t>(place), "-");
    return hex;
}

/// What helps against it, if anything is known.
std::string advice_for(const std::string& text) {
    const auto says = [&](std::string_view words) { return text.find(words) != std::string::npos; };
    if (says("ZONE_RESOURCE_POOL_EXHAUSTED") || says("STOCKOUT"))
        return "the zone has no room now: choose another --google-zone or --google-machine-type";
    if (says("QUOTA_EXCEEDED") || says("quotaExceeded"))
        return "choose a zone of another region with --google-zone, or ask for a higher quota";
    if (says("requireOsLogin"))
        return "the organization demands OS Login; orch needs keys in the instance's metadata";
    if (says("serviceAccounts.actAs") || says("SERVICE_ACCOUNT_ACCESS_DENIED"))
        return "grant the role Service Account User, or give --google-service-account none";
    return {};
}

} // namespace

std::string last_part(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

std::string region_of(std::string_view zone) {
    return std::string(zone.substr(0, zone.rfind('-')));
}

Project::Project(
    const std::string& endpoint,
    std::string name,
    Tokens tokens,
    http::Client& http,
    tasks::Clock& clock,
    const std::stop_token& stop
)
    : name_(std::move(name)), tokens_(std::move(tokens)),
      api_(
          {.driver = "google",
           .base = endpoint,
           .authorize =
               [this](http::Request& request) {
                   request.headers["Authorization"] = "Bearer " + tokens_.get().reveal();
                   if (const auto payer = tokens_.quota_project(); !payer.empty())
                       request.headers["x-goog-user-project"] = payer;
               },
           .read_refusal = read_refusal,
           .passing = {"rateLimitExceeded", "userRateLimitExceeded", "resourceNotReady"}},
          http,
          clock,
          stop
      ),
      clock_(clock), stop_(stop) {}

std::string Project::path_of(const std::string& path) const {
    if (path.starts_with("projects/"))
        return "/" + path;
    return path.empty() ? "/projects/" + name_ : "/projects/" + name_ + "/" + path;
}

/// A token may end before its time: then another one is fetched.
Json Project::ask(const kit::Call& call) {
    try {
        try {
            return api_.ask(call);
        } catch (const kit::Refused& refused) {
            if (refused.status() != 401)
                throw;
            tokens_.forget();
        }
        return api_.ask(call);
    } catch (kit::Refused& refused) {
        if (const auto advice = advice_for(refused.message()); !advice.empty())
            refused.hint("{}", advice);
        throw;
    }
}

Json Project::get(std::string_view what, const std::string& path) {
    return ask({.what = what, .path = path_of(path)});
}

std::optional<Json> Project::find(std::string_view what, const std::string& path) {
    try {
        return get(what, path);
    } catch (const kit::Refused& refused) {
        if (refused.status() != 404)
            throw;
        return std::nullopt;
    }
}

std::vector<Json>
Project::list(std::string_view what, const std::string& path, const std::string& filter) {
    std::vector<Json> found;
    std::string page;
    do {
        auto query = path + "?maxResults=500";
        if (!filter.empty())
            query += "&filter=" + http::escape(filter);
        if (!page.empty())
            query += "&pageToken=" + http::escape(page);
        const auto answer = get(what, query);
        for (const auto& each : answer.value("items", Json::array()))
            found.push_back(each);
        page = answer.value("nextPageToken", "");
    } while (!page.empty());
    return found;
}

Json Project::begin(
    std::string_view what, const std::string& method, const std::string& path, const Json& body
) {
    return ask(
        {.what = what,
         .method = method,
         .path = fmt::format("{}?requestId={}", path_of(path), new_request_id()),
         .body = body}
    );
}

void Project::wait(std::string_view what, Json operation) {
    const auto zone = last_part(operation.value("zone", ""));
    const auto path = (zone.empty() ? "global" : "zones/" + zone) + "/operations/" +
                      operation.at("name").get<std::string>();
    const tasks::RetryPolicy policy{
        .first_pause = seconds(1),
        .longest_pause = seconds(2),
        .give_up_after = operation_patience};
    bool asked = true; // the answer that named the operation says how it is
    const auto attempt = [&]() -> std::optional<bool> {
        if (!std::exchange(asked, false))
            operation = get("look at operation", path);
        if (operation.value("status", "") != "DONE")
            return std::nullopt;
        const auto code = text_in(operation, "/error/errors/0/code");
        if (!operation.contains("error"))
            return true;
        const auto message = text_in(operation, "/error/errors/0/message");
        Error error(Kind::remote, "google: {}: {}: {}", what, code, message);
        if (const auto advice = advice_for(code + " " + message); !advice.empty())
            error.hint("{}", advice);
        throw error;
    };
    tasks::retry(policy, clock_, stop_, attempt, [&] {
        return Error(
            Kind::timeout, "google: {}: it takes longer than {} s", what, operation_patience.count()
        );
    });
}

void Project::change(
    std::string_view what, const std::string& method, const std::string& path, const Json& body
) {
    wait(what, begin(what, method, path, body));
}

bool Project::remove(std::string_view what, const std::string& path) {
    try {
        change(what, "DELETE", path);
        return true;
    } catch (const kit::Refused& refused) {
        if (refused.status() != 404)
            throw;
        return false;
    }
}

} // namespace orch::drivers::google
