#include "machine/provision/engine_config.hpp"

#include "lib/base/text.hpp"

#include <fmt/core.h>

namespace orch::machine::provision {

namespace {

bool needs_quotes(std::string_view word) {
    return word.empty() || word.find_first_of(" \t\n\"'\\;") != std::string_view::npos;
}

/// One word of a systemd command line or assignment list.
std::string quote(std::string_view word) {
    const auto escaped = text::replace_all(std::string(word), "%", "%%");
    if (!needs_quotes(word))
        return escaped;
    std::string quoted = "\"";
    for (const char c : escaped) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        if (c == '\n') {
            quoted += "\\n";
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

/// In a command line, systemd expands $NAME as well.
std::string quote_argument(std::string_view word) {
    return text::replace_all(quote(word), "$", "$$");
}

std::vector<std::string> engine_arguments(const Machine& machine, int port) {
    const auto& options = machine.engine;
    std::vector<std::string> arguments{
        "-H", fmt::format("tcp://0.0.0.0:{}", port), "-H", "unix:///var/run/docker.sock"};
    const auto add = [&](std::string option, std::string value) {
        arguments.push_back(std::move(option));
        arguments.push_back(std::move(value));
    };
    // Without a request the engine keeps the storage driver it has: another one would hide its
    // images.
    if (!options.storage_driver.empty())
        add("--storage-driver", options.storage_driver);
    arguments.emplace_back("--tlsverify");
    add("--tlscacert", fmt::format("{}/ca.pem", remote_dir));
    add("--tlscert", fmt::format("{}/server.pem", remote_dir));
    add("--tlskey", fmt::format("{}/server-key.pem", remote_dir));
    for (const auto& label : options.labels)
        add("--label", label);
    add("--label", "provider=" + machine.driver);
    for (const auto& registry : options.insecure_registry)
        add("--insecure-registry", registry);
    for (const auto& mirror : options.registry_mirror)
        add("--registry-mirror", mirror);
    for (const auto& flag : options.arbitrary_flags)
        arguments.push_back("--" + flag);
    return arguments;
}

} // namespace

std::string systemd_drop_in(const Machine& machine, std::string_view dockerd, int port) {
    std::string content = "[Service]\nExecStart=\n";
    content += fmt::format("ExecStart={}", dockerd);
    for (const auto& argument : engine_arguments(machine, port))
        content += " " + quote_argument(argument);
    content += "\nEnvironment=";
    for (std::size_t i = 0; i < machine.engine.env.size(); ++i)
        content += (i == 0 ? "" : " ") + quote(machine.engine.env[i]);
    return content + "\n";
}

std::string daemon_json_conflict(const EngineOptions& options, const std::string& daemon_json) {
    if (text::trim(daemon_json).empty())
        return {};
    const auto config = nlohmann::json::parse(daemon_json, nullptr, false);
    if (!config.is_object())
        return "it is not a JSON object";
    std::vector<std::string> keys{"hosts", "tls", "tlsverify", "tlscacert", "tlscert", "tlskey"};
    if (!options.storage_driver.empty())
        keys.emplace_back("storage-driver");
    if (!options.insecure_registry.empty())
        keys.emplace_back("insecure-registries");
    if (!options.registry_mirror.empty())
        keys.emplace_back("registry-mirrors");
    keys.emplace_back("labels"); // there is always the provider's
    for (const auto& flag : options.arbitrary_flags)
        keys.push_back(flag.substr(0, flag.find('=')));
    std::vector<std::string> both;
    for (const auto& key : keys)
        if (config.contains(key))
            both.push_back('"' + key + '"');
    return both.empty() ? "" : "it sets " + text::join(both, ", ") + " as well";
}

} // namespace orch::machine::provision
