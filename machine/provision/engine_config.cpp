#include "machine/provision/engine_config.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace orch::machine::provision {

namespace {

using Words = std::vector<std::string>;

bool needs_quotes(std::string_view word) {
    return word.empty() || word.find_first_of(" \t\n\"'\\;") != std::string_view::npos;
}

/// One word of a systemd command line or assignment list, see systemd.syntax(7).
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

void add(Words& words, std::string option, std::string value) {
    words.push_back(std::move(option));
    words.push_back(std::move(value));
}

/// "flag=value" is one word; docker-machine's users also wrote "flag value".
void add_flag(Words& words, const std::string& flag) {
    const auto end = flag.find_first_of(" =");
    if (end == std::string::npos || flag[end] == '=') {
        words.push_back("--" + flag);
    } else {
        add(words, "--" + flag.substr(0, end), std::string(text::trim(flag.substr(end))));
    }
}

Words label_arguments(const Machine& machine) {
    Words words;
    for (const auto& label : machine.engine.labels)
        add(words, "--label", label);
    add(words, "--label", "provider=" + machine.driver);
    for (const auto& registry : machine.engine.insecure_registry)
        add(words, "--insecure-registry", registry);
    for (const auto& mirror : machine.engine.registry_mirror)
        add(words, "--registry-mirror", mirror);
    for (const auto& flag : machine.engine.arbitrary_flags)
        add_flag(words, flag);
    return words;
}

Words engine_arguments(const Machine& machine, std::string_view dir, int port) {
    Words words;
    add(words, "-H", fmt::format("tcp://0.0.0.0:{}", port));
    add(words, "-H", "unix:///var/run/docker.sock");
    // Without a request the engine keeps the storage driver it has: another one would hide its
    // images.
    if (!machine.engine.storage_driver.empty())
        add(words, "--storage-driver", machine.engine.storage_driver);
    words.emplace_back("--tlsverify");
    add(words, "--tlscacert", fmt::format("{}/ca.pem", dir));
    add(words, "--tlscert", fmt::format("{}/server.pem", dir));
    add(words, "--tlskey", fmt::format("{}/server-key.pem", dir));
    for (auto& word : label_arguments(machine))
        words.push_back(std::move(word));
    return words;
}

/// The distribution's own arguments without those that say where to listen and whom to trust.
Words kept_arguments(const Words& arguments) {
    constexpr std::array with_value{"-H", "--host", "--tlscacert", "--tlscert", "--tlskey"};
    Words kept;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& word = arguments[i];
        const auto name = word.substr(0, word.find('='));
        if (name == "--tls" || name == "--tlsverify")
            continue;
        if (std::find(with_value.begin(), with_value.end(), name) != with_value.end()) {
            if (name == word)
                ++i; // its value is the next word
            continue;
        }
        if (!word.starts_with("-H"))
            kept.push_back(word);
    }
    return kept;
}

/// Fedora and Amazon Linux keep "--live-restore" in $OPTIONS, which an engine swarm refuses.
bool may_restore_live(const Words& kept) {
    return std::any_of(kept.begin(), kept.end(), [](const std::string& word) {
        return word == "$OPTIONS" || word.starts_with("--live-restore");
    });
}

/// docker-machine wrote /usr/bin/dockerd always; Debian's own package has it elsewhere, and others
/// pass it what it needs, like the address of their containerd.
std::string systemd_drop_in(const Machine& machine, const Facts& facts, int port) {
    auto words = facts.unit.program();
    if (words.empty())
        words.push_back(facts.dockerd);
    const auto kept = kept_arguments(facts.unit.arguments());
    words.insert(words.end(), kept.begin(), kept.end());
    if (machine.swarm.is_swarm && may_restore_live(kept))
        words.emplace_back("--live-restore=false");
    for (const auto& argument : engine_arguments(machine, "/etc/docker", port))
        words.push_back(quote_argument(argument));
    std::string content = "[Service]\nExecStart=\nExecStart=" + text::join(words, " ") + "\n";
    // An empty assignment would take away what the unit itself sets.
    Words variables;
    for (const auto& variable : machine.engine.env)
        variables.push_back(quote(variable));
    if (!variables.empty())
        content += "Environment=" + text::join(variables, " ") + "\n";
    return content;
}

/// Units like Debian's require docker.socket, which would come back with every start of the engine
/// were it only disabled. A condition that is not met keeps it away and is no failure.
std::string socket_condition() {
    return fmt::format(
        "[Unit]\n# The engine opens its sockets itself.\nConditionPathExists=!{}\n", drop_in
    );
}

