#include "drivers/azure/arm.hpp"

#include "lib/base/text.hpp"
#include "lib/json/json.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace orch::drivers::azure {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds patience{1200}; // for one operation
constexpr milliseconds usual_pause{2000};

struct VersionRow {
    std::string_view part; // of a path, in lower case
    std::string_view version;
};

// The first row that fits. Stable versions stay valid for years.
constexpr VersionRow versions[] = {
    {"/register", "2021-04-01"},
    {"/providers/microsoft.compute/galleries/", "2023-07-03"},
    {"/providers/microsoft.compute/skus", "2021-07-01"},
    {"/providers/microsoft.compute/disks/", "2024-03-02"},
    {"/providers/microsoft.compute/", "2024-11-01"},
    {"/providers/microsoft.network/", "2024-05-01"},
    {"/resourcegroups/", "2021-04-01"},
    {"/providers/", "2021-04-01"},
    {"", "2022-12-01"}, // the subscription itself, and its locations
};

std::string_view version_of(const std::string& path) {
    const auto lower = text::lower(path);
    return std::find_if(
               std::begin(versions),
               std::end(versions),
               [&](const auto& row) { return lower.find(row.part) != std::string::npos; }
    )->version;
}

/// {"error": {"code", "message", "details": [{"code", "message"}]}}
kit::Refusal read_refusal(const http::Response& answer) {
    const auto request = answer.headers.find("x-ms-request-id");
    kit::Refusal refusal{.request = request == answer.headers.end() ? "" : request->second};
    const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object() || !body.contains("error") || !body["error"].is_object())
        return refusal;
    refusal.code = text_at(body, "/error/code");
    refusal.message = text_at(body, "/error/message");
    if (const auto more = text_at(body, "/error/details/0/message"); more != refusal.message)
        refusal.message += (refusal.message.empty() || more.empty() ? "" : " ") + more;
    return refusal;
}

struct AdviceRow {
    std::string_view code;
    std::string_view advice;
};

constexpr std::string_view other_size = "choose another --azure-size or --azure-location";
constexpr AdviceRow advices[] = {
    {"SkuNotAvailable", other_size},
    {"AllocationFailed", other_size},
    {"ZonalAllocationFailed", "choose another --azure-availability-zone or --azure-size"},
    {"OverconstrainedAllocationRequest", other_size},
    {"QuotaExceeded", "ask for more in the portal, or choose another size or location"},
    {"AuthorizationFailed",
     "the account needs the role Contributor of the resource group: orch-drivers(7) has the list"},
    {"LinkedAuthorizationFailed",
     "the account needs rights in the resource group of the network, too"},
    {"MarketplacePurchaseEligibilityFailed", "accept the terms: az vm image terms accept"},
    {"RequestDisallowedByPolicy", "a policy of the subscription forbids it: see the portal"},
};

void advise(Error& error, const std::string& code) {
    for (const auto& row : advices)
        if (row.code == code)
            error.hint("{}", row.advice);
}

/// As the server asks, else a moment.
milliseconds pause_of(const http::Response& answer) {
    const auto told = answer.headers.find("retry-after");
    int count = 0;
    if (told == answer.headers.end() ||
        std::from_chars(told->second.data(), told->second.data() + told->second.size(), count).ec !=
            std::errc())
        return usual_pause;
    return std::clamp<milliseconds>(seconds(count), milliseconds(200), seconds(30));
}

Json body_of(const http::Response& answer, std::string_view what) {
    if (answer.body.empty())
        return nullptr;
    try {
        return json::parse(answer.body, "azure");
    } catch (const Error& error) {
        throw Error(Kind::remote, "azure: {}: the answer is no JSON", what).detail(error.message());
    }
}

kit::Dialect dialect_of(const std::string& base, const std::shared_ptr<Login>& login) {
    return {
        .driver = "azure",
        .base = base,
        .authorize = [login](http::Request& request
                     ) { request.headers["Authorization"] = "Bearer " + login->token(); },
        .read_refusal =
            [login](const http::Response& answer) {
                auto refusal = read_refusal(answer);
                if (refusal.code == "ExpiredAuthenticationToken")
                    login->forget();
                return refusal;
            },
        .passing = {"AnotherOperationInProgress", "RetryableError", "ExpiredAuthenticationToken"},
    };
}

} // namespace

std::string text_at(const Json& tree, const std::string& pointer) {
    const Json::json_pointer place(pointer);
    return tree.contains(place) && tree[place].is_string() ? tree[place].get<std::string>() : "";
}

Arm::Arm(Account account, World& world, Tokens& tokens, const std::stop_token& stop)
    : login_(std::make_shared<Login>(std::move(account), world, tokens, stop)),
      api_(dialect_of(login_->account().management, login_), world.http, world.clock, stop),
      clock_(world.clock), stop_(stop) {}

