#include "compose/provide_image.hpp"

#include "compose/output/line_splitter.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/build_context.hpp"

namespace orch::compose {

namespace {

void run_build(
    engine::Engine& engine,
    const Build& build,
    engine::BuildOptions options,
    const std::function<void(const engine::StreamEvent&)>& on_event
) {
    if (build.remote()) {
        options.remote = build.context;
        engine.build_image(options, {}, on_event);
    } else {
        const auto context = engine::build_context(build.context, build.dockerfile);
        engine.build_image(options, context, on_event);
    }
}

} // namespace

void pull_image(
    engine::Engine& engine,
    const std::string& reference,
    const RegistryAuth& auth,
    progress::Sink& progress
) {
    const auto on_event = [&](const engine::StreamEvent& event) {
        progress::Event shown{.text = event.status};
        shown.id = event.id.empty() ? reference : event.id;
        shown.parent = event.id.empty() ? "" : reference;
        if (event.total > 0)
            shown.amount = progress::Amount{event.current, event.total};
        if (!event.id.empty()) // the closing lines without a layer say nothing that people need
            progress.emit(shown);
    };
    engine.pull_image(reference, auth ? auth(reference) : std::string(), on_event);
}

void build_image(
    engine::Engine& engine,
    const Project& project,
    const Service& service,
    const BuildSettings& settings,
    progress::Sink& progress
) {
    LineSplitter lines([&](std::string_view line) {
        if (!line.empty())
            progress.emit({.id = service.name, .text = "Building", .detail = std::string(line)});
    });
    const engine::BuildOptions options{
        .tag = project.image_of(service),
        .dockerfile = service.build->dockerfile,
        .no_cache = settings.no_cache,
        .pull = settings.pull,
        .force_rm = settings.force_rm,
        .args = settings.args};
    try {
        run_build(engine, *service.build, options, [&](const engine::StreamEvent& event) {
            lines.add(
                event.stream.empty() && !event.status.empty() ? event.status + "\n" : event.stream
            );
        });
    } catch (const Error& error) {
        lines.finish();
        if (error.kind() == Kind::cancelled)
            throw;
        Error failure(
            error.kind(), "Service '{}' failed to build: {}", service.name, error.message()
        );
        if (!error.hint().empty())
            failure.hint("{}", error.hint());
        throw failure;
    }
    lines.finish();
}

} // namespace orch::compose