std::string exports(const Words& env) {
    std::string lines;
    for (const auto& variable : env) {
        const auto equals = std::min(variable.find('='), variable.size());
        lines += fmt::format(
            "export {}={}\n",
            variable.substr(0, equals),
            text::shell_quote(variable.substr(std::min(equals + 1, variable.size())))
        );
    }
    return lines;
}

/// OpenRC's start scripts evaluate the options, so they are words of a shell inside a word.
std::string openrc_block(const Machine& machine, int port) {
    const auto options = text::shell_join(engine_arguments(machine, "/etc/docker", port));
    return fmt::format(
        "DOCKER_OPTS=\"${{DOCKER_OPTS:-}} \"{}\n{}",
        text::shell_quote(options),
        exports(machine.engine.env)
    );
}

/// boot2docker's script splits the options at spaces, whatever quotes there are.
std::string boot2docker_block(const Machine& machine, std::string_view dir, int port) {
    const auto arguments = label_arguments(machine);
    for (const auto& word : arguments)
        if (word.find_first_of(" \t\n'\"*?[\\") != std::string::npos)
            throw Error(Kind::unsupported, "boot2docker cannot pass \"{}\" to its engine", word)
                .hint("leave out spaces, quotes and wildcards");
    std::string block = fmt::format("EXTRA_ARGS='{}'\n", text::join(arguments, "\n"));
    block += fmt::format("CACERT={}/ca.pem\n", dir);
    block += fmt::format("DOCKER_HOST='-H tcp://0.0.0.0:{}'\n", port);
    block += fmt::format("DOCKER_STORAGE={}\n", text::shell_quote(machine.engine.storage_driver));
    block += "DOCKER_TLS=auto\n";
    block += fmt::format("SERVERKEY={0}/server-key.pem\nSERVERCERT={0}/server.pem\n", dir);
    return block + exports(machine.engine.env);
}

/// The key in daemon.json of a flag: lists have the plural.
std::string json_key(const std::string& flag) {
    constexpr std::array lists{
        "allow-nondistributable-artifact",
        "authorization-plugin",
        "default-address-pool",
        "default-ulimit",
        "dns-opt",
        "exec-opt",
        "host",
        "insecure-registry",
        "label",
        "log-opt",
        "registry-mirror",
        "storage-opt",
    };
    if (flag == "add-runtime")
        return "runtimes";
    const bool list = std::find(lists.begin(), lists.end(), flag) != lists.end();
    if (flag == "insecure-registry")
        return "insecure-registries";
    return list ? flag + "s" : flag;
}

} // namespace

std::string with_block(const std::string& settings, const std::string& block) {
    std::string result;
    bool ours = false;
    for (const auto& line : text::lines(settings)) {
        if (line == block_begin)
            ours = true;
        if (!ours)
            result += line + "\n";
        if (line == block_end)
            ours = false;
    }
    return fmt::format("{}{}\n{}{}\n", result, block_begin, block, block_end);
}

std::vector<RemoteFile> engine_config(
    const Machine& machine, const Facts& facts, const Provisioner& provisioner, int port
) {
    switch (provisioner.service) {
    case Service::systemd:
        return {
            {std::string(drop_in), systemd_drop_in(machine, facts, port)},
            {std::string(socket_drop_in), socket_condition()},
        };
    case Service::openrc:
        return {{"/etc/conf.d/docker", with_block(facts.settings, openrc_block(machine, port))}};
    case Service::boot2docker: {
        const auto dir = provisioner.options_dir();
        return {
            {fmt::format("{}/profile", dir),
             with_block(facts.settings, boot2docker_block(machine, dir, port))}};
    }
    }
    return {};
}

std::string daemon_json_conflict(const EngineOptions& options, const std::string& daemon_json) {
    if (text::trim(daemon_json).empty())
        return {};
    const auto config = nlohmann::json::parse(daemon_json, nullptr, false);
    if (!config.is_object())
        return "it is not a JSON object";
    Words keys{"hosts", "tls", "tlsverify", "tlscacert", "tlscert", "tlskey"};
    if (!options.storage_driver.empty())
        keys.emplace_back("storage-driver");
    if (!options.insecure_registry.empty())
        keys.emplace_back("insecure-registries");
    if (!options.registry_mirror.empty())
        keys.emplace_back("registry-mirrors");
    keys.emplace_back("labels"); // there is always the provider's
    for (const auto& flag : options.arbitrary_flags)
        keys.push_back(json_key(flag.substr(0, flag.find_first_of(" ="))));
    Words both;
    for (const auto& key : keys)
        if (config.contains(key) && std::count(both.begin(), both.end(), '"' + key + '"') == 0)
            both.push_back('"' + key + '"');
    return both.empty() ? "" : "it sets " + text::join(both, ", ") + " as well";
}

} // namespace orch::machine::provision
