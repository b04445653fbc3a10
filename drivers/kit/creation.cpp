#include "drivers/kit/creation.hpp"

#include <utility>

namespace orch::drivers::kit {

void CreationSteps::say(std::string text, progress::Status status) const {
    job_.progress.emit({.id = access_.machine, .status = status, .text = std::move(text)});
}

void CreationSteps::note(const std::string& field, nlohmann::json value) {
    record_[field] = std::move(value);
    save_(record_);
}

} // namespace orch::drivers::kit
