#include "cmd/ui/usage_lines.hpp"

#include <algorithm>
#include <array>

namespace orch::cmd::ui {

namespace {

struct Line {
    std::string_view verb;
    std::string_view rest;
};

constexpr std::array lines{
    Line{"build", "build [options] [--build-arg key=val...] [--] [SERVICE...]"},
    Line{"config", "config [options]"},
    Line{"create", "create [options] [SERVICE...]"},
    Line{"down", "down [options]"},
    Line{"events", "events [options] [--] [SERVICE...]"},
    Line{"exec", "exec [options] [-e KEY=VAL...] [--] SERVICE COMMAND [ARGS...]"},
    Line{"help", "help [COMMAND]"},
    Line{"images", "images [options] [--] [SERVICE...]"},
    Line{"kill", "kill [options] [--] [SERVICE...]"},
    Line{"logs", "logs [options] [--] [SERVICE...]"},
    Line{"pause", "pause [SERVICE...]"},
    Line{"port", "port [options] [--] SERVICE PRIVATE_PORT"},
    Line{"ps", "ps [options] [--] [SERVICE...]"},
    Line{"pull", "pull [options] [--] [SERVICE...]"},
    Line{"push", "push [options] [--] [SERVICE...]"},
    Line{"restart", "restart [options] [--] [SERVICE...]"},
    Line{"rm", "rm [options] [--] [SERVICE...]"},
    Line{
        "run",
        "\n    run [options] [-v VOLUME...] [-p PORT...] [-e KEY=VAL...] [-l KEY=VALUE...] [--]\n"
        "        SERVICE [COMMAND] [ARGS...]"},
    Line{"scale", "scale [options] [SERVICE=NUM...]"},
    Line{"start", "start [SERVICE...]"},
    Line{"stop", "stop [options] [--] [SERVICE...]"},
    Line{"top", "top [SERVICE...]"},
    Line{"unpause", "unpause [SERVICE...]"},
    Line{"up", "up [options] [--scale SERVICE=NUM...] [--] [SERVICE...]"},
    Line{"version", "version [--short]"},
};

} // namespace

std::string_view usage_line(std::string_view verb) {
    const auto* const found = std::find_if(lines.begin(), lines.end(), [&](const Line& line) {
        return line.verb == verb;
    });
    return found == lines.end() ? std::string_view() : found->rest;
}

} // namespace orch::cmd::ui
