#include "compose/provide_image.hpp"

#include "compose/output/line_splitter.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/build_context.hpp"

#include <algorithm>
#include <array>

namespace orch::compose {

namespace {

using engine::StreamEvent;
using OnEvent = std::function<void(const StreamEvent&)>;

std::string run_build(
    engine::Engine& engine,
    const Build& build,
    bool gzip,
    engine::BuildOptions options,
    const OnEvent& on_event
) {
    if (build.remote()) {
        options.dockerfile = build.dockerfile;
        options.remote = build.context;
        return engine.build_image(options, {}, on_event);
    } else {
        const auto context = engine::build_context(build.context, build.dockerfile, gzip);
        options.dockerfile = context.dockerfile;
        return engine.build_image(options, context.read, on_event);
    }
}

/// What an event says to people who read lines; the progress of layers is left out.
std::string text_of(const StreamEvent& event) {
    if (!event.stream.empty())
        return event.stream;
    if (event.progress || event.status.empty())
        return {};
    return (event.id.empty() ? "" : event.id + ": ") + event.status + "\n";
}

/// Whether nothing more comes about a layer.
bool is_final(const std::string& status) {
    constexpr std::array<std::string_view, 5> words{
        "Pull complete", "Already exists", "Pushed", "Layer already exists", "Mounted from"};
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return status.starts_with(word);
    });
}

/// The bytes that travel are what is counted; unpacking them counts them a second time.
bool travels(const std::string& status) { return status == "Downloading" || status == "Pushing"; }

/// A standalone swarm pulls on all nodes: "Pulling redis:7..." of each, later "...: downloaded".
bool is_about_node(const StreamEvent& event) {
    return !event.progress && !event.id.empty() && event.status.starts_with("Pulling ") &&
           event.status.find("...") != std::string::npos;
}

OnEvent teller(const Transfer& transfer, progress::Sink& progress) {
    return [&](const StreamEvent& event) {
        if (transfer.output)
            if (const auto text = text_of(event); !text.empty())
                transfer.output(text);
        if (is_about_node(event)) {
            const bool done = event.status.find(": ") != std::string::npos;
            progress.emit(
                {.id = event.id,
                 .parent = transfer.subject,
                 .status = done ? progress::Status::done : progress::Status::working,
                 .text = event.status}
            );
            return;
        }
        if (event.id.empty() || !event.progress)
            return; // the first and the closing lines say nothing of the way
        progress::Event shown{
            .id = event.id,
            .parent = transfer.subject,
            .status = is_final(event.status) ? progress::Status::done : progress::Status::working,
            .text = event.status};
        if (event.total > 0 && travels(event.status))
            shown.amount = progress::Amount{event.current, event.total};
        progress.emit(shown);
    };
}

struct Advice {
    std::string_view symptom; // in lower case
    std::string_view hint;
};

/// By what engines and registries say; the first that fits.
constexpr std::array advices{
    Advice{"no such image", "build it first: orch compose build"},
    Advice{"does not exist locally", "build it first: orch compose build"},
    Advice{"toomanyrequests", "wait, or log in with docker login: the registry allows more then"},
    Advice{
        "server gave http response to https client",
        "the registry speaks plain HTTP: add it to "
        "insecure-registries of the engine"},
    Advice{
        "x509:",
        "the engine does not trust the registry's certificate: put its authority into "
        "/etc/docker/certs.d on the engine's host"},
    Advice{"manifest unknown", "check the tag"},
    Advice{"manifest for ", "check the tag"},
    Advice{"not found: manifest", "check the tag"},
    Advice{"denied", "check the name, or log in with docker login"},
    Advice{"unauthorized", "log in with docker login"},
    Advice{"no basic auth", "log in with docker login"},
    Advice{"authentication required", "log in with docker login"},
    Advice{"no such host", "the engine cannot find the registry: check the name and its DNS"},
    Advice{"timeout", "the engine could not reach the registry: run it again"},
    Advice{"connection refused", "the engine could not reach the registry: is it running?"},
    Advice{"connection reset", "the connection to the registry broke: run it again"},
    Advice{"unexpected eof", "the connection to the registry broke: run it again"},
};

Error with_advice(Error error) {
    if (!error.hint().empty() || error.kind() == Kind::cancelled)
        return error;
    const auto said = text::lower(error.message());
    for (const auto& [symptom, hint] : advices)
        if (said.find(symptom) != std::string::npos) {
            error.hint("{}", hint);
            break;
        }
    return error;
}

std::string auth_of(const Transfer& transfer) {
    return transfer.auth ? transfer.auth(transfer.reference) : std::string();
}

engine::BuildOptions
options_of(const Project& project, const Service& service, const BuildSettings& settings) {
    auto args = settings.args;
    args.insert(settings.proxies.begin(), settings.proxies.end());
    return {
        .tag = project.image_of(service),
        .no_cache = settings.no_cache,
        .pull = settings.pull,
        .keep = settings.keep,
        .force_rm = settings.force_rm,
        .memory = settings.memory,
        .args = std::move(args),
        .registries = settings.registries ? settings.registries() : std::string()};
}

/// The same error with the service in front.
Error build_failure(const Service& service, const Error& error) {
    Error failure(error.kind(), "Service '{}' failed to build: {}", service.name, error.message());
    if (!error.hint().empty())
        failure.hint("{}", error.hint());
    for (const auto& line : error.details())
        failure.detail(line);
    return failure;
}

} // namespace

void pull_image(engine::Engine& engine, const Transfer& transfer, progress::Sink& progress) {
    try {
        engine.pull_image(transfer.reference, auth_of(transfer), teller(transfer, progress));
    } catch (const Error& error) {
        throw with_advice(error);
    }
}

void push_image(
    engine::Engine& engine,
    const std::string& source,
    const Transfer& transfer,
    progress::Sink& progress
) {
    try {
        if (source != transfer.reference)
            engine.tag_image(source, transfer.reference);
        engine.push_image(transfer.reference, auth_of(transfer), teller(transfer, progress));
    } catch (const Error& error) {
        throw with_advice(error);
    }
}

std::string build_image(
    engine::Engine& engine,
    const Project& project,
    const Service& service,
    const BuildSettings& settings,
    progress::Sink& progress
) {
    LineSplitter lines([&](std::string_view line) {
        if (settings.output)
            settings.output(std::string(line) + "\n");
        else if (!line.empty())
            progress.emit({.id = service.name, .text = "Building", .detail = std::string(line)});
    });
    std::string id;
    try {
        id = run_build(
            engine,
            *service.build,
            settings.compress,
            options_of(project, service, settings),
            [&](const StreamEvent& event) { lines.add(text_of(event)); }
        );
    } catch (const Error& error) {
        lines.finish();
        if (error.kind() == Kind::cancelled)
            throw;
        throw build_failure(service, error);
    }
    lines.finish();
    return id;
}

} // namespace orch::compose