std::string Arm::url_of(const std::string& path) const {
    return fmt::format(
        "{}{}{}api-version={}",
        api_.dialect().base,
        path,
        path.find('?') == std::string::npos ? "?" : "&",
        version_of(path)
    );
}

http::Response Arm::send(std::string_view what, http::Request request, bool makes) {
    try {
        return api_.send(what, std::move(request), makes);
    } catch (kit::Refused& refused) {
        advise(refused, refused.code());
        throw;
    }
}

http::Response
Arm::send(std::string_view what, std::string method, const std::string& url, bool makes) {
    return send(
        what,
        {.method = std::move(method), .url = url, .headers = {{"Accept", "application/json"}}},
        makes
    );
}

std::optional<Json> Arm::find(std::string_view what, const std::string& path) {
    try {
        return body_of(send(what, "GET", url_of(path)), what);
    } catch (const kit::Refused& refused) {
        if (refused.status() != 404)
            throw;
        return std::nullopt;
    }
}

std::vector<Json> Arm::list(std::string_view what, const std::string& path) {
    std::vector<Json> found;
    for (auto url = url_of(path); !url.empty();) {
        const auto page = body_of(send(what, "GET", url), what);
        const auto& items = page.is_array() ? page : page.value("value", Json::array());
        found.insert(found.end(), items.begin(), items.end());
        url = text_at(page, "/nextLink");
        if (!url.starts_with(api_.dialect().base + "/"))
            break; // the token is for nobody else
    }
    return found;
}

Operation
Arm::begin_put(std::string what, const std::string& path, const Json& body, bool only_new) {
    http::Request request{
        .method = "PUT",
        .url = url_of(path),
        .headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}},
        .body = body.dump(),
    };
    if (only_new)
        request.headers["If-None-Match"] = "*";
    auto answer = send(what, std::move(request), only_new);
    return {std::move(what), path, std::move(answer)};
}

void Arm::put(std::string what, const std::string& path, const Json& body) {
    finish(begin_put(std::move(what), path, body));
}

void Arm::remove(std::string what, const std::string& path) {
    try {
        auto answer = send(what, "DELETE", url_of(path));
        finish({std::move(what), path, std::move(answer), /*removes=*/true});
    } catch (const kit::Refused& refused) {
        if (refused.status() != 404)
            throw;
    }
}

void Arm::post(std::string what, const std::string& path) {
    auto answer = send(what, "POST", url_of(path));
    finish({std::move(what), "", std::move(answer)});
}

/// The URL in a header, if it is the same server's: others do not get the token.
std::string Arm::own_url(const http::Response& answer, const std::string& name) const {
    const auto found = answer.headers.find(name);
    if (found == answer.headers.end() || !found->second.starts_with(api_.dialect().base + "/"))
        return {};
    return found->second;
}

/// One look at how far it is: Azure's word for its status.
std::string Arm::follow(const Operation& operation, http::Response& last) {
    const auto& first = operation.answer;
    if (const auto url = own_url(first, "azure-asyncoperation"); !url.empty()) {
        last = send(operation.what, "GET", url);
        return text_at(body_of(last, operation.what), "/status");
    }
    if (const auto url = own_url(first, "location"); first.status == 202 && !url.empty()) {
        last = send(operation.what, "GET", url);
        return last.status == 202 ? "InProgress" : "Succeeded";
    }
    if (operation.path.empty() || (operation.removes && first.status != 202))
        return "Succeeded";
    const bool known = first.status == 200 || first.status == 201;
    last = known && last.status == 0 ? first : send(operation.what, "GET", url_of(operation.path));
    if (operation.removes)
        return "InProgress"; // it is still there
    const auto state = text_at(body_of(last, operation.what), "/properties/provisioningState");
    return state.empty() ? "Succeeded" : state;
}

void Arm::finish(const Operation& operation) {
    const auto end = clock_.now() + patience;
    http::Response last;
    for (;;) {
        const auto status = follow(operation, last);
        if (status == "Succeeded")
            return;
        if (status == "Failed" || status == "Canceled") {
            const auto refusal = read_refusal(last);
            Error error(
                Kind::remote,
                "azure: {}: {}: {}",
                operation.what,
                refusal.code.empty() ? status : refusal.code,
                refusal.message.empty() ? "it failed" : refusal.message
            );
            advise(error, refusal.code);
            throw error;
        }
        if (clock_.now() >= end)
            throw Error(
                Kind::timeout, "azure: {} takes longer than {} s", operation.what, patience.count()
            );
        clock_.sleep(pause_of(last.status == 0 ? operation.answer : last), stop_);
    }
}

} // namespace orch::drivers::azure
