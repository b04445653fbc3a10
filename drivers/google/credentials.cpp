#include "drivers/google/credentials.hpp"

#include "drivers/kit/api.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/process/runner.hpp"
#include "lib/tls/sign.hpp"

#include <fmt/core.h>

#include <ctime>

namespace orch::drivers::google {

namespace {

using kit::Json;
using std::chrono::seconds;

constexpr auto token_url = "https://oauth2.googleapis.com/token";
constexpr auto scope = "https://www.googleapis.com/auth/compute";
constexpr auto file_variable = "GOOGLE_APPLICATION_CREDENTIALS";
constexpr long long token_life = 3600;
constexpr seconds margin{60};
constexpr seconds shortest{5}; // that one token is used for

std::string without_padding(std::string text) {
    text.erase(text.find_last_not_of('=') + 1);
    return text;
}

std::string base64_url(const Json& value) {
    return without_padding(base64::encode_url(value.dump()));
}

std::string field(const Json& document, const char* name) {
    const auto found = document.find(name);
    return found != document.end() && found->is_string() ? found->get<std::string>() : "";
}

void require_fields(
    const Json& document, std::initializer_list<const char*> names, const std::string& source
) {
    for (const auto* name : names)
        if (field(document, name).empty())
            throw Error(Kind::invalid, "the credentials in {} have no {}", source, name);
}

std::string form_of(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string form;
    for (const auto& [name, value] : fields)
        form += (form.empty() ? "" : "&") + name + "=" + http::escape(value);
    return form;
}

/// {"error": "invalid_grant", "error_description": "..."}
kit::Refusal read_refusal(const http::Response& answer) {
    const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object())
        return {};
    return {.code = field(body, "error"), .message = field(body, "error_description")};
}

/// https://docs.cloud.google.com/compute/docs/instances/detect-compute-engine
bool is_google_server() {
    try {
        return fs::read_file("/sys/class/dmi/id/product_name").find("Google") != std::string::npos;
    } catch (const Error&) {
        return false;
    }
}

Error no_credentials() {
    return std::move(Error(Kind::denied, "google: there are no credentials")
                         .hint(
                             "set {} to the file of a service account's key, or run gcloud auth "
                             "application-default login",
                             file_variable
                         ));
}

} // namespace

Login parse_login(const std::string& text, const std::string& source) {
    const auto plain = std::string(text::trim(text));
    const auto document = Json::parse(
        plain.starts_with('{') ? plain : base64::decode(plain), nullptr, /*allow_exceptions=*/false
    );
    if (!document.is_object())
        throw Error(Kind::invalid, "the credentials in {} are no JSON and no base64 of it", source);
    Login login{.source = source};
    login.quota_project = field(document, "quota_project_id");
    login.project = field(document, "project_id");
    login.token_uri = field(document, "token_uri");
    if (login.token_uri.empty())
        login.token_uri = token_url;
    const auto type = field(document, "type");
    if (type == "service_account") {
        require_fields(document, {"client_email", "private_key"}, source);
        login.email = field(document, "client_email");
        login.key_id = field(document, "private_key_id");
        login.key = Secret(field(document, "private_key"));
    } else if (type == "authorized_user") {
        require_fields(document, {"client_id", "client_secret", "refresh_token"}, source);
        login.kind = Login::Kind::user;
        login.client_id = field(document, "client_id");
        login.client_secret = Secret(field(document, "client_secret"));
        login.refresh_token = Secret(field(document, "refresh_token"));
    } else if (type == "external_account" || type == "impersonated_service_account" || type == "external_account_authorized_user") {
        login.kind = Login::Kind::by_gcloud;
    } else {
        throw Error(
            Kind::invalid, "the credentials in {} are of an unknown type: \"{}\"", source, type
        )
            .hint("a service account's key file has the type service_account");
    }
    return login;
}

std::filesystem::path
credentials_file(const std::filesystem::path& wish, const os::Environment& environment) {
    if (!wish.empty() && std::filesystem::exists(wish))
        return wish;
    const std::filesystem::path named = environment.get_or(file_variable, wish.string());
    if (!named.empty()) {
        if (!std::filesystem::exists(named))
            throw Error(
                Kind::not_found, "google: there is no file of credentials {}", named.string()
            )
                .hint("set {} to the file of a service account's key", file_variable);
        return std::filesystem::absolute(named);
    }
    auto folder = std::filesystem::path(environment.get_or("CLOUDSDK_CONFIG", ""));
    if (folder.empty())
        folder = environment.home() / ".config" / "gcloud";
    const auto file = folder / "application_default_credentials.json";
    return std::filesystem::exists(file) ? file : std::filesystem::path();
}

