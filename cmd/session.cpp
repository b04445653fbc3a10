#include "cmd/session.hpp"

#include "cmd/ui/prompt.hpp"

namespace orch::cmd {

std::filesystem::path Session::storage_path() const {
    auto path = globals.storage_path;
    if (path.empty())
        path = environment.get_or("MACHINE_STORAGE_PATH", "");
    if (path.empty())
        return environment.home() / ".docker" / "machine";
    return std::filesystem::absolute(path).lexically_normal();
}

std::unique_ptr<progress::Sink> Session::progress(ui::Layout layout) const {
    const auto mode = ui::progress_mode(globals.progress, console, environment);
    return ui::make_progress(
        mode, {.layout = layout, .bare = persona != Persona::orch}, console, world.clock
    );
}

bool Session::confirm(const std::string& question, const std::string& way_on) const {
    return ui::confirm(question, way_on, console, stop);
}

} // namespace orch::cmd
