// Any text is a project or is refused with findings; a project is written as a file that means the
// same.
#include "compose/hash.hpp"
#include "compose/load/load.hpp"
#include "compose/load/to_spec.hpp"
#include "lib/base/error.hpp"
#include "lib/yaml/node.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace load = orch::compose::load;

namespace {

const orch::os::Environment
    environment({{"HOME", "/nonexistent"}, {"WORD", "word"}, {"PORT", "8000"}});

load::Source source_of(std::string text) {
    load::Source source;
    source.files = {"-"};
    source.project_name = "fuzz";
    source.working_dir = "/nonexistent";
    source.standard_input = std::move(text);
    source.check_builds = false;
    return source;
}

std::optional<orch::compose::Project> loaded(std::string text) {
    try {
        return load::load(source_of(std::move(text)), environment).project;
    } catch (const orch::Error&) {
        return std::nullopt;
    }
}

/// With variables as they stand, a file is refused or written as YAML.
void merge(std::string text) {
    std::string merged;
    try {
        merged = load::merge_only(source_of(std::move(text)), environment).yaml;
    } catch (const orch::Error&) {
        return;
    }
    static_cast<void>(orch::yaml::parse(merged, "merged")); // a failure is a finding
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    merge({reinterpret_cast<const char*>(data), size});
    const auto first = loaded({reinterpret_cast<const char*>(data), size});
    if (!first)
        return 0;
    for (const bool keep_bridge : {false, true})
        static_cast<void>(
            orch::yaml::parse(load::to_spec(*first, {.keep_bridge = keep_bridge}), "spec")
        );
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
