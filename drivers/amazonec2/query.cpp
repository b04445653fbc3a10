#include "drivers/amazonec2/query.hpp"

#include "lib/base/error.hpp"
#include "lib/log/log.hpp"

#include <fmt/core.h>
#include <pugixml.hpp>

#include <algorithm>
#include <cstring>

namespace orch::drivers::amazonec2 {

namespace {

constexpr auto ec2_version = "2016-11-15";
constexpr auto sts_version = "2011-06-15";

struct Hint {
    std::string_view code;
    std::string_view text;
};

constexpr std::string_view clock_hint =
    "the credentials are wrong, temporary and over, or this computer's clock is wrong";
constexpr std::string_view quota_hint =
    "remove machines, or ask for a higher quota in the console (Service Quotas)";

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
constexpr Hint hints[] = {
    {"AuthFailure", "the credentials are wrong, or the account has not enabled this region"},
    {"RequestExpired", clock_hint},
    {"SignatureDoesNotMatch", clock_hint},
    {"ExpiredToken", "these temporary credentials are over: get new ones"},
    {"UnauthorizedOperation", "orch-drivers(7) lists the permissions that are needed"},
    {"InsufficientInstanceCapacity",
     "try another --amazonec2-zone or --amazonec2-instance-type, or wait"},
    {"InstanceLimitExceeded", quota_hint},
    {"VcpuLimitExceeded", quota_hint},
    {"MaxSpotInstanceCountExceeded", quota_hint},
    {"SpotMaxPriceTooLow", "raise --amazonec2-spot-price"},
};

Json to_json(const pugi::xml_node& node) {
    if (!node.first_child() || node.first_child().type() == pugi::node_pcdata)
        return node.child_value();
    const auto first = node.first_child();
    const bool is_list =
        std::strcmp(first.name(), "item") == 0 || std::strcmp(first.name(), "member") == 0;
    auto value = is_list ? Json::array() : Json::object();
    for (const auto& child : node.children())
        if (is_list)
            value.push_back(to_json(child));
        else
            value[child.name()] = to_json(child);
    return value;
}

/// <Response><Errors><Error><Code/><Message/></Error></Errors><RequestID/></Response>, and of STS
/// <ErrorResponse><Error>...</Error><RequestId/></ErrorResponse>
kit::Refusal read_refusal(const http::Response& answer) {
    pugi::xml_document document;
    if (!document.load_buffer(answer.body.data(), answer.body.size()))
        return {};
    const auto root = document.document_element();
    const auto errors = root.child("Errors");
    const auto error = (errors ? errors : root).child("Error");
    const auto* const request = root.child("RequestID") ? "RequestID" : "RequestId";
    return {
        error.child_value("Code"),
        error.child_value("Message"),
        root.child_value(request),
    };
}

/// {"__type": "com.amazonaws.ssm#AccessDeniedException", "message"}
kit::Refusal read_json_refusal(const http::Response& answer) {
    const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object())
        return {};
    auto code = text_in(body, "__type");
    code.erase(0, code.find('#') == std::string::npos ? 0 : code.find('#') + 1);
    const auto request = answer.headers.find("x-amzn-requestid");
    const auto* const message = body.contains("message") ? "message" : "Message";
    return {
        std::move(code),
        text_in(body, message),
        request == answer.headers.end() ? "" : request->second,
    };
}

std::string with_scheme(const Place& place) {
    auto url = place.endpoint;
    while (url.ends_with('/'))
        url.pop_back();
    if (url.find("://") == std::string::npos)
        url.insert(0, place.insecure ? "http://" : "https://");
    return url;
}

/// An endpoint that is none of Amazon's answers for all services.
std::string base_of(const Place& place, std::string_view service) {
    const bool amazons = place.endpoint.find("amazonaws.com") != std::string::npos ||
                         place.endpoint.find("api.aws") != std::string::npos;
    if (!place.endpoint.empty() && (service == "ec2" || !amazons))
        return with_scheme(place);
    const auto* const domain =
        place.region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    return fmt::format("https://{}.{}.{}", service, place.region, domain);
}

kit::Dialect dialect(const Place& place, const Credentials& credentials, std::string service) {
    kit::Dialect dialect{
        .driver = "amazonec2",
        .base = base_of(place, service),
        .authorize =
            [=, region = place.region](http::Request& request) {
                request.aws = http::AwsSignature{
                    .region = region,
                    .service = service,
                    .key_id = credentials.key_id,
                    .secret_key = credentials.secret.reveal()};
                if (!credentials.token.empty())
                    request.headers["X-Amz-Security-Token"] = credentials.token.reveal();
            },
        .read_refusal = service == "ssm" ? read_json_refusal : read_refusal,
        .passing =
            {"RequestLimitExceeded",
             "Throttling",
             "ThrottlingException",
             "InternalError",
             "Unavailable",
             "ServiceUnavailable"},
        .lasting = {"InsufficientInstanceCapacity", "InsufficientCapacity"},
    };
    if (place.retries)
        dialect.most_attempts = std::max(0, *place.retries) + 1;
    return dialect;
}

http::Request form_request(const std::string& base, const Fields& fields) {
    return {
        .method = "POST",
        .url = base + "/",
        .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
        .body = form(fields),
    };
}

Json read_answer(const std::string& what, const http::Response& answer) {
    try {
        return read_xml(answer.body);
    } catch (const Error& error) {
        throw Error(Kind::remote, "amazonec2: {}: the answer is no XML", what)
            .detail(error.message());
    }
}

} // namespace

