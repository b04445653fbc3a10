#include "machine/swarm/standalone.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/api_version.hpp"
#include "lib/engine/classic_info.hpp"
#include "lib/net/dial.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"
#include "machine/connection.hpp"
#include "machine/swarm/cluster.hpp"
#include "machine/swarm_endpoint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

namespace orch::machine::swarm {

namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;
using std::chrono::seconds;

constexpr auto manager_name = "swarm-agent-master";
constexpr auto agent_name = "swarm-agent";

constexpr auto not_listed = "not in its list";

/// The lowest version that engines can be told to accept; every released manager speaks it.
constexpr auto lowest_accepted = "1.24";

constexpr std::array manage_options{
    "strategy",
    "filter",
    "host",
    "replication",
    "replication-ttl",
    "advertise",
    "addr",
    "engine-refresh-min-interval",
    "engine-refresh-max-interval",
    "engine-failure-retry",
    "engine-refresh-retry",
    "heartbeat",
    "api-enable-cors",
    "cors",
    "cluster-driver",
    "cluster-opt",
    "discovery-opt",
    "refresh-on-node-filter",
    "container-name-refresh-filter"};
constexpr std::array join_options{
    "advertise", "addr", "heartbeat", "ttl", "delay", "discovery-opt"};

/// "flag=value" as a word of the command line; docker-machine split all at spaces.
template <class Known>
void add_options(
    Words& words, const Words& flags, const Known& known, const char* option, const char* command
) {
    for (const auto& flag : flags) {
        const auto name = flag.substr(0, flag.find_first_of("= "));
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw Error(
                Kind::usage, "--{} {}: swarm {} has no option --{}", option, flag, command, name
            )
                .hint("it has --{}", text::join({known.begin(), known.end()}, ", --"));
        std::istringstream pieces("--" + flag);
        for (std::string piece; pieces >> piece;)
            words.push_back(piece);
    }
}

/// The host part of what is advertised: --swarm-addr, else the driver's address.
std::string address_of(const Machine& machine, const drivers::Reach& reach) {
    return machine.swarm.address.empty() ? reach.address : machine.swarm.address;
}

int engine_port(const drivers::Reach& reach) {
    if (reach.engine_port != 0)
        return reach.engine_port;
    int port = 2376;
    const auto colon = reach.url.rfind(':');
    if (colon != std::string::npos)
        std::from_chars(reach.url.data() + colon + 1, reach.url.data() + reach.url.size(), port);
    return port;
}

std::string engine_address(const Machine& machine, const drivers::Reach& reach) {
    return net::endpoint_text(address_of(machine, reach), engine_port(reach));
}

Words command_begin(const SwarmOptions& swarm, const char* command) {
    Words words;
    if (swarm.experimental)
        words.emplace_back("--experimental");
    words.emplace_back(command);
    return words;
}

/// What orch itself told the engine is not meant for its containers.
Words variables_of(const Machine& machine) {
    auto variables = machine.engine.env;
    std::erase_if(variables, [](const std::string& each) {
        return each.starts_with("DOCKER_MIN_API_VERSION=");
    });
    return variables;
}

Json common_body(const Machine& machine, Words command) {
    command.push_back(machine.swarm.discovery);
    return {
        {"Image", machine.swarm.image},
        {"Cmd", command},
        {"Env", variables_of(machine)},
        {"HostConfig", {{"RestartPolicy", {{"Name", "always"}}}}}};
}

Part manager_part(const Machine& machine, const drivers::Reach& reach, const std::string& dir) {
    const auto& swarm = machine.swarm;
    const int port = swarm_port(swarm.host);
    auto command = command_begin(swarm, "manage");
    for (const auto& word :
         {std::string("--tlsverify"),
          "--tlscacert=" + dir + "/ca.pem",
          "--tlscert=" + dir + "/server.pem",
          "--tlskey=" + dir + "/server-key.pem",
          std::string("-H"),
          swarm.host,
          std::string("--strategy"),
          swarm.strategy,
          std::string("--advertise"),
          net::endpoint_text(address_of(machine, reach), port)})
        command.push_back(word);
    add_options(command, swarm.arbitrary_flags, manage_options, "swarm-opt", "manage");
    auto body = common_body(machine, std::move(command));
    const auto exposed = std::to_string(port) + "/tcp";
    body["ExposedPorts"] = {{"2375/tcp", Json::object()}, {exposed, Json::object()}};
    body["HostConfig"]["Binds"] = {dir + ":" + dir};
    body["HostConfig"]["PortBindings"][exposed] = {
        {{"HostIp", "0.0.0.0"}, {"HostPort", std::to_string(port)}}};
    return {manager_name, std::move(body)};
}

Part agent_part(const Machine& machine, const drivers::Reach& reach) {
    auto command = command_begin(machine.swarm, "join");
    command.emplace_back("--advertise");
    command.push_back(engine_address(machine, reach));
    add_options(
        command, machine.swarm.arbitrary_join_flags, join_options, "swarm-join-opt", "join"
    );
    return {agent_name, common_body(machine, std::move(command))};
}

/// Registers a member where the store of keys can be written; a list is what it is.
bool has_agents(const std::string& discovery) {
    return !discovery.starts_with("nodes://") && !discovery.starts_with("file://");
}

/// The work on one machine's containers.
class Parts {
  public:
    Parts(const Machine& machine, const Context& context, Job& job)
        : machine_(machine), job_(job), engine_(engine_of(context, machine, job.stop)) {}

    void pull();
    void make(const Part& part);
    void remove(const std::string& name);

  private:
    void say(std::string text, progress::Status status = progress::Status::working) const {
        job_.progress.emit({.id = machine_.name, .status = status, .text = std::move(text)});
    }

