// The Error that an action throws, for tests that look at more than its text.
#pragma once

#include "lib/base/error.hpp"

#include <type_traits>
#include <utility>

namespace orch::test {

template <class Action>
Error error_of(Action&& action) {
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Action>>)
            std::forward<Action>(action)();
        else [[maybe_unused]]
            const auto result = std::forward<Action>(action)();
    } catch (const Error& error) {
        return error;
    }
    return {Kind::internal, "nothing was thrown"};
}

} // namespace orch::test