Json read_xml(const std::string& text) {
    pugi::xml_document document;
    if (const auto parsed = document.load_buffer(text.data(), text.size()); !parsed)
        throw Error(Kind::invalid, "byte {}: {}", parsed.offset, parsed.description());
    auto value = to_json(document.document_element());
    return value.is_string() ? Json::object() : value;
}

std::vector<Json> items(const Json& object, const std::string& name) {
    if (!object.is_object() || !object.contains(name) || !object[name].is_array())
        return {};
    return object[name].get<std::vector<Json>>();
}

std::string text_in(const Json& object, const std::string& name) {
    const Json::json_pointer place("/" + name);
    return object.is_object() && object.contains(place) && object[place].is_string()
               ? object[place].get<std::string>()
               : "";
}

std::string form(const Fields& fields) {
    std::string text;
    for (const auto& [name, value] : fields)
        text += (text.empty() ? "" : "&") + http::escape(name) + "=" + http::escape(value);
    return text;
}

void add_filter(Fields& fields, const std::string& name, const std::vector<std::string>& values) {
    const auto count = std::count_if(fields.begin(), fields.end(), [](const auto& field) {
        return field.first.starts_with("Filter.") && field.first.ends_with(".Name");
    });
    const auto prefix = fmt::format("Filter.{}.", count + 1);
    fields.emplace_back(prefix + "Name", name);
    for (std::size_t i = 0; i < values.size(); ++i)
        fields.emplace_back(fmt::format("{}Value.{}", prefix, i + 1), values[i]);
}

void add_tags(
    Fields& fields,
    const std::string& resource,
    const std::vector<std::pair<std::string, std::string>>& tags
) {
    const auto count = std::count_if(fields.begin(), fields.end(), [](const auto& field) {
        return field.first.ends_with(".ResourceType");
    });
    const auto prefix = fmt::format("TagSpecification.{}.", count + 1);
    fields.emplace_back(prefix + "ResourceType", resource);
    for (std::size_t i = 0; i < tags.size(); ++i) {
        fields.emplace_back(fmt::format("{}Tag.{}.Key", prefix, i + 1), tags[i].first);
        fields.emplace_back(fmt::format("{}Tag.{}.Value", prefix, i + 1), tags[i].second);
    }
}

Region::Region(
    const Place& place,
    Credentials credentials,
    http::Client& http,
    tasks::Clock& clock,
    const std::stop_token& stop
)
    : name_(place.region), clock_(clock), stop_(stop),
      ec2_(dialect(place, credentials, "ec2"), http, clock, stop),
      ssm_(dialect(place, credentials, "ssm"), http, clock, stop) {}

Json Region::ask(const std::string& what, const std::string& action, Fields fields) {
    fields.insert(fields.begin(), {{"Action", action}, {"Version", ec2_version}});
    try {
        const auto request = form_request(ec2_.dialect().base, fields);
        return read_answer(what, ec2_.send(what, request, /*makes=*/false));
    } catch (kit::Refused& refused) {
        for (const auto& [code, text] : hints)
            if (refused.code() == code)
                refused.hint("{}", text);
        throw;
    } catch (Error& error) {
        if (error.kind() == Kind::network)
            error.hint("is --amazonec2-region {} right?", name_);
        throw;
    }
}

std::vector<Json> Region::list(
    const std::string& what, const std::string& action, const Fields& fields, const std::string& set
) {
    std::vector<Json> found;
    std::string next;
    do {
        auto page = fields;
        if (!next.empty())
            page.emplace_back("NextToken", next);
        const auto answer = ask(what, action, std::move(page));
        for (auto& each : items(answer, set))
            found.push_back(std::move(each));
        next = text_in(answer, "nextToken");
    } while (!next.empty());
    return found;
}

std::optional<std::string> Region::parameter(const std::string& name) {
    const http::Request request{
        .method = "POST",
        .url = ssm_.dialect().base + "/",
        .headers =
            {{"Content-Type", "application/x-amz-json-1.1"},
             {"X-Amz-Target", "AmazonSSM.GetParameters"}},
        .body = Json{{"Names", Json::array({name})}}.dump(),
    };
    try {
        const auto answer = ssm_.send("look for image " + name, request, /*makes=*/false);
        const auto body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
        for (const auto& parameter : items(body, "Parameters"))
            if (text_in(parameter, "Name") == name)
                return text_in(parameter, "Value");
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        log::debug("amazonec2", "{}", error.message()); // there is another way to images
    }
    return std::nullopt;
}

Credentials assume_with_web_identity(
    const std::string& endpoint,
    const std::string& role,
    const std::string& session,
    const std::string& token,
    http::Client& http,
    tasks::Clock& clock,
    const std::stop_token& stop
) {
    const std::string what = "assume role " + role;
    kit::Api sts(
        {.driver = "amazonec2", .base = endpoint, .read_refusal = read_refusal}, http, clock, stop
    );
    const auto request = form_request(
        endpoint,
        {{"Action", "AssumeRoleWithWebIdentity"},
         {"Version", sts_version},
         {"RoleArn", role},
         {"RoleSessionName", session},
         {"WebIdentityToken", token}}
    );
    const auto answer = read_answer(what, sts.send(what, request, /*makes=*/false));
    const std::string place = "AssumeRoleWithWebIdentityResult/Credentials/";
    return {
        text_in(answer, place + "AccessKeyId"),
        Secret(text_in(answer, place + "SecretAccessKey")),
        Secret(text_in(answer, place + "SessionToken")),
    };
}

} // namespace orch::drivers::amazonec2
