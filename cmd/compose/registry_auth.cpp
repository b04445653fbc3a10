#include "cmd/compose/registry_auth.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/target.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/docker_config.hpp"

#include <mutex>

namespace orch::cmd::compose {

namespace {

std::vector<std::filesystem::path> config_files(const Session& session) {
    std::vector<std::filesystem::path> files;
    if (const auto dir = session.environment.get_or("DOCKER_CONFIG", ""); !dir.empty())
        files.push_back(std::filesystem::path(dir) / "config.json");
    const auto home = session.environment.home();
    files.push_back(home / ".docker" / "config.json");
    files.push_back(home / ".dockercfg");
    return files;
}

engine::DockerConfig docker_config(const Session& session) {
    return {config_files(session), session.world.processes};
}

/// Read by the first call, whatever thread makes it; shared by copies of what asks for it.
class LazyConfig {
  public:
    explicit LazyConfig(const Session& session) : session_(session) {}

    const engine::DockerConfig& get() {
        const std::lock_guard lock(mutex_);
        if (!config_)
            config_ = docker_config(session_);
        return *config_;
    }

  private:
    const Session& session_; // lives as long as any verb runs
    std::mutex mutex_;       // guards config_
    std::optional<engine::DockerConfig> config_;
};

} // namespace

orch::compose::RegistryAuth registry_auth(const Session& session) {
    return [config = std::make_shared<LazyConfig>(session),
            stop = session.stop](const std::string& reference) {
        return config->get().auth_for(reference, stop);
    };
}

orch::compose::BuildSettings build_settings(Session& session) {
    orch::compose::BuildSettings settings;
    settings.proxies = docker_config(session).proxies(host_of(session));
    settings.registries = [config = std::make_shared<LazyConfig>(session), stop = session.stop] {
        return config->get().auth_for_all(stop);
    };
    settings.nodes = [&session](const engine::Engine& manager) {
        return classic_engines(session, manager);
    };
    const auto mode =
        ui::progress_mode(session.globals.progress, session.console, session.environment);
    if (mode == ui::Mode::plain)
        settings.output = [&session](std::string_view line) { session.console.out(line); };
    return settings;
}

orch::compose::ExecuteOptions execute_options(Session& session) {
    return {
        .parallel = parallel_limit(session),
        .auth = registry_auth(session),
        .build = build_settings(session)};
}

bool ignores_orphans(const Session& session) {
    const auto word = text::lower(session.environment.get_or("COMPOSE_IGNORE_ORPHANS", ""));
    return word == "1" || word == "true";
}

} // namespace orch::cmd::compose
