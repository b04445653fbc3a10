#include "compose/images.hpp"

#include "lib/archive/tar_source.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/dockerignore.hpp"
#include "lib/fs/files.hpp"

#include <filesystem>
#include <span>

namespace orch::compose {

namespace {

namespace fs = std::filesystem;

/// Cuts the builder's output, which comes in pieces, into lines.
class LineEvents {
  public:
    LineEvents(std::string id, progress::Sink& progress)
        : id_(std::move(id)), progress_(progress) {}

    void add(std::string_view piece) {
        rest_ += piece;
        std::size_t begin = 0;
        for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
            emit(std::string_view(rest_).substr(begin, end - begin));
            begin = end + 1;
        }
        rest_.erase(0, begin);
    }

    void finish() {
        emit(rest_);
        rest_.clear();
    }

  private:
    void emit(std::string_view line) {
        if (!line.empty())
            progress_.emit({.id = id_, .text = "Building", .detail = std::string(line)});
    }

    std::string id_;
    progress::Sink& progress_;
    std::string rest_;
};

archive::TarSource open_context(const Build& build) {
    const fs::path dir = build.context;
    const auto ignore = dir / ".dockerignore";
    const auto text = fs::exists(ignore) ? orch::fs::read_file(ignore) : std::string();
    const auto dockerfile = build.dockerfile.empty() ? "Dockerfile" : build.dockerfile;
    if (!fs::exists(dir / dockerfile))
        throw Error(Kind::not_found, "there is no {} in {}", dockerfile, dir.string());
    return {dir, engine::Dockerignore(text, ignore.string()).filter(dockerfile)};
}

void run_build(
    engine::Engine& engine,
    const Build& build,
    engine::BuildOptions options,
    const std::function<void(const engine::StreamEvent&)>& on_event
) {
    if (build.remote()) {
        options.remote = build.context;
        engine.build_image(options, {}, on_event);
        return;
    }
    auto context = open_context(build);
    engine.build_image(
        options, [&context](std::span<char> buffer) { return context.read(buffer); }, on_event
    );
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
    LineEvents lines(service.name, progress);
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
