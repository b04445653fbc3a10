// .dockerignore: lines up to the first empty one are the patterns, what follows are paths to match.
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/dockerignore.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto end = text.find("\n\n");
    try {
        const orch::engine::Dockerignore ignore(text.substr(0, end), ".dockerignore");
        if (end != std::string_view::npos)
            for (const auto& path : orch::text::split(text.substr(end + 2), '\n'))
                static_cast<void>(ignore.excludes(path));
    } catch (const orch::Error&) {
        return 0; // a bad pattern
    }
    return 0;
}
