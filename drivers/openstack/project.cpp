#include "drivers/openstack/project.hpp"

#include "drivers/kit/record.hpp"
#include "drivers/openstack/login.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/json/json.hpp"

#include <fmt/core.h>

#include <set>
#include <string_view>

namespace orch::drivers::openstack {

namespace {

struct ServiceRow {
    Service service;
    std::string_view type;    // in the catalog
    std::string_view version; // for URLs that end without one
};

// https://service-types.openstack.org/
constexpr ServiceRow services[] = {
    {Service::compute, "compute", "/v2.1"},
    {Service::network, "network", "/v2.0"},
    {Service::image, "image", "/v2"},
};

const ServiceRow& row_of(Service service) {
    for (const auto& row : services)
        if (row.service == service)
            return row;
    throw Error(Kind::internal, "openstack: a service without a row");
}

/// Nova {"badRequest": {"code", "message"}}, Neutron {"NeutronError": {"type", "message"}},
/// Keystone {"error": {"code", "title", "message"}}.
kit::Refusal read_refusal(const http::Response& answer) {
    kit::Refusal refusal;
    for (const auto* name : {"x-openstack-request-id", "x-compute-request-id"})
        if (const auto found = answer.headers.find(name); found != answer.headers.end())
            refusal.request = found->second;
    const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (body.is_object())
        for (const auto& [key, value] : body.items()) {
            if (!value.is_object())
                continue;
            refusal.code = key == "NeutronError" ? text_in(value, "type")
                           : key == "error"      ? text_in(value, "title")
                                                 : key;
            refusal.message = text_in(value, "message");
            break;
        }
    return refusal;
}

/// With the version that the catalog may leave out: "/v2.0" behind a bare "http://host:9696".
std::string versioned(std::string url, std::string_view version) {
    while (url.ends_with('/'))
        url.pop_back();
    const auto parts = text::split(url, '/');
    for (std::size_t i = 3; i < parts.size(); ++i) // behind "https://host"
        if (parts[i].size() > 1 && parts[i][0] == 'v' && parts[i][1] >= '0' && parts[i][1] <= '9')
            return url;
    return url + std::string(version);
}

/// "publicURL" is "public" since version 3.
std::string interface_of(const Record& record) {
    auto type = kit::text(record, "EndpointType");
    if (type.ends_with("URL"))
        type.resize(type.size() - 3);
    return type.empty() ? "public" : type;
}

} // namespace

std::string text_in(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Project::Project(const Access& access, const Job& job, const Record& record, kit::Secrets secrets)
    : record_(record), secrets_(std::move(secrets)),
      api_(
          {.driver = "openstack",
           .base = identity_url(record),
           .authorize = [this](http::Request& request) { authorize(request); },
           .read_refusal = read_refusal,
           .passing = {"overLimit"}},
          access.world.http,
          access.world.clock,
          job.stop
      ) {}

void Project::authorize(http::Request& request) const {
    if (!token_.empty())
        request.headers["X-Auth-Token"] = token_;
    if (!microversion_.empty()) {
        request.headers["OpenStack-API-Version"] = "compute " + microversion_;
        request.headers["X-OpenStack-Nova-API-Version"] = microversion_;
    }
    const auto ca = kit::text(record_, "CaCert");
    const bool insecure = record_.value("Insecure", false);
    if (!ca.empty() || insecure)
        request.tls = http::Tls{.ca = insecure ? "" : ca, .verify = !insecure};
}

/// https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management
void Project::log_in() {
    token_.clear();
    http::Request request{
        .method = "POST",
        .url = identity_url(record_) + "/auth/tokens",
        .headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}},
        .body = login_body(record_, secrets_).dump(),
    };
    const auto answer = api_.send("log in", std::move(request), /*makes=*/false);
    const auto token = answer.headers.find("x-subject-token");
    if (token == answer.headers.end())
        throw Error(Kind::remote, "openstack: {} gave no token", api_.dialect().base)
            .hint("is that the URL of the identity service?");
    const auto body = json::parse(answer.body, "the answer of the identity service");
    note_catalog(body.at("token"));
    token_ = token->second;
}

