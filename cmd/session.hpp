// What a verb gets besides its own options: everything of one run of the program.
#pragma once

#include "cmd/complete.hpp"
#include "cmd/persona.hpp"
#include "cmd/ui/console.hpp"
#include "cmd/ui/progress.hpp"
#include "lib/os/environment.hpp"
#include "lib/world.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace orch::cmd {

/// Options that may stand before the verb or after it.
struct Globals {
    std::string debug; // categories with commas between, "all", or empty for off
    std::string progress = "auto";
    std::string color = "auto";

    // of the machine group
    std::string storage_path;
    std::string tls_ca_cert;
    std::string tls_ca_key;
    std::string tls_client_cert;
    std::string tls_client_key;
    std::string github_api_token;
    bool native_ssh = false;

    // of the compose group
    std::vector<std::string> compose_files;
    std::string project_name;
    std::string project_directory;
    std::string env_file;
    std::string machine; // the engine of this machine
    std::string host;    // or this engine, spelled as DOCKER_HOST
    bool tls = false;
    bool tls_verify = false;
    std::string docker_tls_ca_cert;
    std::string docker_tls_cert;
    std::string docker_tls_key;
    bool skip_hostname_check = false;
    std::string context;   // of the docker client
    std::string parallel;  // calls at the same time
    std::string ansi;      // never, always, auto
    std::string log_level; // DEBUG, INFO, WARNING, ERROR, CRITICAL
    bool verbose = false;
    std::string compatibility; // "warn": what a swarm's services cannot have is left out
    std::string target;        // auto, engine, swarm
};

/// Lives from the start of the parse to the end of the verb; verbs may keep references to it.
struct Session {
    const os::Environment& environment;
    ui::Console& console;
    World& world;
    Persona persona = Persona::orch;
    std::string command_line{}; // as it was typed, for "run this again" hints
    std::stop_token stop{};     // stopped by the first SIGINT, SIGTERM or SIGHUP

    /// Asked after the first signal: a token that the second one stops. Else that ends the process.
    std::function<std::stop_token()> second_signal = [] { return std::stop_token(); };

    Globals globals{};
    std::vector<std::string> words{}; // as typed behind the program's name, before they are parsed
    bool completes = false;           // only looks what could come next: nobody waits long for that
    Completions completions{};
    std::function<int()> chosen{}; // set by the verb's callback, run by main; the exit code

    /// Groups and verbs that were not looked into yet; see grow() in cmd/verb.hpp.
    std::map<const CLI::App*, std::function<void()>> buds{};

    /// Absolute: --storage-path, MACHINE_STORAGE_PATH or ~/.docker/machine.
    [[nodiscard]] std::filesystem::path storage_path() const;

    /// "orch machine ls" as this persona's user types it: spelled("orch machine ls").
    [[nodiscard]] std::string spelled(std::string text) const {
        return in_words_of(persona, std::move(text));
    }

    /// The renderer that --progress asks for. It must live as long as anybody emits.
    [[nodiscard]] std::unique_ptr<progress::Sink> progress(ui::Layout layout) const;

    /// The same for a verb that works on so many machines and has no answer on standard output:
    /// under docker-machine's name the lines go there.
    [[nodiscard]] std::unique_ptr<progress::Sink> progress_of_machines(std::size_t count) const;

    /// Tells people something that no program reads, at the end of a verb that has no answer: on
    /// standard error, under docker-machine's name on standard output, as it does.
    void remark(std::string text) const;

    /// A closing word about a machine that docker-machine does not say: under its name nothing.
    [[nodiscard]] std::string own_word(std::string text) const {
        return persona == Persona::docker_machine ? "" : text;
    }

    /// "Are you sure? ..." on the terminal. Throws Error(cancelled) when interrupted, Error(usage)
    /// with `way_on` as hint
    /// when nobody can answer.
    [[nodiscard]] bool
    confirm(const std::string& question, const std::string& way_on = "--yes answers yes") const;

  private:
    [[nodiscard]] std::unique_ptr<progress::Sink> make_progress(const ui::ProgressStyle& style
    ) const;
};

} // namespace orch::cmd
