#include "compose/load/load.hpp"

#include "compose/load/constraints.hpp"
#include "compose/load/context.hpp"
#include "compose/load/discover.hpp"
#include "compose/load/extends.hpp"
#include "compose/load/graph.hpp"
#include "compose/load/merge.hpp"
#include "compose/load/normalise.hpp"
#include "compose/load/read.hpp"
#include "compose/load/write_raw.hpp"

#include <algorithm>
#include <utility>

namespace orch::compose::load {

namespace {

std::vector<RawFile> read_files(const Inputs& inputs, const Source& source, Context& context) {
    std::vector<RawFile> files;
    for (const auto& input : inputs.files) {
        const auto text =
            input.path.empty() ? source.standard_input : read_text(input.path, input.shown);
        files.push_back(parse_file(text, input.path, input.shown, inputs.dir, context));
    }
    return files;
}

/// All files as one, extends resolved.
RawServices complete_services(const std::vector<RawFile>& files, Context& context) {
    auto merged = files.front().services;
    for (auto file = files.begin() + 1; file != files.end(); ++file)
        merged = merge(merged, file->services);
    Extender extender(files.front(), context);
    for (auto& service : merged.all())
        service = extender.resolve(service);
    return merged;
}

std::set<std::string, std::less<>> refused_services(const std::vector<RawFile>& files) {
    std::set<std::string, std::less<>> all;
    for (const auto& file : files)
        all.insert(file.refused.begin(), file.refused.end());
    return all;
}

std::vector<Service>
type_services(const std::vector<RawFile>& files, const Source& source, Context& context) {
    const auto raw = complete_services(files, context);
    Normaliser normaliser(raw, context, source);
    std::vector<Service> services;
    services.reserve(raw.all().size());
    for (const auto& service : raw.all()) {
        check_constraints(service, context.findings);
        services.push_back(normaliser.run(service));
    }
    check_container_names(raw, context.findings);
    put_in_order(services, raw, refused_services(files), context.findings);
    return services;
}

// Without one of the files, what the others say of services would be misread.
bool all_readable(const std::vector<RawFile>& files) {
    return std::all_of(files.begin(), files.end(), [](const RawFile& file) {
        return file.readable;
    });
}

} // namespace

Result load(const Source& source, const os::Environment& environment) {
    Context context{
        .environment = environment, .variables = environment, .findings = {}, .bases = {}};
    const auto inputs = discover(source, environment, context.findings);
    context.variables = inputs.variables;
    const auto files = read_files(inputs, source, context);
    Result result;
    result.project = {.name = inputs.project, .dir = inputs.dir, .files = {}, .services = {}};
    for (const auto& input : inputs.files)
        if (!input.path.empty())
            result.project.files.push_back(input.path);
    if (all_readable(files))
        result.project.services = type_services(files, source, context);
    context.findings.raise();
    result.warnings = context.findings.take_warnings();
    result.variables = inputs.variables;
    return result;
}

Merged merge_only(const Source& source, const os::Environment& environment) {
    Context context{
        .environment = environment,
        .variables = environment,
        .findings = {},
        .bases = {},
        .interpolates = false};
    const auto inputs = discover(source, environment, context.findings);
    const auto files = read_files(inputs, source, context);
    RawServices services;
    if (all_readable(files))
        services = complete_services(files, context);
    for (auto& service : services.all()) {
        check_constraints(service, context.findings);
        make_paths_absolute(service, context);
    }
    context.findings.raise();
    Merged merged{.yaml = write_raw(services), .services = {}, .warnings = {}};
    for (const auto& service : services.all())
        merged.services.push_back(service.name);
    std::sort(merged.services.begin(), merged.services.end());
    merged.warnings = context.findings.take_warnings();
    return merged;
}

} // namespace orch::compose::load
