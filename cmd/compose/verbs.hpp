// The verbs of `orch compose`, one file each; group.cpp is their table.
#pragma once

namespace CLI {
class App;
}

namespace orch::cmd {
struct Session;
}

namespace orch::cmd::compose {

void add_build(CLI::App& verb, Session& session);
void add_config(CLI::App& verb, Session& session);
void add_cp(CLI::App& verb, Session& session);
void add_create(CLI::App& verb, Session& session);
void add_down(CLI::App& verb, Session& session);
void add_events(CLI::App& verb, Session& session);
void add_exec(CLI::App& verb, Session& session);
void add_images(CLI::App& verb, Session& session);
void add_kill(CLI::App& verb, Session& session);
void add_logs(CLI::App& verb, Session& session);
void add_ls(CLI::App& verb, Session& session);
void add_pause(CLI::App& verb, Session& session);
void add_port(CLI::App& verb, Session& session);
void add_ps(CLI::App& verb, Session& session);
void add_pull(CLI::App& verb, Session& session);
void add_push(CLI::App& verb, Session& session);
void add_restart(CLI::App& verb, Session& session);
void add_rm(CLI::App& verb, Session& session);
void add_run(CLI::App& verb, Session& session);
void add_scale(CLI::App& verb, Session& session);
void add_start(CLI::App& verb, Session& session);
void add_stats(CLI::App& verb, Session& session);
void add_stop(CLI::App& verb, Session& session);
void add_top(CLI::App& verb, Session& session);
void add_unpause(CLI::App& verb, Session& session);
void add_up(CLI::App& verb, Session& session);
void add_volumes(CLI::App& verb, Session& session);
void add_wait(CLI::App& verb, Session& session);

} // namespace orch::cmd::compose
