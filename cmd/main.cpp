#include "cmd/edges.hpp"
#include "cmd/root.hpp"
#include "cmd/signals.hpp"
#include "cmd/ui/error_report.hpp"

#include <unistd.h>

int main(int argc, char** argv) {
    namespace cmd = orch::cmd;
    const auto environment = orch::os::Environment::snapshot();
    const auto persona = cmd::persona_of(argc > 0 ? argv[0] : "");
    cmd::ui::Console console(STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, environment);
    try {
        cmd::Signals signals([&console] { console.restore(); });
        cmd::Edges edges(environment);
        cmd::Session session{
            environment,
            console,
            edges.world(),
            persona,
            cmd::typed({argv, argv + argc}),
            signals.stop(),
            [&signals] { return signals.second(); }};
        return cmd::run({argv + (argc > 0 ? 1 : 0), argv + argc}, session);
    } catch (...) {
        return cmd::ui::report_current(console, persona, false);
    }
}
