// Files of variables, .env and env_file.
#include "compose/load/values/env_file.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const orch::os::Environment environment({{"A", "1"}});
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& variable :
         orch::compose::load::values::parse_env_file(text, environment).variables)
        if (variable.name.empty())
            std::abort();
    return 0;
}
