#include "cmd/compose/offers.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/services.hpp"
#include "cmd/compose/target.hpp"
#include "compose/observe.hpp"
#include "compose/swarm/plain.hpp"
#include "compose/swarm/ps.hpp"
#include "lib/base/error.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace orch::cmd::compose {

namespace {

constexpr std::chrono::seconds patience{1}; // who presses the tab key does not wait longer

bool fits(const orch::compose::ObservedContainer& container, Having having) {
    switch (having) {
    case Having::running:
        return container.running();
    case Having::stopped:
        return !container.running();
    case Having::paused:
        return container.state == "paused";
    }
    return false;
}

std::vector<orch::compose::ObservedContainer>
containers(const orch::compose::Project& project, Session& session) {
    auto engine = connect(session);
    engine.version(patience); // throws where the list would be waited for
    if (makes_services(engine, session)) {
        std::vector<orch::compose::ObservedContainer> tasks;
        for (const auto& row : orch::compose::swarm::ps(project, engine, {}))
            tasks.push_back({.service = row.common.service, .state = row.common.status});
        for (auto& plain : orch::compose::swarm::plain_containers(
                 engine.list_nodes(), node_engines(session, engine), project.name, session.stop
             ))
            tasks.push_back(std::move(plain));
        return tasks;
    }
    return orch::compose::observe_containers(engine, project.name);
}

std::vector<Candidate> candidates(Session& session, Having having) {
    const auto project = load_project(session);
    std::vector<Candidate> all;
    for (const auto& service : project.services)
        all.push_back({service.name, service.image});
    try {
        const auto there = containers(project, session);
        std::erase_if(all, [&](const Candidate& candidate) {
            return std::none_of(there.begin(), there.end(), [&](const auto& container) {
                return container.service == candidate.value && !container.oneoff &&
                       fits(container, having);
            });
        });
    } catch (const Error&) {
        return all; // no engine: better too many than none
    }
    return all;
}

} // namespace

void offer_services(CLI::Option& option, Session& session, Having having) {
    session.completions.add(option, [&session, having] { return candidates(session, having); });
}

CLI::Option*
add_services(CLI::App& verb, Session& session, std::vector<std::string>& services, Having having) {
    auto* const option = add_services(verb, session, services);
    offer_services(*option, session, having);
    return option;
}

} // namespace orch::cmd::compose
