// The result of reading one value: the value, or what is wrong with it.
#pragma once

#include <string>
#include <utility>

namespace orch::compose::load::values {

template <class Value>
struct Parsed {
    Value value{};
    std::string problem; // empty: the value is good

    static Parsed failure(std::string what) { return {Value{}, std::move(what)}; }

    [[nodiscard]] bool ok() const noexcept { return problem.empty(); }
};

} // namespace orch::compose::load::values
