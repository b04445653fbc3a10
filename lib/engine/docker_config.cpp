#include "lib/engine/docker_config.hpp"

#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <set>

namespace orch::engine {

namespace {

using Json = nlohmann::json;

constexpr auto docker_hub = "https://index.docker.io/v1/"; // its key in config.json
constexpr std::chrono::seconds helper_limit{30};
constexpr auto token_user = "<token>"; // a helper's secret is a token then, not a password

/// Keys are compared without scheme and path; Docker Hub has two names.
std::string bare_host(std::string key) {
    if (const auto scheme = key.find("://"); scheme != std::string::npos)
        key.erase(0, scheme + 3);
    key = key.substr(0, key.find('/'));
    return key == "index.docker.io" ? "docker.io" : key;
}

std::string text_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Json object_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_object() ? *found : Json::object();
}

/// The two lines of docker before 1.7: "auth = ..." and "email = ...".
Json read_lines(const std::string& content) {
    Json entry = Json::object();
    for (const auto& line : text::lines(content))
        if (const auto equals = line.find('='); equals != std::string::npos)
            entry[std::string(text::trim(line.substr(0, equals)))] =
                text::trim(line.substr(equals + 1));
    return entry.contains("auth") ? Json{{docker_hub, entry}} : Json::object();
}

Json read_config(const std::filesystem::path& file) {
    const auto content = fs::read_file(file);
    const bool old = file.filename() == ".dockercfg";
    if (old && !text::trim(content).starts_with('{'))
        return {{"auths", read_lines(content)}};
    auto config =
        text::trim(content).empty() ? Json::object() : json::parse(content, file.string());
    if (!config.is_object())
        throw Error(Kind::invalid, "{}: this is no docker configuration", file.string());
    return old ? Json{{"auths", config}} : config;
}

/// The object that the engine wants. Nothing for an entry that only says where to look.
Json read_entry(const Json& entry, const std::string& registry, const std::filesystem::path& file) {
    if (!entry.is_object())
        return nullptr;
    for (const auto* token : {"identitytoken", "registrytoken"})
        if (const auto value = text_at(entry, token); !value.empty())
            return {{token, value}, {"serveraddress", registry}};
    auto user = text_at(entry, "username");
    auto password = text_at(entry, "password");
    if (const auto encoded = text_at(entry, "auth"); !encoded.empty()) {
        const auto plain = base64::decode(encoded);
        const auto colon = plain.find(':');
        if (colon == std::string::npos)
            throw Error(
                Kind::invalid,
                "{}: the entry of {} is not a user and a password in base64",
                file.string(),
                registry
            )
                .hint("docker login {} writes it anew", bare_host(registry));
        user = plain.substr(0, colon);
        password = plain.substr(colon + 1);
    }
    if (user.empty())
        return nullptr;
    return {
        {"username", user},
        {"password", password},
        {"email", text_at(entry, "email")},
        {"serveraddress", registry}};
}

/// Runs docker-credential-NAME. The Outcome may be a failure; its output is never shown on success.
process::Outcome run_helper(
    process::Runner& processes,
    const std::string& program,
    const std::string& verb,
    const std::string& input,
    const std::stop_token& stop
) {
    try {
        return processes.run(
            {.argv = {program, verb}, .input = input, .timeout = helper_limit}, stop
        );
    } catch (const Error& error) {
        if (error.kind() == Kind::not_found)
            throw Error(Kind::not_found, "the credential helper {} is not on PATH", program)
                .hint("install it, or take it out of docker's config.json");
        if (error.kind() == Kind::timeout)
            throw Error(
                Kind::timeout,
                "the credential helper {} did not answer within {} s",
                program,
                helper_limit.count()
            );
        throw;
    }
}

Error helper_failure(
    const std::string& program, const std::string& about, const process::Outcome& outcome
) {
    const auto said = text::trim(outcome.err.empty() ? outcome.out : outcome.err);
    return Error(
        Kind::denied,
        "the credential helper {} failed for {}: {}",
        program,
        about,
        said.empty() ? "exit code " + std::to_string(outcome.code) : std::string(said)
    );
}

Json helper_answer(
    const std::string& program, const std::string& about, const process::Outcome& outcome
) {
    auto answer = Json::parse(outcome.out, nullptr, false); // its text would be a secret
    if (!answer.is_object())
        throw Error(
            Kind::remote, "the credential helper {} gave no answer in JSON for {}", program, about
        );
    return answer;
}

} // namespace

