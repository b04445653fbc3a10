#include "drivers/driver.hpp"

namespace orch::drivers {

std::string_view state_name(State state) {
    switch (state) {
    case State::none:
        return "";
    case State::running:
        return "Running";
    case State::paused:
        return "Paused";
    case State::saved:
        return "Saved";
    case State::stopped:
        return "Stopped";
    case State::stopping:
        return "Stopping";
    case State::starting:
        return "Starting";
    case State::error:
        return "Error";
    case State::timeout:
        return "Timeout";
    case State::not_found:
        return "NotFound";
    }
    return "";
}

std::string_view power_name(Power power) {
    switch (power) {
    case Power::start:
        return "start";
    case Power::stop:
        return "stop";
    case Power::restart:
        return "restart";
    case Power::kill:
        return "kill";
    }
    return "";
}

} // namespace orch::drivers
