#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/progress/sink.hpp"
#include "machine/docker_context.hpp"

namespace orch::cmd::machine {

namespace {

struct Options {
    std::vector<std::string> names;
    std::string as;
    bool remove = false;
};

std::string removed_text(const std::vector<std::string>& contexts) {
    if (contexts.empty())
        return "There was no docker context of orch's";
    std::string text;
    for (const auto& name : contexts)
        text += (text.empty() ? "Removed docker context " : ", ") + name;
    return text;
}

int run_context(const Options& options, Session& session) {
    const Fleet fleet(session);
    const auto names = fleet.existing(options.names);
    if (!options.as.empty() && names.size() > 1)
        throw Error(
            Kind::usage, "--as names one context and cannot serve {} machines", names.size()
        );
    const auto context = fleet.context();
    const auto sink = session.progress_of_machines(names.size());
    return fleet.for_each(
        names,
        [&](const std::string& name, Job& job) {
            const orch::machine::ContextOwner owner{context.docker_dir, context.store.root(), name};
            std::string text;
            if (options.remove) {
                text = removed_text(orch::machine::remove_contexts(owner));
            } else {
                const auto& as = options.as.empty() ? name : options.as;
                fleet.write_context(name, as);
                text = "Try: docker --context " + as + " ps";
            }
            job.progress.emit({.id = name, .status = progress::Status::done, .text = text});
        },
        *sink
    );
}

} // namespace

void add_context(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_names(verb, session, options->names);
    verb.add_option("--as", options->as, "Name of the context (the machine's)");
    verb.add_flag("--rm,--remove", options->remove, "Remove what orch wrote for the machines");
    choose(verb, session, [options, &session] { return run_context(*options, session); });
}

} // namespace orch::cmd::machine
