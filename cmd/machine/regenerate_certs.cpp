#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/base/text.hpp"
#include "lib/progress/sink.hpp"
#include "machine/certs.hpp"
#include "machine/regenerate.hpp"

#include <algorithm>

namespace orch::cmd::machine {

namespace {

using orch::machine::AuthOptions;

struct Options {
    std::vector<std::string> names;
    bool client_certs = false;
    bool force = false;
};

/// The authorities and clients of the machines, each once: nearly always one.
std::vector<AuthOptions> authorities(const std::vector<std::string>& names, const Fleet& fleet) {
    std::vector<AuthOptions> all;
    for (const auto& name : names) {
        const auto auth = fleet.store().load(name).auth;
        const bool known = std::any_of(all.begin(), all.end(), [&](const AuthOptions& other) {
            return other.ca_cert == auth.ca_cert && other.client_cert == auth.client_cert;
        });
        if (!known)
            all.push_back(auth);
    }
    return all;
}

/// Returns those whose authority is a new one.
std::vector<AuthOptions> renew_clients(
    const std::vector<std::string>& names, const Fleet& fleet, Session& session, Job& job
) {
    std::vector<AuthOptions> renewed;
    job.progress.emit({.status = progress::Status::note, .text = "Regenerating local certificates"}
    );
    for (const auto& auth : authorities(names, fleet))
        if (orch::machine::renew_client(fleet.store(), auth, owner(session), job))
            renewed.push_back(auth);
    return renewed;
}

void name_left_behind(
    const std::vector<AuthOptions>& renewed, const Fleet& fleet, Session& session
) {
    std::vector<std::string> names;
    for (const auto& auth : renewed)
        for (const auto& name : orch::machine::machines_left_behind(fleet.store(), auth))
            names.push_back(name);
    if (names.empty())
        return;
    session.remark(fmt::format(
        "The certificate authority is a new one, which the engines of these machines do not trust "
        "yet: {}\nNext: orch machine regenerate-certs {}\n",
        text::join(names, ", "),
        text::join(names, " ")
    ));
}

int run_regenerate(const Options& options, Session& session) {
    const Fleet fleet(session);
    const auto names = fleet.existing(options.names);
    if (!options.force &&
        !session.confirm(
            "Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): ",
            "--force answers yes"
        ))
        return 0;
    auto sink = session.progress_of_machines(names.size());
    Job job{session.stop, *sink};
    job.progress.emit({.status = progress::Status::note, .text = "Regenerating TLS certificates"});
    std::vector<AuthOptions> renewed;
    if (options.client_certs)
        renewed = renew_clients(names, fleet, session, job);
    const auto code = fleet.for_each(
        names,
        [&](const std::string& name, Job& one) {
            orch::machine::regenerate(name, owner(session), fleet.context(), one);
            one.progress.emit({
                .id = name,
                .status = progress::Status::done,
                .text = session.own_word("Certificates regenerated"),
            });
        },
        *sink
    );
    sink.reset(); // the live area is gone before the last lines
    name_left_behind(renewed, fleet, session);
    return code;
}

} // namespace

void add_regenerate_certs(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_names(verb, session, options->names);
    verb.add_flag("-f,--force", options->force, "Do not ask");
    verb.add_flag(
        "--client-certs",
        options->client_certs,
        "Renew the client certificate too, and the authority if it ends soon"
    );
    choose(verb, session, [options, &session] { return run_regenerate(*options, session); });
}

} // namespace orch::cmd::machine