void Project::note_catalog(const Json& token) {
    id_ = token.value(Json::json_pointer("/project/id"), "");
    const auto wanted = kit::text(record_, "Region");
    const auto interface = interface_of(record_);
    std::set<std::string> regions;
    urls_.clear();
    for (const auto& service : token.value("catalog", Json::array()))
        for (const auto& row : services) {
            if (text_in(service, "type") != row.type)
                continue;
            for (const auto& endpoint : service.value("endpoints", Json::array())) {
                if (text_in(endpoint, "interface") != interface)
                    continue;
                const auto region = endpoint.contains("region_id") ? text_in(endpoint, "region_id")
                                                                   : text_in(endpoint, "region");
                regions.insert(region);
                if (wanted.empty() || region == wanted)
                    urls_.try_emplace(
                        row.service, versioned(text_in(endpoint, "url"), row.version)
                    );
            }
        }
    const std::vector<std::string> names(regions.begin(), regions.end());
    if (!wanted.empty() && !names.empty() && !regions.contains(wanted))
        throw Error(Kind::not_found, "openstack: there is no region {} in this cloud", wanted)
            .hint("name one with --openstack-region: {}", text::join(names, ", "));
    if (wanted.empty() && names.size() > 1)
        throw Error(Kind::usage, "openstack: the cloud has several regions")
            .hint("name one with --openstack-region: {}", text::join(names, ", "));
}

const std::string& Project::url_of(Service service) {
    const auto found = urls_.find(service);
    if (found == urls_.end())
        throw Error(
            Kind::not_found,
            "openstack: the catalog has no {} URL of the service {} for this project",
            interface_of(record_),
            row_of(service).type
        )
            .hint("look at --openstack-endpoint-type and --openstack-region");
    return found->second;
}

template <class Ask>
auto Project::logged_in(Ask&& ask) {
    if (token_.empty())
        log_in();
    try {
        return ask();
    } catch (const kit::Refused& error) {
        if (error.status() != 401) // a token lives for some hours, or less
            throw;
    }
    log_in();
    return ask();
}

Json Project::ask(Service service, kit::Call call) {
    const auto path = call.path;
    return logged_in([&] {
        call.path = url_of(service) + path;
        return api_.ask(call);
    });
}

std::optional<Json> Project::find(Service service, kit::Call call) {
    const auto path = call.path;
    return logged_in([&] {
        call.path = url_of(service) + path;
        return api_.find(call);
    });
}

namespace {

/// The query of the next page; empty on the last one. Its URL need not be one that leads there from
/// here.
std::string next_query(const Json& answer, const std::string& key) {
    auto next = text_in(answer, "next"); // of images
    for (const auto& link : answer.value(key + "_links", Json::array()))
        if (text_in(link, "rel") == "next")
            next = text_in(link, "href");
    const auto mark = next.find('?');
    return mark == std::string::npos ? "" : next.substr(mark + 1);
}

} // namespace

std::vector<Json> Project::list(
    Service service, const std::string& path, const std::string& query, const std::string& key
) {
    std::vector<Json> found;
    const auto what = "list " + text::replace_all(key, "_", " ");
    for (auto page = query;;) {
        const auto answer =
            ask(service,
                {.what = what, .path = page.empty() ? path : fmt::format("{}?{}", path, page)});
        const auto some = answer.value(key, Json::array());
        found.insert(found.end(), some.begin(), some.end());
        page = next_query(answer, key);
        if (page.empty() || some.empty())
            return found;
    }
}

bool Project::remove(Service service, const std::string& what, const std::string& path) {
    return find(service, {.what = "delete " + what, .method = "DELETE", .path = path}).has_value();
}

const std::string& Project::id() {
    if (token_.empty())
        log_in();
    return id_;
}

} // namespace orch::drivers::openstack
