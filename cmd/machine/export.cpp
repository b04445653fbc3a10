#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/fs/files.hpp"
#include "lib/progress/sink.hpp"
#include "machine/bundle.hpp"

namespace orch::cmd::machine {

namespace {

struct Options {
    std::vector<std::string> names;
    std::string output;
    bool no_keys = false;
    bool with_ca_key = false;
};

int run_export(const Options& options, Session& session) {
    const Fleet fleet(session);
    const auto names = fleet.or_default(options.names);
    const bool to_stdout = options.output.empty() || options.output == "-";
    if (options.no_keys && options.with_ca_key)
        throw Error(Kind::usage, "--no-keys and --with-ca-key contradict each other");
    if (to_stdout && session.console.out_is_terminal())
        throw Error(Kind::usage, "an archive is not written to a terminal")
            .hint("name a file with -o, or redirect the output");
    const auto made = orch::machine::export_machines(
        names, {.keys = !options.no_keys, .ca_key = options.with_ca_key}, fleet.store()
    );
    const auto sink = session.progress(ui::Layout::machines);
    for (const auto& note : made.notes)
        sink->emit({.id = "export", .status = progress::Status::note, .text = note});
    if (to_stdout)
        session.console.out(made.tar);
    else
        fs::write_atomic(options.output, made.tar, 0600);
    return 0;
}

} // namespace

void add_export(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_names(verb, session, options->names);
    verb.add_option("-o,--output", options->output, "File to write (standard output)");
    verb.add_flag("--no-keys", options->no_keys, "Leave all private keys out");
    verb.add_flag(
        "--with-ca-key",
        options->with_ca_key,
        "With the authority's key: whoever has it can make certificates"
    );
    choose(verb, session, [options, &session] { return run_export(*options, session); });
}

} // namespace orch::cmd::machine
