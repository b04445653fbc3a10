// The life of a container in a FakeEngine.
#include "lib/base/text.hpp"
#include "tests/support/fake_engine_state.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace orch::test {

namespace {

const std::map<std::string, int>& signals() {
    static const std::map<std::string, int> numbers{
        {"HUP", 1},
        {"INT", 2},
        {"QUIT", 3},
        {"KILL", 9},
        {"USR1", 10},
        {"USR2", 12},
        {"TERM", 15},
        {"WINCH", 28},
    };
    return numbers;
}

int signal_number(std::string name) {
    if (name.starts_with("SIG"))
        name.erase(0, 3);
    const auto found = signals().find(name);
    if (found != signals().end())
        return found->second;
    for (const auto& [known, number] : signals())
        if (std::to_string(number) == name)
            return number;
    throw Refusal{400, "Invalid signal: " + name};
}

/// Whether a process without a handler of its own ends from it.
bool ends_process(int signal) { return signal != signals().at("WINCH"); }

/// The members that an inspect always shows, with what a create call leaves out.
Json config_of(const ContainerState& container, const Json& image) {
    Json config{
        {"Hostname", container.id.substr(0, 12)},
        {"Domainname", ""},
        {"User", ""},
        {"AttachStdin", false},
        {"AttachStdout", false},
        {"AttachStderr", false},
        {"Tty", false},
        {"OpenStdin", false},
        {"StdinOnce", false},
        {"Env", nullptr},
        {"Cmd", nullptr},
        {"Image", container.image},
        {"Volumes", nullptr},
        {"WorkingDir", ""},
        {"Entrypoint", nullptr},
        {"OnBuild", nullptr},
        {"Labels", Json::object()}};
    const auto take = [&](const Json& from) {
        for (const auto& [key, value] : from.items())
            if (!value.is_null() && value != "" && key != "HostConfig" && key != "NetworkingConfig")
                config[key] = value;
    };
    take(image);
    const auto& posted = container.posted;
    if (!posted.value("Entrypoint", Json()).is_null())
        config["Cmd"] = nullptr; // an entry point of its own drops the image's command
    take(posted);
    for (const auto* key : {"Labels", "Volumes", "ExposedPorts"})
        if (image.contains(key) && image[key].is_object() && config[key].is_object()) {
            auto merged = image[key];
            merged.update(config[key]);
            config[key] = merged;
        }
    return config;
}

Json host_config_of(const Json& posted) {
    Json host{
        {"Binds", nullptr},
        {"ContainerIDFile", ""},
        {"LogConfig", {{"Type", "json-file"}, {"Config", Json::object()}}},
        {"NetworkMode", "default"},
        {"PortBindings", nullptr},
        {"RestartPolicy", {{"Name", ""}, {"MaximumRetryCount", 0}}},
        {"AutoRemove", false},
        {"VolumesFrom", nullptr},
        {"IpcMode", "private"},
        {"Links", nullptr},
        {"Privileged", false},
        {"PublishAllPorts", false},
        {"ReadonlyRootfs", false},
        {"ShmSize", 67108864},
        {"Runtime", "runc"}};
    if (const auto given = posted.find("HostConfig"); given != posted.end() && given->is_object())
        for (const auto& [key, value] : given->items())
            if (!value.is_null() && value != "")
                host[key] = value;
    return host;
}

std::vector<std::string> words_of(const Json& config) {
    std::vector<std::string> words;
    for (const auto* key : {"Entrypoint", "Cmd"})
        if (config[key].is_array())
            for (const auto& word : config[key])
                words.push_back(word.get<std::string>());
    return words;
}

/// What the commands that everybody knows print, and the code they exit with.
struct Program {
    std::string output;
    int code = 0;
};

std::optional<Program> known_program(const std::vector<std::string>& words) {
    if (words.empty())
        return std::nullopt;
    if (words[0] == "true" || words[0] == "false")
        return Program{"", words[0] == "true" ? 0 : 1};
    if (words[0] == "echo") {
        const std::vector<std::string> arguments(words.begin() + 1, words.end());
        return Program{text::join(arguments, " ") + "\n", 0};
    }
    std::smatch found;
    if (words.size() == 3 && words[1] == "-c" &&
        std::regex_match(words[2], found, std::regex("exit ([0-9]+)")))
        return Program{"", std::stoi(found.str(1))};
    return std::nullopt;
}

Refusal name_taken(const std::string& name, const std::string& holder) {
    return {
        409,
        fmt::format(
            "Conflict. The container name \"/{}\" is already in use by container \"{}\". You have "
            "to remove (or rename) that container to be able to reuse that name.",
            name,
            holder
        )};
}

void check_name(const std::string& name) {
    if (!std::regex_match(name, std::regex("[a-zA-Z0-9][a-zA-Z0-9_.-]+")))
        throw Refusal{
            400,
            fmt::format(
                "Invalid container name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", name
            )};
}

/// What engines of this version no longer take.
void check_body(const Json& body, const std::string& version) {
    if (!before(version, 52) && body.value("MacAddress", "") != "")
        throw Refusal{
            400,
            "container-wide MAC address no longer supported; use endpoint-specific MAC address "
            "instead"};
}

/// What engines of this version advise against. `api`: the highest they speak.
Json warnings_about(const Json& body, const std::string& version, const std::string& api) {
    auto warnings = Json::array();
    if (!before(version, 44) && body.value("MacAddress", "") != "")
        warnings.push_back("The container-wide MacAddress field is now deprecated. It should be "
                           "specified in EndpointsConfig instead.");
    const auto host = body.value("HostConfig", Json::object());
    const auto ports = host.value("PortBindings", Json::object());
    for (const auto& [port, bindings] : ports.items())
        if (!before(api, 52) && bindings.empty())
            warnings.push_back("Empty PortBindings are deprecated: " + port);
    if (!before(api, 55) && !host.value("Links", Json::array()).empty())
        warnings.push_back("Links on the default bridge network are deprecated");
    return warnings;
}

/// Of mounts (not of binds) the host must have the folder.
void check_mounts(const Json& body, const std::set<std::string>& missing) {
    for (const auto& mount : body.value("/HostConfig/Mounts"_json_pointer, Json::array()))
        if (mount.value("Type", "") == "bind" && missing.contains(mount.value("Source", "")))
            throw Refusal{
                400,
                R"(invalid mount config for type "bind": bind source path does not exist: )" +
                    mount.value("Source", "")};
}

} // namespace

