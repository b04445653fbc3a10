#include "cmd/compose/target.hpp"

#include "compose/load/load.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "machine/connection.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>

namespace orch::cmd::compose {

namespace {

constexpr auto local_socket = "unix:///var/run/docker.sock";
constexpr std::size_t best_parallel = 8; // measured: more calls at a time make an engine slower

/// docker-compose: "0" and "false" are no; docker itself takes any text for yes.
bool says_yes(const std::string& value) {
    const auto word = text::lower(value);
    return !word.empty() && word != "0" && word != "false";
}

engine::Endpoint machine_endpoint(const std::string& name, const Session& session) {
    const orch::machine::Store store(session.storage_path());
    const auto registry = drivers::builtin_registry();
    const orch::machine::Context context{store, registry, session.world};
    const auto machine = store.load(name);
    const auto driver = orch::machine::require_driver(context, machine);
    return orch::machine::endpoint(machine, driver->reach(machine.record));
}

/// The TLS files of DOCKER_CERT_PATH or ~/.docker, as the options override them.
std::optional<http::Tls> tls_of(const Session& session) {
    const auto& globals = session.globals;
    const auto cert_path = session.environment.get_or("DOCKER_CERT_PATH", "");
    const bool verify =
        globals.tls_verify || says_yes(session.environment.get_or("DOCKER_TLS_VERIFY", ""));
    const bool files_given =
        !globals.docker_tls_ca_cert.empty() || !globals.docker_tls_cert.empty();
    if (!verify && !globals.tls && !files_given && cert_path.empty())
        return std::nullopt;
    const auto dir = cert_path.empty() ? session.environment.home() / ".docker"
                                       : std::filesystem::path(cert_path);
    const auto file = [&](const std::string& given, const char* name) {
        return given.empty() ? dir / name : std::filesystem::path(given);
    };
    return http::Tls{
        .ca = file(globals.docker_tls_ca_cert, "ca.pem"),
        .cert = file(globals.docker_tls_cert, "cert.pem"),
        .key = file(globals.docker_tls_key, "key.pem"),
        .verify = verify || files_given,
    };
}

/// All of standard input, for "-f -".
std::string read_standard_input(Session& session) {
    const auto& files = session.globals.compose_files;
    if (std::find(files.begin(), files.end(), "-") == files.end())
        return {};
    return session.console.read_all();
}

} // namespace

orch::compose::Project load_project(Session& session) {
    const auto& globals = session.globals;
    auto result = orch::compose::load::load(
        {
            .files = globals.compose_files,
            .project_name = globals.project_name,
            .project_directory = globals.project_directory,
            .env_file = globals.env_file,
            .working_dir = std::filesystem::current_path(),
            .standard_input = read_standard_input(session),
        },
        session.environment
    );
    const auto* const level = session.persona == Persona::orch ? "warning: " : "WARNING: ";
    for (const auto& warning : result.warnings)
        session.console.err(level + warning + "\n");
    return std::move(result.project);
}

std::string host_of(const Session& session) {
    return session.globals.host.empty() ? session.environment.get_or("DOCKER_HOST", local_socket)
                                        : session.globals.host;
}

engine::Endpoint endpoint_of(const Session& session) {
    const auto& globals = session.globals;
    if (!globals.machine.empty())
        return machine_endpoint(globals.machine, session);
    const auto host = host_of(session);
    return engine::parse_endpoint(
        host, host.starts_with("unix://") ? std::nullopt : tls_of(session)
    );
}

engine::Engine connect(Session& session) {
    return {session.world.http, endpoint_of(session), session.stop};
}

std::size_t parallel_limit(const Session& session) {
    const auto value = session.environment.get_or("COMPOSE_PARALLEL_LIMIT", "");
    if (value.empty())
        return best_parallel;
    std::size_t limit = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), limit);
    if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size())
        throw Error(Kind::usage, "COMPOSE_PARALLEL_LIMIT must be an integer (found: {})", value);
    if (limit < 2)
        throw Error(Kind::usage, "COMPOSE_PARALLEL_LIMIT can not be less than 2");
    return limit;
}

CLI::Option* add_services(CLI::App& verb, Session& session, std::vector<std::string>& services) {
    auto* option = verb.add_option("SERVICE", services, "Services (all)");
    session.completions.add(*option, [&session] {
        std::vector<Candidate> candidates;
        for (const auto& service : load_project(session).services)
            candidates.push_back({service.name, service.image});
        return candidates;
    });
    return option;
}

CLI::Option* add_grace(CLI::App& verb, int& seconds) {
    return verb.add_option("-t,--timeout", seconds, "Seconds between SIGTERM and SIGKILL (10)")
        ->check(CLI::NonNegativeNumber);
}

} // namespace orch::cmd::compose
