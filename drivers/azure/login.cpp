#include "drivers/azure/login.hpp"

#include "drivers/kit/api.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/process/runner.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <functional>

namespace orch::drivers::azure {

namespace {

using kit::Json;
using std::chrono::seconds;

constexpr seconds least_left{60};    // of a token's life, to be used for another request
constexpr seconds unknown_life{300}; // of a token that does not say
constexpr seconds az_patience{60};   // the program is slow to start
constexpr auto tenant_version = "2022-12-01";

struct CloudRow {
    std::string_view name;
    std::string_view authority;
    std::string_view management;
};

// https://learn.microsoft.com/azure/developer/identity/sovereign-clouds; the German one is closed.
constexpr CloudRow clouds[] = {
    {"AzurePublicCloud", "https://login.microsoftonline.com", "https://management.azure.com"},
    {"AzureUSGovernmentCloud",
     "https://login.microsoftonline.us",
     "https://management.usgovcloudapi.net"},
    {"AzureChinaCloud", "https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn"},
};

const CloudRow& cloud_of(const std::string& name) {
    for (const auto& row : clouds)
        if (name.empty() || text::lower(name) == text::lower(row.name))
            return row;
    throw Error(Kind::invalid, "azure: there is no environment \"{}\"", name)
        .hint("--azure-environment is AzurePublicCloud, AzureUSGovernmentCloud or AzureChinaCloud");
}

std::string without_slash(std::string url) {
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string body;
    for (const auto& [name, value] : fields)
        body += (body.empty() ? "" : "&") + name + "=" + http::escape(value);
    return body;
}

/// {"error": "invalid_client", "error_description": "AADSTS7000215: ...\r\nTrace ID: ..."}
kit::Refusal read_oauth(const http::Response& answer) {
    const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object() || !body.value("error", Json()).is_string())
        return {};
    const auto words = text::lines(body.value("error_description", ""));
    return {
        .code = body["error"].get<std::string>(),
        .message = words.empty() ? "" : std::string(text::trim(words.front())),
    };
}

Json json_of(const std::string& body, std::string_view who) {
    auto document = Json::parse(body, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object())
        throw Error(Kind::remote, "azure: log in: the answer of {} is no JSON", who);
    return document;
}

/// Numbers come as numbers or as text.
long long whole(const Json& value) {
    if (value.is_number_integer())
        return value.get<long long>();
    long long number = 0;
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return number;
}

/// The tenant in `Bearer authorization_uri="https://login.windows.net/TENANT", error=...`.
std::string tenant_in(const std::string& challenge) {
    constexpr std::string_view name = "authorization_uri=\"";
    const auto start = challenge.find(name);
    if (start == std::string::npos)
        return {};
    const auto end = challenge.find('"', start + name.size());
    const auto url =
        without_slash(challenge.substr(start + name.size(), end - start - name.size()));
    return url.substr(url.rfind('/') + 1);
}

} // namespace

struct Login::Answer {
    std::string token;
    seconds life{0};
};

Account account_of(const Record& record, Secret secret, const os::Environment& environment) {
    const auto& cloud = cloud_of(kit::text(record, "Environment"));
    const auto or_else = [](std::string first, std::string_view second) {
        return without_slash(first.empty() ? std::string(second) : std::move(first));
    };
    return {
        .management = or_else(kit::text(record, "Endpoint"), cloud.management),
        .audience = std::string(cloud.management) + "/",
        .authority = or_else(kit::text(record, "AuthorityHost"), cloud.authority),
        .subscription = kit::text(record, "SubscriptionID"),
        .tenant = kit::text(record, "TenantID"),
        .client = kit::text(record, "ClientID"),
        .secret = std::move(secret),
        .federated_file = kit::text(record, "FederatedTokenFile"),
        .managed = record.value("ManagedIdentity", false),
        .identity_host = without_slash(
            environment.get_or("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://169.254.169.254")
        ),
    };
}

std::string Login::key() const {
    return fmt::format(
        "{} {} {} {} {} {}",
        account_.authority,
        account_.subscription,
        account_.client,
        std::hash<std::string>()(account_.secret.reveal()),
        account_.managed,
        account_.federated_file
    );
}

std::string Login::token() {
    const std::lock_guard lock(tokens_.mutex);
    auto& held = tokens_.held[key()];
    const auto now = world_.clock.now();
    if (held.text.empty() || held.until - now < least_left) {
        auto answer = ask();
        held = {Secret(std::move(answer.token)), now + std::max(answer.life, 2 * least_left)};
    }
    return held.text.reveal();
}

void Login::forget() {
    const std::lock_guard lock(tokens_.mutex);
    tokens_.held.erase(key());
}

