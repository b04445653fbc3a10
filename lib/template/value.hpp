// Values as Go sees decoded JSON: number_float is float64, number_integer is int, null is nil.
#pragma once

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <utility>

namespace orch::templates {

/// A JSON value, or none at all: a key that is not there. `boxed` tells that Go would hold it as
/// interface {}, which is what elements of maps and lists are: a nil in such a box is known to be
/// nil, and errors call the type by the box.
class Value {
  public:
    Value() = default;

    /// A result of its own.
    static Value of(nlohmann::json json) {
        return {std::make_shared<const nlohmann::json>(std::move(json)), false};
    }

    /// Part of the data, which outlives the value.
    static Value refer(const nlohmann::json& json) {
        return {std::shared_ptr<const nlohmann::json>(std::shared_ptr<void>(), &json), false};
    }

    /// An element of this value, kept alive with it.
    [[nodiscard]] Value element(const nlohmann::json& json) const {
        return {std::shared_ptr<const nlohmann::json>(json_, &json), true};
    }

    /// What is inside the box; nothing if that is nil.
    [[nodiscard]] Value unboxed() const {
        return boxed_ && json_->is_null() ? Value() : Value(json_, false);
    }

    [[nodiscard]] bool missing() const noexcept { return json_ == nullptr; }

    [[nodiscard]] bool boxed() const noexcept { return boxed_; }

    /// The JSON; null if it is missing.
    [[nodiscard]] const nlohmann::json& json() const {
        static const nlohmann::json null;
        return missing() ? null : *json_;
    }

  private:
    Value(std::shared_ptr<const nlohmann::json> json, bool boxed)
        : json_(std::move(json)), boxed_(boxed) {}

    std::shared_ptr<const nlohmann::json> json_;
    bool boxed_ = false;
};

/// Go's name of the value's type: "float64", "map[string]interface {}" ...
std::string type_name(const nlohmann::json& json);
std::string type_name(const Value& value);

/// Not empty, not zero, not nil.
bool is_true(const Value& value);

} // namespace orch::templates