http::Response FakeEngine::State::create_container(FakeCall& call) {
    const auto& body = call.exchange.body;
    if (!body.is_object())
        throw Refusal{400, "Config cannot be empty in order to create a container"};
    check_body(body, call.exchange.version);
    ContainerState container;
    container.id = new_id();
    container.name = call.query("name", "");
    if (container.name.empty())
        container.name = "fake_" + container.id.substr(0, 8);
    check_name(container.name);
    check_mounts(body, missing_folders);
    container.posted = body;
    container.image = body.value("Image", "");
    const auto* image = find_image(container.image);
    if (image == nullptr)
        throw Refusal{404, "No such image: " + normal_reference(container.image)};
    if (const auto* holder = name_holder(container.name))
        throw name_taken(container.name, holder->id);
    container.image_id = image->id;
    container.config = config_of(container, image->config);
    container.labels = string_map(container.config["Labels"]);
    container.host = host_config_of(body);
    container.state = "created";
    if (words_of(container.config).empty())
        throw Refusal{400, "No command specified"};
    wire_links(container);
    wire_mounts(container);
    wire_networks(container, call.exchange.version);
    container.created = now();
    all_containers.push_back(container);
    event(container, "create");
    const auto warnings = warnings_about(body, call.exchange.version, api);
    return json_response(201, {{"Id", container.id}, {"Warnings", warnings}});
}

http::Response FakeEngine::State::start(FakeCall& call) {
    auto& target = container(call.parts[0]);
    if (target.state == "running" || target.state == "paused")
        return no_content(304);
    run(target);
    return no_content();
}

void FakeEngine::State::run(ContainerState& container) {
    try {
        check_links(container);
        for (const auto& bind : container.host.value("Binds", Json::array()))
            missing_folders.erase(
                bind.get<std::string>().substr(0, bind.get<std::string>().find(':'))
            );
        join_networks(container);
        bind_ports(container);
    } catch (const Refusal& refusal) {
        container.error = refusal.message;
        container.exit_code = 128;
        container.ports = Json::object();
        throw;
    }
    container.state = "running";
    container.error.clear();
    container.exit_code = 0;
    container.started = now();
    event(container, "start");
    if (const auto program = known_program(words_of(container.config))) {
        if (!program->output.empty())
            container.log.push_back({1, program->output, now()});
        end(container, program->code);
    }
}

void FakeEngine::State::end(ContainerState& container, int code) {
    container.state = "exited";
    container.exit_code = code;
    container.finished = now();
    container.ports = Json::object();
    for (auto& [name, endpoint] : container.endpoints)
        endpoint.address.clear();
    event(container, "die", {{"exitCode", std::to_string(code)}});
    if (container.host.value("AutoRemove", false))
        remove(container, true);
}

