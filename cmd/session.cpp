#include "cmd/session.hpp"

#include "cmd/ui/progress_filter.hpp"
#include "cmd/ui/prompt.hpp"

namespace orch::cmd {

namespace {

/// The domain names commands as orch has them.
class SpelledProgress : public progress::Sink {
  public:
    SpelledProgress(std::unique_ptr<progress::Sink> inner, Persona persona)
        : inner_(std::move(inner)), persona_(persona) {}

    void emit(const progress::Event& event) override {
        auto spelled = event;
        spelled.text = in_words_of(persona_, event.text);
        inner_->emit(spelled);
    }

  private:
    std::unique_ptr<progress::Sink> inner_;
    Persona persona_;
};

} // namespace

std::filesystem::path Session::storage_path() const {
    auto path = globals.storage_path;
    if (path.empty())
        path = environment.get_or("MACHINE_STORAGE_PATH", "");
    if (path.empty())
        return environment.home() / ".docker" / "machine";
    return std::filesystem::absolute(path).lexically_normal();
}

std::unique_ptr<progress::Sink> Session::progress(ui::Layout layout) const {
    return make_progress({.layout = layout, .bare = persona != Persona::orch});
}

std::unique_ptr<progress::Sink> Session::progress_of_machines(std::size_t count) const {
    return make_progress({
        .layout = count == 1 ? ui::Layout::one_machine : ui::Layout::machines,
        .bare = persona != Persona::orch,
        .to_out = persona == Persona::docker_machine,
    });
}

std::unique_ptr<progress::Sink> Session::make_progress(const ui::ProgressStyle& style) const {
    const auto mode = ui::progress_mode(globals.progress, console, environment);
    auto sink = ui::make_progress(mode, style, console, world.clock);
    if (persona != Persona::orch)
        sink = std::make_unique<SpelledProgress>(std::move(sink), persona);
    const auto& level = globals.log_level;
    if (level.empty() || level == "DEBUG" || level == "INFO")
        return sink;
    return std::make_unique<ui::FilteredProgress>(
        std::move(sink),
        [warnings = level == "WARNING"](const progress::Event& event) {
            return event.status != progress::Status::note &&
                   (warnings || event.status != progress::Status::warning);
        }
    );
}

void Session::remark(std::string text) const {
    text = spelled(std::move(text));
    if (persona == Persona::docker_machine)
        console.out(text);
    else
        console.err(text);
}

bool Session::confirm(const std::string& question, const std::string& way_on) const {
    return ui::confirm(question, way_on, console, stop);
}

} // namespace orch::cmd
