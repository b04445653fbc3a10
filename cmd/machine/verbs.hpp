// The verbs of `orch machine`, one file each; group.cpp is their table.
#pragma once

namespace CLI {
class App;
}

namespace orch::cmd {
struct Session;
}

namespace orch::cmd::machine {

void add_active(CLI::App& verb, Session& session);
void add_adopt(CLI::App& verb, Session& session);
void add_config(CLI::App& verb, Session& session);
void add_context(CLI::App& verb, Session& session);
void add_create(CLI::App& verb, Session& session);
void add_doctor(CLI::App& verb, Session& session);
void add_env(CLI::App& verb, Session& session);
void add_export(CLI::App& verb, Session& session);
void add_import(CLI::App& verb, Session& session);
void add_inspect(CLI::App& verb, Session& session);
void add_ip(CLI::App& verb, Session& session);
void add_kill(CLI::App& verb, Session& session);
void add_ls(CLI::App& verb, Session& session);
void add_mount(CLI::App& verb, Session& session);
void add_provision(CLI::App& verb, Session& session);
void add_regenerate_certs(CLI::App& verb, Session& session);
void add_rename(CLI::App& verb, Session& session);
void add_restart(CLI::App& verb, Session& session);
void add_rm(CLI::App& verb, Session& session);
void add_scp(CLI::App& verb, Session& session);
void add_ssh(CLI::App& verb, Session& session);
void add_ssh_config(CLI::App& verb, Session& session);
void add_start(CLI::App& verb, Session& session);
void add_status(CLI::App& verb, Session& session);
void add_stop(CLI::App& verb, Session& session);
void add_swarm(CLI::App& group, Session& session);
void add_swarm_token(CLI::App& verb, Session& session);
void add_upgrade(CLI::App& verb, Session& session);
void add_url(CLI::App& verb, Session& session);
void add_version(CLI::App& verb, Session& session);

} // namespace orch::cmd::machine
