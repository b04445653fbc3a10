// Variables in the values of a service.
#pragma once

#include "compose/load/context.hpp"
#include "compose/load/raw.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::compose::load {

struct Interpolated {
    std::string text;
    std::vector<std::string> unset;     // variables that were replaced by nothing
    std::optional<std::string> missing; // the message of a ${NAME:?message} that applies
    bool invalid = false;               // a '$' that starts none of the forms
};

/// Replaces $NAME, ${NAME} and, as an extension to version 1, ${NAME:-default}, ${NAME-default},
/// ${NAME:?message}, ${NAME?message}, ${NAME:+instead} and ${NAME+instead}; $$ is a plain '$'.
Interpolated interpolate(std::string_view text, const os::Environment& variables);

/// Interpolates every string value of `service`; keys stay.
void interpolate(RawService& service, Context& context);

} // namespace orch::compose::load
