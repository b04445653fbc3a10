// Variables in any text: a result or a refusal; doubling the dollars of a result gives it again.
#include "compose/load/interpolate.hpp"
#include "lib/base/text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const orch::os::Environment variables({{"A", "1"}, {"EMPTY", ""}, {"D", "a$b"}});
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto result = orch::compose::load::interpolate(text, variables);
    if (result.invalid || result.missing)
        return 0;
    const auto doubled = orch::text::replace_all(result.text, "$", "$$");
    if (orch::compose::load::interpolate(doubled, variables).text != result.text)
        std::abort();
    return 0;
}
