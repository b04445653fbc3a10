// Any text is a project or is refused with findings; a project is written as a file that means the
// same.
#include "compose/hash.hpp"
#include "compose/load/load.hpp"
#include "lib/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace load = orch::compose::load;

namespace {

const orch::os::Environment
    environment({{"HOME", "/nonexistent"}, {"WORD", "word"}, {"PORT", "8000"}});

std::optional<orch::compose::Project> loaded(std::string text) {
    load::Source source;
    source.files = {"-"};
    source.project_name = "fuzz";
    source.working_dir = "/nonexistent";
    source.standard_input = std::move(text);
    source.check_builds = false;
    try {
        return load::load(source, environment).project;
    } catch (const orch::Error&) {
        return std::nullopt;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto first = loaded({reinterpret_cast<const char*>(data), size});
    if (!first)
        return 0;
    const auto written = load::to_yaml(*first);
    const auto second = loaded(written);
    if (!second || load::to_yaml(*second) != written ||
        second->services.size() != first->services.size())
        std::abort();
    for (const auto& service : first->services)
        if (orch::compose::config_hash(service) !=
            orch::compose::config_hash(*second->find(service.name)))
            std::abort();
    return 0;
}
