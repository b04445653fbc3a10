// Any text either parses or is refused with a place.
#include "lib/yaml/node.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        static_cast<void>(orch::yaml::parse(text, "fuzz.yml"));
    } catch (const orch::yaml::SyntaxError& error) {
        if (error.mark().line < 1 || error.mark().column < 1)
            std::abort();
    }
    return 0;
}
