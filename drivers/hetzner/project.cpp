#include "drivers/hetzner/project.hpp"

#include "lib/json/json.hpp"
#include "lib/tasks/retry.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace orch::drivers::hetzner {

namespace {

using std::chrono::seconds;

constexpr seconds action_patience{600};

/// {"error": {"code", "message", "details"}}
kit::Refusal read_refusal(const http::Response& answer) {
    const auto request = answer.headers.find("x-correlation-id");
    kit::Refusal refusal{.request = request == answer.headers.end() ? "" : request->second};
    const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object() || !body.contains("error") || !body["error"].is_object())
        return refusal;
    refusal.code = body["error"].value("code", "");
    refusal.message = body["error"].value("message", "");
    return refusal;
}

/// "server" of "servers": the key of a single one in an answer.
std::string single(std::string_view kind) { return std::string(kind.substr(0, kind.size() - 1)); }

bool is_number(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c >= '0' && c <= '9';
    });
}

} // namespace

Project::Project(
    const std::string& endpoint,
    Secret token,
    http::Client& http,
    tasks::Clock& clock,
    const std::stop_token& stop
)
    : api_(
          {.driver = "hetzner",
           .base = endpoint,
           .authorize = [token = std::move(token)](http::Request& request
                        ) { request.headers["Authorization"] = "Bearer " + token.reveal(); },
           .read_refusal = read_refusal,
           .passing =
               {"conflict",
                "locked",
                "rate_limit_exceeded",
                "bad_gateway",
                "timeout",
                "resource_in_use"}},
          http,
          clock,
          stop
      ),
      clock_(clock), stop_(stop) {}

std::vector<Json> Project::list(std::string_view kind, const std::string& query) {
    std::vector<Json> found;
    for (long long page = 1; page != 0;) {
        const auto answer = api_.ask(
            {.what = fmt::format("list {}", kind),
             .path = fmt::format(
                 "/{}?{}{}page={}&per_page=50", kind, query, query.empty() ? "" : "&", page
             )}
        );
        for (const auto& each : answer.at(std::string(kind)))
            found.push_back(each);
        const auto next = Json::json_pointer("/meta/pagination/next_page");
        page =
            answer.contains(next) && answer[next].is_number() ? answer[next].get<long long>() : 0;
    }
    return found;
}

std::optional<Json> Project::find(std::string_view kind, long long id) {
    const auto answer = api_.find(
        {.what = fmt::format("look at {} {}", single(kind), id),
         .path = fmt::format("/{}/{}", kind, id)}
    );
    if (!answer)
        return std::nullopt;
    return answer->at(single(kind));
}

Json Project::require(std::string_view kind, const std::string& wish, std::string_view option) {
    if (is_number(wish)) {
        if (auto found = find(kind, std::stoll(wish)))
            return *std::move(found);
    } else if (auto found = list(kind, "name=" + http::escape(wish)); !found.empty()) {
        return std::move(found.front());
    }
    throw Error(Kind::not_found, "hetzner: there is no {} {} in this project", single(kind), wish)
        .hint("name one with --{}; look at the Cloud Console for what there is", option);
}

Json Project::make(std::string_view kind, const Json& body, const std::string& query) {
    const auto what = fmt::format("create {}", single(kind));
    return kit::make_once(
        [&] {
            return api_.ask(
                {.what = what,
                 .method = "POST",
                 .path = fmt::format("/{}", kind),
                 .body = body,
                 .makes = true}
            );
        },
        [&]() -> std::optional<Json> {
            auto found = list(kind, query);
            if (found.empty())
                return std::nullopt;
            return Json{{single(kind), found.front()}};
        }
    );
}

bool Project::remove(std::string_view kind, long long id) {
    const auto answer = api_.find(
        {.what = fmt::format("delete {} {}", single(kind), id),
         .method = "DELETE",
         .path = fmt::format("/{}/{}", kind, id)}
    );
    if (answer && answer->is_object() && answer->contains("action"))
        wait(answer->at("action"));
    return answer.has_value();
}

void Project::act(long long server, const std::string& verb) {
    const auto answer = api_.ask(
        {.what = fmt::format("{} server {}", verb, server),
         .method = "POST",
         .path = fmt::format("/servers/{}/actions/{}", server, verb)}
    );
    wait(answer.at("action"));
}

void Project::wait(const Json& action) {
    auto now = action;
    const auto what = now.value("command", std::string("action"));
    const tasks::RetryPolicy policy{
        .first_pause = seconds(1), .longest_pause = seconds(3), .give_up_after = action_patience};
    bool asked = true; // the answer that named the action says how it is
    const auto attempt = [&]() -> std::optional<bool> {
        if (!std::exchange(asked, false))
            now = api_.ask({.what = "look at action",
                            .path = fmt::format("/actions/{}", now.at("id").get<long long>())})
                      .at("action");
        const auto status = now.value("status", "");
        if (status == "success")
            return true;
        if (status == "error")
            throw Error(
                Kind::remote,
                "hetzner: {}: {}: {}",
                what,
                now.value(Json::json_pointer("/error/code"), ""),
                now.value(Json::json_pointer("/error/message"), "it failed")
            );
        return std::nullopt;
    };
    tasks::retry(policy, clock_, stop_, attempt, [&] {
        return Error(
            Kind::timeout, "hetzner: {} takes longer than {} s", what, action_patience.count()
        );
    });
}

} // namespace orch::drivers::hetzner