std::string assertion_of(const Login& login, long long now) {
    Json header{{"alg", "RS256"}, {"typ", "JWT"}};
    if (!login.key_id.empty())
        header["kid"] = login.key_id;
    const Json claims{
        {"iss", login.email},
        {"scope", scope},
        {"aud", login.token_uri},
        {"iat", now},
        {"exp", now + token_life},
    };
    const auto text = base64_url(header) + "." + base64_url(claims);
    const auto signature =
        tls::sign_rs256(login.key.reveal(), text, "the private key in " + login.source);
    return text + "." + without_padding(base64::encode_url(signature));
}

const Secret& Tokens::get() {
    const auto now = world_.clock.now();
    if (token_.empty() || now >= valid_until_) {
        auto token = fetch();
        token_ = std::move(token.text);
        valid_until_ = now + std::max(seconds(token.seconds) - margin, shortest);
    }
    return token_;
}

Tokens::Token Tokens::fetch() {
    if (login_)
        switch (login_->kind) {
        case Login::Kind::service_account:
            return of_service_account(*login_);
        case Login::Kind::user:
            return of_user(*login_);
        case Login::Kind::by_gcloud:
            return of_gcloud(true, login_->source);
        }
    if (const auto host = environment_.get_or("GCE_METADATA_HOST", ""); !host.empty())
        return of_server(host);
    if (environment_.get_or("NO_GCE_CHECK", "") != "true" && is_google_server())
        return of_server("metadata.google.internal");
    if (!process::find_program("gcloud", environment_.get_or("PATH", "")))
        throw no_credentials();
    return of_gcloud(false, "");
}

Tokens::Token
Tokens::exchange(const std::string& url, const std::string& form, const std::string& source) {
    kit::Api api(
        {.driver = "google", .read_refusal = read_refusal}, world_.http, world_.clock, stop_
    );
    http::Request request{
        .method = "POST",
        .url = url,
        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
        .body = form};
    try {
        const auto answer = api.send("log in", std::move(request), /*makes=*/false);
        const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
        if (body.is_object() && !field(body, "access_token").empty())
            return {Secret(field(body, "access_token")), body.value("expires_in", token_life)};
        throw Error(Kind::remote, "google: log in: the answer has no token");
    } catch (const kit::Refused& refused) {
        throw Error(Kind::denied, "{}", refused.message())
            .hint("the credentials in {} are wrong or no longer valid", source);
    }
}

Tokens::Token Tokens::of_service_account(const Login& login) {
    const auto form = form_of(
        {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
         {"assertion", assertion_of(login, std::time(nullptr))}}
    );
    return exchange(login.token_uri, form, login.source);
}

Tokens::Token Tokens::of_user(const Login& login) {
    const auto form = form_of(
        {{"grant_type", "refresh_token"},
         {"client_id", login.client_id},
         {"client_secret", login.client_secret.reveal()},
         {"refresh_token", login.refresh_token.reveal()}}
    );
    return exchange(login.token_uri, form, login.source);
}

/// https://docs.cloud.google.com/compute/docs/metadata/overview
Tokens::Token Tokens::of_server(const std::string& host) {
    kit::Api api(
        {.driver = "google",
         .base = "http://" + host + "/computeMetadata/v1",
         .authorize = [](http::Request& request
                      ) { request.headers["Metadata-Flavor"] = "Google"; }},
        world_.http,
        world_.clock,
        stop_
    );
    const auto answer = api.find(
        {.what = "log in by the metadata server",
         .path = "/instance/service-accounts/default/token"}
    );
    if (!answer || field(*answer, "access_token").empty())
        throw Error(Kind::denied, "google: this server has no service account")
            .hint("give it one with the scope {}, or set {}", scope, file_variable);
    return {Secret(field(*answer, "access_token")), answer->value("expires_in", token_life)};
}

/// gcloud's tokens last an hour, or less if it has them for a while.
Tokens::Token Tokens::of_gcloud(bool application_default, const std::string& file) {
    process::Command command{.argv = {"gcloud", "auth"}};
    if (application_default) {
        if (!std::filesystem::exists(file))
            throw Error(Kind::unsupported, "credentials of the kind in {} must be in a file", file)
                .hint("set {} to it", file_variable);
        command.argv.emplace_back("application-default");
        command.env[file_variable] = file;
    }
    command.argv.emplace_back("print-access-token");
    const auto outcome = world_.processes.run(command, stop_);
    auto token = std::string(text::trim(outcome.out));
    if (!outcome.ok() || token.empty()) {
        const auto said = text::lines(outcome.err);
        throw Error(
            Kind::denied,
            "google: {}: {}",
            text::join(command.argv, " "),
            said.empty() ? "it gives no token" : said.front()
        )
            .hint("run gcloud auth {}login", application_default ? "application-default " : "");
    }
    return {Secret(std::move(token)), 300};
}

} // namespace orch::drivers::google
