#include "drivers/openstack/login.hpp"

#include "drivers/kit/record.hpp"
#include "drivers/openstack/clouds_file.hpp"
#include "drivers/openstack/openstack.hpp"
#include "lib/base/error.hpp"

#include <string_view>

namespace orch::drivers::openstack {

namespace {

using Json = nlohmann::json;

constexpr std::string_view password_option = "openstack-password";
constexpr std::string_view credential_option = "openstack-application-credential-secret";

/// One thing to know: by option, in a record, and in clouds.yaml, which has two names for some.
struct Field {
    std::string_view option;
    std::string_view field;
    std::string_view key;
    std::string_view other_key{};
};

constexpr Field fields[] = {
    {"openstack-auth-url", "AuthUrl", "auth_url"},
    {"openstack-cacert", "CaCert", "cacert"},
    {"openstack-domain-id", "DomainID", ""},
    {"openstack-domain-name", "DomainName", ""},
    {"openstack-user-domain-id", "UserDomainId", "user_domain_id"},
    {"openstack-user-domain-name", "UserDomainName", "user_domain_name"},
    {"openstack-tenant-domain-id", "TenantDomainId", "project_domain_id"},
    {"openstack-tenant-domain-name", "TenantDomainName", "project_domain_name"},
    {"openstack-username", "Username", "username"},
    {"openstack-user-id", "UserId", "user_id"},
    {"openstack-tenant-name", "TenantName", "project_name", "tenant_name"},
    {"openstack-tenant-id", "TenantId", "project_id", "tenant_id"},
    {"openstack-application-credential-id", "ApplicationCredentialId", "application_credential_id"},
    {"openstack-application-credential-name",
     "ApplicationCredentialName",
     "application_credential_name"},
    {"openstack-region", "Region", "region_name"},
    {"openstack-endpoint-type", "EndpointType", "interface", "endpoint_type"},
};

std::string value_in(const CloudEntry& entry, std::string_view key) {
    const auto found = entry.find(key);
    return found == entry.end() ? "" : found->second;
}

bool by_credential(const Record& record) {
    return !kit::text(record, "ApplicationCredentialId").empty() ||
           !kit::text(record, "ApplicationCredentialName").empty();
}

bool has(const Record& record, std::string_view field) { return !kit::text(record, field).empty(); }

Error missing(std::string_view what, std::string_view variable, std::string_view option) {
    Error error(
        Kind::usage,
        "{} must be specified either using the environment variable {} or the CLI option --{}",
        what,
        variable,
        option
    );
    return error.hint("or name a cloud of clouds.yaml with --openstack-cloud or OS_CLOUD");
}

void check_user(const Record& record) {
    if (has(record, "ApplicationCredentialId"))
        return;
    if (!has(record, "Username") && !has(record, "UserId"))
        throw missing("Username", "OS_USERNAME", "openstack-username");
    if (by_credential(record))
        return;
    if (!has(record, "TenantName") && !has(record, "TenantId"))
        throw Error(
            Kind::usage,
            "Tenant id or name must be provided either using one of the environment variables "
            "OS_TENANT_ID and OS_TENANT_NAME or one of the CLI options --openstack-tenant-id and "
            "--openstack-tenant-name"
        );
}

void check_login(const Record& record, const kit::Secrets& secrets) {
    if (!has(record, "AuthUrl"))
        throw missing("Authentication URL", "OS_AUTH_URL", "openstack-auth-url");
    check_user(record);
    const bool credential = by_credential(record);
    if (!secrets.contains(credential ? credential_option : password_option)) {
        if (credential)
            throw missing(
                "Application credential secret",
                "OS_APPLICATION_CREDENTIAL_SECRET",
                credential_option
            );
        throw missing("Password", "OS_PASSWORD", password_option);
    }
    const auto type = kit::text(record, "EndpointType");
    for (const auto* known : {"", "public", "internal", "admin"})
        if (type == known || type == std::string(known) + "URL")
            return;
    throw Error(
        Kind::usage,
        "Endpoint type must be 'publicURL', 'adminURL' or 'internalURL', not '{}'",
        type
    );
}

/// The domain of "User" or "Tenant". What nobody has named is Keystone's first domain.
Json domain_of(const Record& record, const std::string& whose) {
    for (const auto& field : {whose + "DomainId", std::string("DomainID")})
        if (has(record, field))
            return {{"id", kit::text(record, field)}};
        else if (const auto name = field.substr(0, field.size() - 2) + "Name"; has(record, name))
            return {{"name", kit::text(record, name)}};
    return {{"id", "default"}};
}

Json user_of(const Record& record) {
    if (has(record, "UserId"))
        return {{"id", kit::text(record, "UserId")}};
    return {{"name", kit::text(record, "Username")}, {"domain", domain_of(record, "User")}};
}

Json credential_of(const Record& record, const kit::Secrets& secrets) {
    const auto secret = kit::required_secret(
        secrets, info(), credential_option, record, "ApplicationCredentialSecret"
    );
    Json credential{{"secret", secret.reveal()}};
    if (has(record, "ApplicationCredentialId")) {
        credential["id"] = kit::text(record, "ApplicationCredentialId");
    } else {
        credential["name"] = kit::text(record, "ApplicationCredentialName");
        credential["user"] = user_of(record);
    }
    return credential;
}

Json project_of(const Record& record) {
    if (has(record, "TenantId"))
        return {{"id", kit::text(record, "TenantId")}};
    return {{"name", kit::text(record, "TenantName")}, {"domain", domain_of(record, "Tenant")}};
}

} // namespace

kit::Secrets note_login(const Values& values, const os::Environment& environment, Record& record) {
    const auto& cloud = values.text("openstack-cloud");
    const auto entry = cloud.empty() ? CloudEntry() : read_cloud(cloud, environment);
    for (const auto& row : fields) {
        auto value = values.text(row.option);
        for (const auto key : {row.key, row.other_key})
            if (value.empty() && !key.empty())
                value = value_in(entry, key);
        record[std::string(row.field)] = std::move(value);
    }
    record["Cloud"] = cloud;
    record["Insecure"] = values.flag("openstack-insecure") ||
                         value_in(entry, "verify") == "false" ||
                         value_in(entry, "insecure") == "true";
    auto secrets = kit::secrets_of(info(), values);
    for (const auto& [option, key] :
         {std::pair(password_option, "password"),
          {credential_option, "application_credential_secret"}})
        if (auto secret = value_in(entry, key); !secret.empty())
            secrets.try_emplace(std::string(option), std::move(secret));
    check_login(record, secrets);
    return secrets;
}

Json login_body(const Record& record, const kit::Secrets& secrets) {
    if (by_credential(record))
        return {
            {"auth",
             {{"identity",
               {{"methods", {"application_credential"}},
                {"application_credential", credential_of(record, secrets)}}}}}};
    auto user = user_of(record);
    user["password"] =
        kit::required_secret(secrets, info(), password_option, record, "Password").reveal();
    return {
        {"auth",
         {{"identity", {{"methods", {"password"}}, {"password", {{"user", std::move(user)}}}}},
          {"scope", {{"project", project_of(record)}}}}}};
}

std::string identity_url(const Record& record) {
    auto url = kit::text(record, "AuthUrl");
    while (url.ends_with('/'))
        url.pop_back();
    if (url.ends_with("/v2.0"))
        url.resize(url.size() - 5);
    return url.ends_with("/v3") ? url : url + "/v3";
}

} // namespace orch::drivers::openstack
