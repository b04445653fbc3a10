// Text of a URL as it was before it was escaped.
#pragma once

#include <string>
#include <string_view>

namespace orch::test {

/// "sha256%3A1" is "sha256:1", "a+b" is "a b".
std::string unescape(std::string_view text);

} // namespace orch::test