    const Machine& machine_;
    Job& job_;
    engine::Engine engine_;
    std::string image_id_;
};

/// An image that is on the host already will do where no registry is.
void Parts::pull() {
    const auto& image = machine_.swarm.image;
    say("Pulling " + image + "...");
    try {
        engine_.pull_image(image, "", [&](const engine::StreamEvent& event) {
            job_.progress.emit({.parent = machine_.name, .text = event.status});
        });
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        if (!engine_.inspect_image(image))
            throw Error(error.kind(), "Unable to pull image: {}", error.message())
                .hint("--swarm-image names another one; an image that is on the host is taken too");
        say("Using the " + image + " that is on the host: " + error.message(),
            progress::Status::note);
    }
    image_id_ = engine_.inspect_image(image)->id;
}

void Parts::make(const Part& part) {
    if (const auto found = engine_.inspect_container(part.name)) {
        if (is_same(*found, part, image_id_)) {
            if (!found->running())
                engine_.start_container(found->id);
            return;
        }
        say("The container " + part.name + " is not what it should be; it is made anew");
        engine_.remove_container(found->id, false, true);
    }
    const auto created = doing("Error while creating container", [&] {
        return engine_.create_container(part.name, part.body);
    });
    doing("Error while starting container", [&] { engine_.start_container(created.id); });
}

void Parts::remove(const std::string& name) {
    if (const auto found = engine_.inspect_container(name))
        engine_.remove_container(found->id, false, true);
}

/// The manager of this discovery to be asked: the machine itself, or another master that is ready.
std::optional<Machine> some_master(const Machine& machine, const Context& context) {
    if (machine.swarm.master)
        return machine;
    for (auto& other : members(context.store, machine.swarm.discovery))
        if (other.name != machine.name && other.swarm.master && other.progress == Progress::ready)
            return other;
    return std::nullopt;
}

/// What the manager says about the member; empty if it does not answer or does not know it.
std::string status_at(engine::Engine& manager, const std::string& member) {
    try {
        for (const auto& node : engine::read_classic_info(manager.info()).nodes)
            if (node.address == member)
                return node.error.empty() ? node.status : node.status + ": " + node.error;
        return not_listed;
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        return "the manager does not answer: " + error.message();
    }
}

void wait_for_manager(
    const Machine& machine, const drivers::Reach& reach, const Context& context, Job& job
) {
    const auto master = some_master(machine, context);
    if (!master)
        return; // it will find this member when it is made
    const auto say = [&](std::string text, progress::Status status) {
        job.progress.emit({.id = machine.name, .status = status, .text = std::move(text)});
    };
    const auto driver = require_driver(context, *master);
    const auto url = swarm_url(driver->reach(master->record).url, master->swarm);
    engine::Engine manager(context.world.http, endpoint(*master, {.url = url}), job.stop);
    const auto member = machine.swarm.agent ? engine_address(machine, reach) : std::string();
    say("Waiting for the swarm manager of " + master->name + "...", progress::Status::working);
    tasks::Backoff backoff(
        {.first_pause = std::chrono::milliseconds(300),
         .longest_pause = seconds(2),
         .give_up_after = seconds(60)},
        context.world.clock
    );
    std::string status;
    do {
        status = status_at(manager, member);
        if (status == "Healthy" || (member.empty() && status == not_listed))
            return;
    } while (backoff.pause(job.stop));
    say(fmt::format("The manager of {} does not use this machine yet ({})", master->name, status),
        progress::Status::warning);
}

} // namespace

std::vector<Part>
parts_of(const Machine& machine, const drivers::Reach& reach, const std::string& dir) {
    std::vector<Part> parts;
    if (machine.swarm.master)
        parts.push_back(manager_part(machine, reach, dir));
    if (machine.swarm.agent && has_agents(machine.swarm.discovery))
        parts.push_back(agent_part(machine, reach));
    return parts;
}

bool is_same(const engine::Container& container, const Part& part, const std::string& image_id) {
    if (container.image_id != image_id || container.command != part.body["Cmd"].get<Words>())
        return false;
    const auto wanted_env = part.body["Env"].get<Words>();
    const bool env = std::all_of(wanted_env.begin(), wanted_env.end(), [&](const auto& each) {
        return std::count(container.env.begin(), container.env.end(), each) > 0;
    });
    const auto binds = part.body["HostConfig"].value("Binds", Words());
    const bool mounts = std::all_of(binds.begin(), binds.end(), [&](const std::string& bind) {
        return std::any_of(
            container.mounts.begin(),
            container.mounts.end(),
            [&](const engine::Mount& mount) {
                return mount.source + ":" + mount.destination == bind;
            }
        );
    });
    return env && mounts;
}

bool needs_lower_api(const engine::Version& version) {
    return !version.min_api.empty() && engine::api_less(lowest_accepted, version.min_api);
}

void run_parts(
    const Machine& machine,
    const drivers::Reach& reach,
    const std::string& dir,
    const Context& context,
    Job& job
) {
    const auto wanted = parts_of(machine, reach, dir);
    Parts parts(machine, context, job);
    if (!wanted.empty())
        parts.pull();
    for (const auto* name : {manager_name, agent_name})
        if (std::none_of(wanted.begin(), wanted.end(), [&](const Part& part) {
                return part.name == name;
            }))
            parts.remove(name);
    for (const auto& part : wanted)
        parts.make(part);
    wait_for_manager(machine, reach, context, job);
}

void remove_parts(const Machine& machine, const Context& context, Job& job) {
    Parts parts(machine, context, job);
    parts.remove(agent_name);
    parts.remove(manager_name);
}

} // namespace orch::machine::swarm
