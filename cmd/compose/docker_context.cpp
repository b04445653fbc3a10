#include "cmd/compose/docker_context.hpp"

#include "lib/base/error.hpp"
#include "lib/engine/ssh_gate.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"
#include "lib/tls/digest.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace orch::cmd::compose {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path docker_dir(const Session& session) {
    const auto dir = session.environment.get_or("DOCKER_CONFIG", "");
    return dir.empty() ? session.environment.home() / ".docker" : fs::path(dir);
}

Json read_json(const fs::path& file) {
    return json::parse(orch::fs::read_file(file), file.string());
}

std::string text_at(const Json& object, const char* key) {
    if (!object.is_object())
        return {};
    const auto value = object.find(key);
    return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

/// The one that `docker context use` chose.
std::string current_context(const Session& session) {
    const auto file = docker_dir(session) / "config.json";
    return fs::exists(file) ? text_at(read_json(file), "currentContext") : "";
}

std::string chosen_context(const Session& session) {
    const auto& globals = session.globals;
    if (!globals.context.empty() && !globals.host.empty())
        throw Error(
            Kind::usage, "Conflicting options: either specify --host or --context, not both"
        );
    if (!globals.context.empty())
        return globals.context;
    if (!globals.host.empty() || !session.environment.get_or("DOCKER_HOST", "").empty())
        return {};
    const auto named = session.environment.get_or("DOCKER_CONTEXT", "");
    return named.empty() ? current_context(session) : named;
}

/// The context's own TLS files; a file that is not there is not used.
std::optional<http::Tls> tls_in(const fs::path& dir, bool verify) {
    const auto file = [&](const char* name) {
        return fs::exists(dir / name) ? dir / name : fs::path();
    };
    http::Tls tls{
        .ca = file("ca.pem"), .cert = file("cert.pem"), .key = file("key.pem"), .verify = verify};
    if (tls.ca.empty() && tls.cert.empty() && tls.key.empty())
        return std::nullopt;
    return tls;
}

} // namespace

std::optional<engine::Endpoint> context_endpoint(const Session& session) {
    const auto name = chosen_context(session);
    if (name.empty() || name == "default")
        return std::nullopt;
    const auto contexts = docker_dir(session) / "contexts";
    const auto id = tls::sha256_hex(name);
    const auto file = contexts / "meta" / id / "meta.json";
    if (!fs::exists(file))
        throw Error(Kind::not_found, "context \"{}\" not found", name)
            .hint("docker context ls shows those that exist");
    const auto meta = read_json(file);
    const auto engine =
        meta.is_object() ? meta.value("Endpoints", Json::object()).value("docker", Json()) : Json();
    const auto host = text_at(engine, "Host");
    if (host.empty())
        throw Error(Kind::invalid, "context \"{}\" names no engine", name)
            .hint("docker context inspect {} shows it", name);
    if (host.starts_with("ssh://"))
        return engine::ssh_endpoint(host, session.environment);
    const bool verify = !engine.value("SkipTLSVerify", false);
    auto tls = tls_in(contexts / "tls" / id / "docker", verify);
    if (tls)
        tls->verify_host = !session.globals.skip_hostname_check;
    return engine::parse_endpoint(host, host.starts_with("unix://") ? std::nullopt : tls);
}

} // namespace orch::cmd::compose
