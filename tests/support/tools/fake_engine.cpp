// orch_fake_engine SOCKET [--api VERSION] [--min-api VERSION] [--image NAME]... [--offer NAME]...
// A fake Docker engine as a process of its own. Prints "ready" when it answers; ends with its
// standard input or a signal.
#include "tests/support/engine_server.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

[[noreturn]] void usage() {
    std::fputs(
        "usage: orch_fake_engine SOCKET [--api VERSION] [--min-api VERSION] [--image NAME]... "
        "[--offer NAME]...\n",
        stderr
    );
    std::exit(2);
}

void set_scene(orch::test::FakeEngine& engine, const std::vector<std::string>& arguments) {
    std::string api = "1.41";
    std::string min_api = "1.12";
    for (std::size_t i = 1; i < arguments.size(); i += 2) {
        if (i + 1 == arguments.size())
            usage();
        const auto& value = arguments[i + 1];
        if (arguments[i] == "--api")
            api = value;
        else if (arguments[i] == "--min-api")
            min_api = value;
        else if (arguments[i] == "--image")
            engine.add_image(value);
        else if (arguments[i] == "--offer")
            engine.offer_image(value);
        else
            usage();
    }
    engine.speak(api, min_api);
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty() || arguments[0].starts_with('-'))
        usage();
    try {
        orch::test::FakeEngine engine;
        set_scene(engine, arguments);
        const orch::test::EngineServer server(engine, arguments[0]);
        std::puts("ready");
        std::fflush(stdout);
        char ignored[256];
        while (::read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "orch_fake_engine: %s\n", error.what());
        return 1;
    }
    return 0;
}
