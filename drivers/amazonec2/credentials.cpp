#include "drivers/amazonec2/credentials.hpp"

#include "drivers/amazonec2/amazonec2.hpp"
#include "drivers/amazonec2/profile.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/log/log.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::drivers::amazonec2 {

namespace {

using std::chrono::milliseconds;

constexpr auto key_option = "amazonec2-access-key";
constexpr auto secret_option = "amazonec2-secret-key";
constexpr auto token_option = "amazonec2-session-token";

// The services beside a process answer at once, or they are not there.
constexpr milliseconds near_connect{1000};
constexpr milliseconds near_answer{5000};
constexpr milliseconds program_patience{60'000};

Error missing() {
    return Error(
               Kind::denied,
               "amazonec2 driver requires AWS credentials configured with the "
               "--amazonec2-access-key and --amazonec2-secret-key options, environment variables, "
               "~/.aws/credentials, or an instance role"
    )
        .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with "
              "--amazonec2-profile");
}

/// Both halves, or nothing if there is neither.
std::optional<Credentials>
pair_of(const std::string& key, const std::string& secret, const std::string& token) {
    if (key.empty() && secret.empty())
        return std::nullopt;
    if (key.empty() || secret.empty())
        throw Error(
            Kind::denied,
            "amazonec2 driver requires the --{} option beside --{}",
            key.empty() ? key_option : secret_option,
            key.empty() ? secret_option : key_option
        );
    return Credentials{key, Secret(secret), Secret(token)};
}

std::optional<Credentials> in_secrets(const kit::Secrets& secrets) {
    const auto get = [&](std::string_view option) {
        const auto found = secrets.find(option);
        return found == secrets.end() ? std::string() : found->second.reveal();
    };
    return pair_of(get(key_option), get(secret_option), get(token_option));
}

std::optional<Credentials> in_record(const Record& record) {
    return pair_of(
        kit::text(record, "AccessKey"),
        kit::text(record, "SecretKey"),
        kit::text(record, "SessionToken")
    );
}

std::optional<Credentials> in_environment(const os::Environment& environment) {
    return pair_of(
        environment.get_or("AWS_ACCESS_KEY_ID", ""),
        environment.get_or("AWS_SECRET_ACCESS_KEY", ""),
        environment.get_or("AWS_SESSION_TOKEN", "")
    );
}

/// {"AccessKeyId", "SecretAccessKey", "Token" or "SessionToken"}; nothing if that is not in it.
std::optional<Credentials> in_json(const std::string& text) {
    const auto body = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    const auto* const token = body.is_object() && body.contains("Token") ? "Token" : "SessionToken";
    const auto key = text_in(body, "AccessKeyId");
    const auto secret = text_in(body, "SecretAccessKey");
    if (key.empty() || secret.empty())
        return std::nullopt;
    return Credentials{key, Secret(secret), Secret(text_in(body, token))};
}

/// One look for credentials around this process.
class Search {
  public:
    Search(const Access& access, const os::Environment& environment, const Job& job)
        : world_(access.world), environment_(environment), stop_(job.stop) {}

    std::optional<Credentials> in_profile(const std::string& name) {
        const auto profile = find_profile(name, environment_);
        if (!profile)
            return std::nullopt;
        const auto get = [&](std::string_view setting) {
            const auto found = profile->find(setting);
            return found == profile->end() ? std::string() : found->second;
        };
        const bool has_role = !get("role_arn").empty();
        if (!has_role && !get("aws_access_key_id").empty())
            return Credentials{
                get("aws_access_key_id"),
                Secret(get("aws_secret_access_key")),
                Secret(get("aws_session_token"))};
        if (const auto line = get("credential_process"); !has_role && !line.empty())
            return from_program(command_words(line), name);
        for (const auto* setting : {"sso_session", "sso_start_url", "role_arn", "login_session"})
            if (!get(setting).empty())
                return from_aws(name);
        return std::nullopt;
    }