std::string registry_of(const std::string& reference) {
    const auto slash = reference.find('/');
    if (slash == std::string::npos)
        return docker_hub;
    const auto host = reference.substr(0, slash);
    const bool is_host = host.find_first_of(".:") != std::string::npos || host == "localhost";
    return is_host && bare_host(host) != bare_host(docker_hub) ? host : docker_hub;
}

DockerConfig::DockerConfig(
    const std::vector<std::filesystem::path>& files, process::Runner& processes
)
    : processes_(&processes) {
    for (const auto& file : files) {
        std::error_code unreadable;
        if (!std::filesystem::exists(file, unreadable) && !unreadable)
            continue;
        file_ = file;
        config_ = std::make_shared<const Json>(read_config(file));
        return;
    }
    config_ = std::make_shared<const Json>(Json::object());
}

std::string DockerConfig::helper_for(const std::string& registry) const {
    const auto helpers = object_at(*config_, "credHelpers");
    for (const auto& [key, helper] : helpers.items())
        if (helper.is_string() && bare_host(key) == bare_host(registry))
            return helper;
    return text_at(*config_, "credsStore");
}

Json DockerConfig::from_file(const std::string& registry) const {
    const auto auths = object_at(*config_, "auths");
    if (const auto exact = auths.find(registry); exact != auths.end())
        return read_entry(*exact, registry, file_);
    for (const auto& [key, entry] : auths.items())
        if (bare_host(key) == bare_host(registry))
            return read_entry(entry, registry, file_);
    return nullptr;
}

Json DockerConfig::from_helper(
    const std::string& helper, const std::string& registry, const std::stop_token& stop
) const {
    const auto program = "docker-credential-" + helper;
    const auto outcome = run_helper(*processes_, program, "get", registry, stop);
    if (!outcome.ok()) {
        if (text::lower(outcome.out + outcome.err).find("credentials not found") !=
            std::string::npos)
            return nullptr;
        throw helper_failure(program, registry, outcome);
    }
    const auto answer = helper_answer(program, registry, outcome);
    const auto user = text_at(answer, "Username");
    const auto secret = text_at(answer, "Secret");
    if (user == token_user)
        return {{"identitytoken", secret}, {"serveraddress", registry}};
    if (user.empty() && secret.empty())
        return nullptr;
    return {{"username", user}, {"password", secret}, {"serveraddress", registry}};
}

Json DockerConfig::credentials(const std::string& registry, const std::stop_token& stop) const {
    if (const auto helper = helper_for(registry); !helper.empty())
        if (auto found = from_helper(helper, registry, stop); !found.is_null())
            return found;
    return from_file(registry);
}

std::string
DockerConfig::auth_for(const std::string& reference, const std::stop_token& stop) const {
    const auto found = credentials(registry_of(reference), stop);
    return found.is_null() ? "" : base64::encode_url(found.dump());
}

std::string DockerConfig::auth_for_all(const std::stop_token& stop) const {
    std::set<std::string> registries;
    for (const auto* section : {"auths", "credHelpers"}) {
        const auto entries = object_at(*config_, section);
        for (const auto& [registry, entry] : entries.items())
            registries.insert(registry);
    }
    if (const auto store = text_at(*config_, "credsStore"); !store.empty()) {
        const auto program = "docker-credential-" + store;
        const auto outcome = run_helper(*processes_, program, "list", "", stop);
        if (!outcome.ok())
            throw helper_failure(program, "list", outcome);
        const auto answer = helper_answer(program, "list", outcome);
        for (const auto& [registry, user] : answer.items())
            registries.insert(registry);
    }
    Json all = Json::object();
    for (const auto& registry : registries)
        if (auto found = credentials(registry, stop); !found.is_null())
            all[registry] = std::move(found);
    return all.empty() ? "" : base64::encode_url(all.dump());
}

std::map<std::string, std::string> DockerConfig::proxies(const std::string& host) const {
    struct Variable {
        const char* key;
        const char* name;
    };

    constexpr std::array variables{
        Variable{"ftpProxy", "FTP_PROXY"},
        Variable{"httpProxy", "HTTP_PROXY"},
        Variable{"httpsProxy", "HTTPS_PROXY"},
        Variable{"noProxy", "NO_PROXY"}};
    const auto all = object_at(*config_, "proxies");
    const auto chosen = object_at(all, all.contains(host) ? host.c_str() : "default");
    std::map<std::string, std::string> result;
    for (const auto& [key, name] : variables)
        if (const auto value = text_at(chosen, key); !value.empty())
            result[name] = result[text::lower(name)] = value;
    return result;
}

} // namespace orch::engine
