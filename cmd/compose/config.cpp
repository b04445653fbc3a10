#include "cmd/compose/registry_auth.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"
#include "compose/hash.hpp"
#include "compose/load/load.hpp"
#include "compose/load/to_spec.hpp"
#include "compose/pin_images.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"

#include <set>

namespace orch::cmd::compose {

namespace {

using orch::compose::Project;
namespace load = orch::compose::load;

struct Options {
    bool quiet = false;
    bool services = false;
    bool volumes = false;
    bool images = false;
    bool environment = false;
    std::string hash; // "*" or names with commas between
    std::string format = "v1";
    std::string output;
    bool no_interpolate = false;
    bool pin = false; // --resolve-image-digests
    bool keep_bridge = false;
};

std::string lines(const std::set<std::string>& names) {
    std::string answer;
    for (const auto& name : names)
        answer += name + "\n";
    return answer;
}

std::set<std::string> names_of(const Project& project, const Options& options) {
    std::set<std::string> names;
    for (const auto& service : project.services) {
        if (options.services)
            names.insert(service.name);
        else if (options.images)
            names.insert(project.image_of(service));
        else
            for (const auto& volume : service.volumes)
                if (!volume.anonymous() && !volume.bind())
                    names.insert(volume.source);
    }
    return names;
}

/// "SERVICE HASH" lines, as the label com.docker.compose.config-hash has it.
std::string hashes(const Project& project, const std::string& which) {
    const auto names = which == "*" ? std::vector<std::string>() : text::split(which, ',');
    std::set<std::string> answer;
    for (const auto* service : project.select(names, false))
        answer.insert(service->name + " " + orch::compose::config_hash(*service));
    return lines(answer);
}

std::string variables_text(const os::Environment& variables) {
    std::string answer;
    for (const auto& [name, value] : variables.all())
        answer += name + "=" + value + "\n";
    return answer;
}

std::string whole(const Project& project, const Options& options) {
    if (options.format == "spec")
        return load::to_spec(project, {.keep_bridge = options.keep_bridge});
    return options.format == "json" ? load::to_json(project) : load::to_yaml(project);
}

/// The answer where variables are to stay as they stand.
std::string merged_answer(const Options& options, Session& session) {
    const bool model = options.volumes || options.images || !options.hash.empty() || options.pin ||
                       options.format == "spec" || options.format == "json";
    if (model)
        throw Error(Kind::usage, "--no-interpolate goes with the YAML of version 1 only")
            .hint("what else config prints needs the values of the variables");
    const auto merged = load::merge_only(source_of(session), session.environment);
    show_warnings(merged.warnings, session);
    if (options.services)
        return lines({merged.services.begin(), merged.services.end()});
    return options.quiet ? "" : merged.yaml;
}

std::string model_answer(const Options& options, Session& session) {
    auto source = source_of(session);
    source.read_profiles = options.format != "spec";
    auto result = load::load(source, session.environment);
    show_warnings(result.warnings, session);
    auto& project = result.project;
    if (options.pin) {
        auto engine = connect(session);
        orch::compose::pin_images(
            project, engine, registry_auth(session), parallel_limit(session), session.stop
        );
    }
    if (options.quiet)
        return "";
    if (options.services || options.volumes || options.images)
        return lines(names_of(project, options));
    if (!options.hash.empty())
        return hashes(project, options.hash);
    return options.environment ? variables_text(result.variables) : whole(project, options);
}

int run_config(const Options& options, Session& session) {
    if (options.keep_bridge && options.format != "spec")
        throw Error(Kind::usage, "--keep-bridge goes with --format spec");
    const auto answer =
        options.no_interpolate ? merged_answer(options, session) : model_answer(options, session);
    if (options.output.empty())
        session.console.out(answer);
    else
        fs::write_atomic(options.output, answer, 0644);
    return 0;
}

} // namespace

void add_config(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    verb.add_flag("-q,--quiet", options->quiet, "Only check");
    auto* const answers = verb.add_option_group("Answers", "");
    answers->require_option(0, 1);
    answers->add_flag("--services", options->services, "Names of the services");
    answers->add_flag("--volumes", options->volumes, "Names of the volumes");
    answers->add_flag("--images", options->images, "Names of the images");
    answers->add_option("--hash", options->hash, "Hashes of services: \"*\" or names with commas");
    answers->add_flag("--environment", options->environment, "Variables that the file may use");
    auto* const format =
        verb.add_option("--format", options->format, "yaml (v1), json, or spec for docker compose")
            ->transform(CLI::IsMember({"v1", "yaml", "json", "spec"}));
    session.completions.add(*format, [] {
        return std::vector<Candidate>{{"v1", ""}, {"yaml", ""}, {"json", ""}, {"spec", ""}};
    });
    verb.add_flag("--keep-bridge", options->keep_bridge, "spec: the bridge and links, as they are");
    verb.add_option("-o,--output", options->output, "Write to this file");
    verb.add_flag("--no-interpolate", options->no_interpolate, "Leave variables as they stand");
    verb.add_flag(
        "--resolve-image-digests", options->pin, "Ask the registries which images these are"
    );
    choose(verb, session, [options, &session] { return run_config(*options, session); });
}

} // namespace orch::cmd::compose