http::Response FakeEngine::State::stop(FakeCall& call) {
    auto& target = container(call.parts[0]);
    if (target.state != "running" && target.state != "paused")
        return no_content(304);
    // As a process does that runs as pid 1 and has no handler: only SIGKILL ends it.
    event(target, "kill", {{"signal", "15"}});
    event(target, "kill", {{"signal", "9"}});
    const auto stopped = target;
    end(target, 137);
    event(stopped, "stop");
    return no_content();
}

http::Response FakeEngine::State::restart(FakeCall& call) {
    auto& target = container(call.parts[0]);
    if (target.state == "running" || target.state == "paused") {
        const auto auto_remove = std::exchange(target.host["AutoRemove"], false);
        end(target, 137);
        target.host["AutoRemove"] = auto_remove;
    }
    const auto restarted = target; // it may end at once, and be removed
    run(target);
    event(restarted, "restart");
    return no_content();
}

http::Response FakeEngine::State::kill(FakeCall& call) {
    auto& target = container(call.parts[0]);
    const int signal = signal_number(call.query("signal", "KILL"));
    if (target.state != "running")
        throw Refusal{
            409,
            fmt::format(
                "Cannot kill container: {}: Container {} is not running", call.parts[0], target.id
            )};
    event(target, "kill", {{"signal", std::to_string(signal)}});
    if (ends_process(signal))
        end(target, 128 + signal);
    return no_content();
}

http::Response FakeEngine::State::pause(FakeCall& call) {
    auto& target = container(call.parts[0]);
    if (target.state != "running")
        throw Refusal{409, fmt::format("Container {} is not running", target.id)};
    target.state = "paused";
    event(target, "pause");
    return no_content();
}

http::Response FakeEngine::State::unpause(FakeCall& call) {
    auto& target = container(call.parts[0]);
    if (target.state != "paused")
        throw Refusal{500, fmt::format("Container {} is not paused", target.id)};
    target.state = "running";
    event(target, "unpause");
    return no_content();
}

http::Response FakeEngine::State::rename(FakeCall& call) {
    auto& target = container(call.parts[0]);
    const auto name = call.query("name");
    if (name == target.name)
        throw Refusal{400, "Renaming a container with the same name as its current name"};
    check_name(name);
    if (const auto* holder = name_holder(name)) {
        auto refusal = name_taken(name, holder->id);
        refusal.message = "Error when allocating new name: " + refusal.message;
        throw refusal;
    }
    event(target, "rename", {{"oldName", "/" + target.name}});
    target.name = name;
    return no_content();
}

http::Response FakeEngine::State::remove_container(FakeCall& call) {
    auto& target = container(call.parts[0]);
    const bool alive = target.state == "running" || target.state == "paused";
    if (alive && !call.flag("force"))
        throw Refusal{
            409,
            fmt::format(
                "You cannot remove a {} container {}. Stop the container before attempting "
                "removal or force remove",
                target.state,
                target.id
            )};
    if (alive) {
        event(target, "kill", {{"signal", "9"}});
        target.host["AutoRemove"] = false; // it is removed here, once
        end(target, 137);
    }
    remove(target, call.flag("v"));
    return no_content();
}

void FakeEngine::State::remove(ContainerState& container, bool volumes) {
    event(container, "destroy");
    if (volumes)
        for (const auto& mount : container.mounts)
            if (mount.anonymous)
                all_volumes.erase(mount.view["Name"].get<std::string>());
    const auto gone = std::find_if(
        all_containers.begin(),
        all_containers.end(),
        [&](const ContainerState& candidate) { return candidate.id == container.id; }
    );
    all_containers.erase(gone);
    changed.notify_all();
}

http::Response FakeEngine::State::upload(FakeCall& call) {
    call.lock.unlock(); // the archive may take its time
    auto tar = read_all(call.request);
    call.lock.lock();
    auto& target = container(call.parts[0]);
    const auto dir = call.query("path");
    if (dir.empty())
        throw Refusal{400, "missing \"path\" parameter"};
    target.uploads.push_back({dir, std::move(tar)});
    return {200, {}, {}};
}

http::Response FakeEngine::State::wait_container(FakeCall& call) {
    const auto id = container(call.parts[0]).id;
    int code = 0;
    wait(call, [&] {
        const auto* target = find_container(id);
        if (target == nullptr)
            return true;
        code = target->exit_code;
        return target->state != "running" && target->state != "paused";
    });
    return json_response(200, {{"StatusCode", code}, {"Error", nullptr}});
}

} // namespace orch::test
