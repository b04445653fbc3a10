// What every compose verb begins with: the project that is meant and the engine it runs on. The one
// place where the two halves of orch meet: --machine names a machine, compose gets an endpoint.
#pragma once

#include "cmd/session.hpp"
#include "compose/load/load.hpp"
#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace orch::cmd::compose {

/// What the options, the folder and standard input say about the files.
orch::compose::load::Source source_of(Session& session);

/// On standard error, in the words of the persona.
void show_warnings(const std::vector<std::string>& warnings, Session& session);

/// Loads the files that the options, the environment or the folder name; warnings go to standard
/// error. Throws as load() does.
orch::compose::Project load_project(Session& session);

/// The engine as --host or DOCKER_HOST name it, else the local socket; --machine does not count.
std::string host_of(const Session& session);

/// --machine, else --host, else DOCKER_HOST, else the local socket; with the TLS files that go with
/// it. Nothing is sent.
engine::Endpoint endpoint_of(const Session& session);

engine::Engine connect(Session& session);

/// --parallel, COMPOSE_PARALLEL_LIMIT, or what engines do best; -1 is no limit. Throws Error(usage)
/// for what is no number of calls.
std::size_t parallel_limit(const Session& session);

/// COMPOSE_REMOVE_ORPHANS: --remove-orphans where nothing is said.
bool removes_orphans(const Session& session);

/// A line on standard error; with --log-level ERROR none.
void warn(const Session& session, const std::string& text);

/// Completes the value of an option with the services of the file.
void complete_services(CLI::Option& option, Session& session);

/// The positional SERVICE of a verb, completed with the services of the file.
CLI::Option* add_services(CLI::App& verb, Session& session, std::vector<std::string>& services);

/// The one SERVICE that a verb needs, completed as well.
CLI::Option* add_service(CLI::App& verb, Session& session, std::string& service);

/// -t, --timeout SECONDS.
CLI::Option* add_grace(CLI::App& verb, int& seconds);

} // namespace orch::cmd::compose