    std::optional<Credentials> of_web_identity() {
        const auto file = environment_.get_or("AWS_WEB_IDENTITY_TOKEN_FILE", "");
        const auto role = environment_.get_or("AWS_ROLE_ARN", "");
        if (file.empty() || role.empty())
            return std::nullopt;
        const auto region = environment_.get_or(
            "AWS_REGION", environment_.get_or("AWS_DEFAULT_REGION", "us-east-1")
        );
        return assume_with_web_identity(
            environment_.get_or(
                "AWS_ENDPOINT_URL_STS", fmt::format("https://sts.{}.amazonaws.com", region)
            ),
            role,
            environment_.get_or("AWS_ROLE_SESSION_NAME", "orch"),
            std::string(text::trim(fs::read_file(file))),
            world_.http,
            world_.clock,
            stop_
        );
    }

    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    std::optional<Credentials> of_container() {
        auto url = environment_.get_or("AWS_CONTAINER_CREDENTIALS_FULL_URI", "");
        if (const auto path = environment_.get_or("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "");
            !path.empty())
            url = "http://169.254.170.2" + path;
        if (url.empty())
            return std::nullopt;
        refuse_far_host(url);
        std::map<std::string, std::string> headers;
        auto token = environment_.get_or("AWS_CONTAINER_AUTHORIZATION_TOKEN", "");
        if (const auto file = environment_.get_or("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "");
            !file.empty())
            token = text::trim(fs::read_file(file));
        if (!token.empty())
            headers["Authorization"] = token;
        const auto answer = near("GET", url, std::move(headers));
        return answer.ok() ? in_json(answer.body) : std::nullopt;
    }

    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
    std::optional<Credentials> of_instance() {
        if (text::lower(environment_.get_or("AWS_EC2_METADATA_DISABLED", "")) == "true")
            return std::nullopt;
        auto base =
            environment_.get_or("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254");
        while (base.ends_with('/'))
            base.pop_back();
        try {
            const auto token = near(
                "PUT",
                base + "/latest/api/token",
                {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}}
            );
            if (!token.ok())
                return std::nullopt;
            const auto get = [&](const std::string& path) {
                return near(
                    "GET",
                    base + "/latest/meta-data/iam/security-credentials/" + path,
                    {{"X-aws-ec2-metadata-token", token.body}}
                );
            };
            const auto roles = get("");
            if (!roles.ok() || roles.body.empty())
                return std::nullopt;
            const auto answer = get(text::lines(roles.body).front());
            return answer.ok() ? in_json(answer.body) : std::nullopt;
        } catch (const http::NoAnswer& error) { // it runs on no instance
            log::debug("amazonec2", "{}", error.message());
            return std::nullopt;
        }
    }

  private:
    /// Without encryption only to where nobody else listens.
    static void refuse_far_host(const std::string& url) {
        constexpr std::string_view near_hosts[] = {
            "http://169.254.170.2/",
            "http://169.254.170.23/",
            "http://[fd00:ec2::23]/",
            "http://127.0.0.1",
            "http://localhost",
            "http://[::1]",
            "https://",
        };
        if (std::none_of(std::begin(near_hosts), std::end(near_hosts), [&](std::string_view host) {
                return url.starts_with(host);
            }))
            throw Error(
                Kind::denied,
                "amazonec2: AWS_CONTAINER_CREDENTIALS_FULL_URI names {}, which is neither https "
                "nor this computer",
                url
            );
    }

    http::Response
    near(const std::string& method, std::string url, std::map<std::string, std::string> headers) {
        return world_.http.send(
            {.method = method,
             .url = std::move(url),
             .headers = std::move(headers),
             .tls = http::Tls{}, // past any proxy, which would not get there
             .connect_timeout = near_connect,
             .timeout = near_answer},
            stop_
        );
    }

    std::optional<Credentials>
    from_program(const std::vector<std::string>& words, const std::string& profile) {
        const auto outcome =
            world_.processes.run({.argv = words, .timeout = program_patience}, stop_);
        auto found = outcome.ok() ? in_json(outcome.out) : std::nullopt;
        if (!found)
            throw Error(
                Kind::denied, "amazonec2: {} gives no credentials of profile {}", words[0], profile
            )
                .detail(std::string(text::trim(outcome.err)));
        return found;
    }

    /// What AWS's own program knows to do: roles, sign-on in a browser.
    std::optional<Credentials> from_aws(const std::string& profile) {
        const std::vector<std::string> command{
            "aws", "configure", "export-credentials", "--format", "process", "--profile", profile};
        try {
            return from_program(command, profile);
        } catch (Error& error) {
            if (error.kind() == Kind::not_found)
                throw Error(
                    Kind::denied, "amazonec2: profile {} needs the program aws to log in", profile
                )
                    .hint("install the AWS CLI, version 2");
            error.hint("log in first: aws sso login --profile {}", profile);
            throw;
        }
    }

    World& world_;
    const os::Environment& environment_;
    std::stop_token stop_;
};

} // namespace

kit::Secrets told_secrets(const Values& values, const os::Environment& environment) {
    const auto& profile = values.text("amazonec2-profile");
    const bool by_flag = !profile.empty() && profile != environment.get_or("AWS_PROFILE", "");
    if (by_flag && values.text(key_option) == environment.get_or("AWS_ACCESS_KEY_ID", ""))
        return {};
    return kit::secrets_of(info(), values);
}

Credentials told_credentials(
    const Access& access, const os::Environment& environment, const Values& values, const Job& job
) {
    if (auto told = in_secrets(told_secrets(values, environment)))
        return *std::move(told);
    return find_credentials(access, environment, values.text("amazonec2-profile"), job);
}

Credentials kept_credentials(
    const Access& access, const os::Environment& environment, const Record& record, const Job& job
) {
    auto kept = in_secrets(kit::load_secrets(access, info(), {}));
    if (!kept)
        kept = in_record(record);
    const auto profile = kit::text(record, "Profile");
    if ((!kept && profile.empty()) || (kept && !kept->token.empty()))
        if (auto now = in_environment(environment))
            return *std::move(now);
    return kept ? *std::move(kept) : find_credentials(access, environment, profile, job);
}

Credentials find_credentials(
    const Access& access,
    const os::Environment& environment,
    const std::string& profile,
    const Job& job
) {
    Search search(access, environment, job);
    if (!profile.empty()) {
        if (auto found = search.in_profile(profile))
            return *std::move(found);
        throw Error(Kind::denied, "amazonec2: there are no credentials in profile {}", profile)
            .hint("aws configure --profile {} writes them", profile);
    }
    if (auto found = search.of_web_identity())
        return *std::move(found);
    if (auto found = search.in_profile(environment.get_or("AWS_PROFILE", "default")))
        return *std::move(found);
    if (auto found = search.of_container())
        return *std::move(found);
    if (auto found = search.of_instance())
        return *std::move(found);
    throw missing();
}

} // namespace orch::drivers::amazonec2
