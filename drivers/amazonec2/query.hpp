// A region of an AWS account, as its APIs show it: the Query API of EC2 (form fields in, XML out)
// and the public parameters of SSM.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/making-api-requests.html
#pragma once

#include "drivers/kit/api.hpp"
#include "lib/base/secret.hpp"

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace orch::drivers::amazonec2 {

using kit::Json;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Credentials {
    std::string key_id;
    Secret secret;
    Secret token{}; // of temporary ones
};

struct Place {
    std::string region;
    std::string endpoint{};       // host or URL in the place of the region's own; may be empty
    bool insecure = false;        // http, where the endpoint does not say
    std::optional<int> retries{}; // of one call; without it the kit's
};

/// The root's content. An element with <item> or <member> in it becomes an array, another one with
/// elements an object, the rest strings: so an empty list is a string, see items(). Throws
/// Error(invalid) for text that is no XML.
Json read_xml(const std::string& text);

/// The list in `object` below `name`, empty if there is none.
std::vector<Json> items(const Json& object, const std::string& name);

/// The text in `object` below `name` or "name/name"; empty if there is none.
std::string text_in(const Json& object, const std::string& name);

/// "a=b&c=d", escaped as RFC 3986 wants it.
std::string form(const Fields& fields);

/// "Filter.N.Name=name&Filter.N.Value.1=value" ...
void add_filter(Fields& fields, const std::string& name, const std::vector<std::string>& values);

/// "Prefix.Tag.N.Key=..."
void add_tags(
    Fields& fields,
    const std::string& resource,
    const std::vector<std::pair<std::string, std::string>>& tags
);

class Region {
  public:
    Region(
        const Place& place,
        Credentials credentials,
        http::Client& http,
        tasks::Clock& clock,
        const std::stop_token& stop
    );

    /// The answer of an action. Must be one that may be carried out twice. Throws as kit::Api does,
    /// with a hint where the refusal's code has one.
    Json ask(const std::string& what, const std::string& action, Fields fields);

    /// All pages of a list; `set` is its element.
    std::vector<Json> list(
        const std::string& what,
        const std::string& action,
        const Fields& fields,
        const std::string& set
    );

    /// The value of a public parameter; nothing if there is none, or it may not be read.
    std::optional<std::string> parameter(const std::string& name);

    /// For what is not shown everywhere yet. Throws Error(cancelled).
    void pause(std::chrono::milliseconds duration) { clock_.sleep(duration, stop_); }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

  private:
    std::string name_;
    tasks::Clock& clock_;
    std::stop_token stop_;
    kit::Api ec2_;
    kit::Api ssm_;
};

/// Temporary credentials for a token that something else has given to this process.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
Credentials assume_with_web_identity(
    const std::string& endpoint,
    const std::string& role,
    const std::string& session,
    const std::string& token,
    http::Client& http,
    tasks::Clock& clock,
    const std::stop_token& stop
);

} // namespace orch::drivers::amazonec2
