// A plan: the API calls that turn what was observed into what is wanted, each with its cause. It is
// made by pure functions, shown by --dry-run and carried out by execute().
#pragma once

#include "compose/model/service.hpp"
#include "compose/swarm/calls.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace orch::compose {

/// A container that another one is tied to; the id is empty if this plan makes it.
struct Peer {
    std::string name;
    std::string id{};
    bool operator==(const Peer&) const = default;
};

struct PullImage {
    std::string reference;
    bool shared = false; // an earlier step fetches it for another service: nothing is left to do
};

/// Under its own name, or under another one that it is given first.
struct PushImage {
    std::string reference;
    std::string name{}; // "host:5000/p_web:latest"; empty: its own
};

struct BuildImage {
    std::string service;
    std::string reference;
};

struct CreateContainer {
    std::string service;
    int number = 1;
    std::string name;
    std::vector<Link> links{};               // a container's name and the alias, sorted
    std::vector<std::string> volumes_from{}; // "CONTAINER:MODE"
    std::string network_mode{};              // empty: the engine's default
    std::string ipc{};
    std::string pid{};
    std::vector<Volume> carried{};                // volumes of the container it replaces
    std::vector<std::string> carried_anonymous{}; // those among them that nobody named
    std::vector<Peer> depends_on{};

    /// An image's id: then it does nothing but hold what is carried, until its service can be made.
    std::string keeper_image{};

    std::vector<std::string> hints{}; // more than the file's, for a standalone swarm
    std::string beside{};             // there: the container of this plan whose node it goes to

    std::string slug{};                 // of a one-off container, else empty
    bool attached = false;              // somebody will talk with it from its start on
    std::vector<std::string> aliases{}; // further names in its network, if it is a user's
};

struct StartContainer {
    std::string id;
    std::string service{}; // for what people are told
};

struct StopContainer {
    std::string id;
    std::chrono::seconds grace{10};
};

struct KillContainer {
    std::string id;
    std::string signal;
};

struct RestartContainer {
    std::string id;
    std::chrono::seconds grace{10};
};

struct PauseContainer {
    std::string id;
};

struct UnpauseContainer {
    std::string id;
};

struct RenameContainer {
    std::string id;
    std::string name;
};

struct RemoveContainer {
    std::string id;
    bool volumes = false; // anonymous ones
    bool force = false;
};

struct RemoveVolume {
    std::string name;
};

struct RemoveNetwork {
    std::string id;
    std::chrono::seconds patience{0}; // what it was used by may take so long to be gone
};

struct RemoveImage {
    std::string reference;
};

/// Containers are called by id, or by name where the plan itself makes them.
using Call = std::variant<
    PullImage,
    PushImage,
    BuildImage,
    CreateContainer,
    StartContainer,
    StopContainer,
    KillContainer,
    RestartContainer,
    PauseContainer,
    UnpauseContainer,
    RenameContainer,
    RemoveContainer,
    RemoveVolume,
    RemoveNetwork,
    RemoveImage,
    CreateNetwork,
    LabelNode,
    MakeFolders,
    CreateService,
    UpdateService,
    ScaleService,
    RestartService,
    AwaitService,
    RemoveService,
    RemoveNodeVolume>;

/// One call and the name of what it acts on, as people know it.
struct Act {
    Call call;
    std::string subject;
    std::string node{}; // of a swarm, by id or host name; empty: the engine itself
};

struct Step {
    Act act;
    std::size_t task = 0;             // the Task it belongs to
    std::vector<std::size_t> after{}; // steps that must have succeeded
    std::string cause{};              // "config hash differs"; empty: follows from the one before
    std::vector<Act> on_failure{};    // what restores the former state if this step fails
};

/// What people see as one thing that happens: "Recreating p_web_1" is five steps.
struct Task {
    std::string verb;    // "Creating", "Stopping"
    std::string subject; // a container's or image's name
};

struct Plan {
    std::vector<Task> tasks;
    std::vector<Step> steps;            // a step only depends on earlier ones
    std::vector<std::string> unchanged; // containers that are up to date, by name
    std::vector<std::string> warnings;

    [[nodiscard]] bool empty() const { return steps.empty(); }

    /// Opens a task; the steps added next belong to it.
    std::size_t begin_task(std::string verb, std::string subject);

    /// Adds a step to the task begun last. Returns its index.
    std::size_t add(Step step);
};

/// "stop p_web_1", "rename p_web_1 to 0123456789ab_p_web_1"
std::string to_text(const Act& act);

/// One numbered line a step: what, after which steps, why; and how it is undone.
std::string to_text(const Plan& plan);

} // namespace orch::compose