const std::string& Login::tenant() {
    if (!account_.tenant.empty())
        return account_.tenant;
    std::string challenge;
    kit::Api api(
        {.driver = "azure",
         .base = account_.management,
         .read_refusal =
             [&](const http::Response& answer) {
                 const auto found = answer.headers.find("www-authenticate");
                 challenge = found == answer.headers.end() ? "" : found->second;
                 return kit::Refusal{};
             }},
        world_.http,
        world_.clock,
        stop_
    );
    try {
        api.ask(
            {.what = "find the tenant",
             .path = fmt::format(
                 "/subscriptions/{}?api-version={}", account_.subscription, tenant_version
             )}
        );
    } catch (const kit::Refused& refused) {
        if (refused.status() != 401 && refused.status() != 404)
            throw;
    }
    account_.tenant = tenant_in(challenge);
    if (account_.tenant.empty())
        throw Error(
            Kind::not_found, "azure: there is no subscription \"{}\"", account_.subscription
        )
            .hint("az account list shows those that there are; --azure-tenant-id names the tenant");
    return account_.tenant;
}

/// By what the account has.
Login::Answer Login::ask() {
    if (account_.managed)
        return ask_identity();
    if (!account_.client.empty() && (!account_.secret.empty() || !account_.federated_file.empty()))
        return ask_authority();
    if (!account_.secret.empty())
        throw Error(Kind::denied, "azure driver requires the \"azure-client-id\" option")
            .hint("--azure-client-secret belongs to an application: name that, too");
    return ask_az();
}

/// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
Login::Answer Login::ask_authority() {
    std::vector<std::pair<std::string, std::string>> fields{
        {"grant_type", "client_credentials"},
        {"client_id", account_.client},
        {"scope", account_.audience + ".default"},
    };
    if (account_.secret.empty()) {
        fields.emplace_back(
            "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        fields.emplace_back(
            "client_assertion", std::string(text::trim(fs::read_file(account_.federated_file)))
        );
    } else {
        fields.emplace_back("client_secret", account_.secret.reveal());
    }
    kit::Api api(
        {.driver = "azure", .base = account_.authority, .read_refusal = read_oauth},
        world_.http,
        world_.clock,
        stop_
    );
    http::Request request{
        .method = "POST",
        .url = fmt::format("{}/{}/oauth2/v2.0/token", account_.authority, http::escape(tenant())),
        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
        .body = form(fields),
    };
    try {
        const auto answer = api.send("log in", std::move(request), /*makes=*/false);
        const auto body = json_of(answer.body, account_.authority);
        return {body.value("access_token", ""), seconds(whole(body.value("expires_in", Json())))};
    } catch (kit::Refused& refused) { // a wrong secret is a 401, an unknown application a 400
        Error denied(Kind::denied, "{}", refused.message());
        throw denied.hint("look at --azure-client-id, --azure-client-secret and --azure-tenant-id");
    }
}

/// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources
Login::Answer Login::ask_identity() {
    kit::Api api(
        {.driver = "azure", .base = account_.identity_host, .read_refusal = read_oauth},
        world_.http,
        world_.clock,
        stop_
    );
    auto url = fmt::format(
        "{}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={}",
        account_.identity_host,
        http::escape(account_.audience)
    );
    if (!account_.client.empty())
        url += "&client_id=" + http::escape(account_.client);
    http::Request request{.url = url, .headers = {{"Metadata", "true"}}};
    request.connect_timeout = seconds(3);
    const auto answer = api.send("log in as this computer", std::move(request), /*makes=*/false);
    const auto body = json_of(answer.body, account_.identity_host);
    return {body.value("access_token", ""), seconds(whole(body.value("expires_in", Json())))};
}

Login::Answer Login::ask_az() {
    process::Outcome outcome;
    try {
        outcome = world_.processes.run(
            {.argv =
                 {"az",
                  "account",
                  "get-access-token",
                  "--resource",
                  account_.audience,
                  "--subscription",
                  account_.subscription,
                  "--output",
                  "json"},
             .timeout = az_patience},
            stop_
        );
    } catch (const Error& error) {
        if (error.kind() != Kind::not_found)
            throw;
        throw Error(Kind::denied, "azure: there are no credentials, and no program az")
            .hint(
                "give --azure-client-id and --azure-client-secret, or --azure-managed-identity on "
                "a machine of Azure, or install az and run: az login"
            );
    }
    if (!outcome.ok()) {
        const auto said = text::lines(text::trim(outcome.err));
        throw Error(
            Kind::denied,
            "azure: az account get-access-token: {}",
            said.empty() ? "it failed" : std::string(text::trim(said.front()))
        )
            .hint("run: az login");
    }
    const auto body = json_of(outcome.out, "az");
    const auto moment = whole(body.value("expires_on", Json()));
    return {
        body.value("accessToken", ""),
        moment == 0 ? unknown_life : seconds(moment - std::time(nullptr)),
    };
}

} // namespace orch::drivers::azure
