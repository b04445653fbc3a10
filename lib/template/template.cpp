#include "lib/template/template.hpp"

#include "lib/template/evaluator.hpp"
#include "lib/template/functions.hpp"
#include "lib/template/parser.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace orch::templates {

namespace {

/// Decoded JSON has only floats in Go, so that 22 is printed by %d as %!d(float64=22).
nlohmann::json with_floats(nlohmann::json json) {
    if (json.is_structured())
        for (auto& item : json)
            item = with_floats(std::move(item));
    else if (json.is_number())
        json = json.get<double>();
    return json;
}

} // namespace

struct Template::Program : Script {};

Template::Template(std::string_view text)
    : program_(std::make_unique<Program>(Program{
          {std::string(text),
           parse(text, [](std::string_view name) { return find_function(name) != nullptr; })}})) {}

Template::~Template() = default;
Template::Template(Template&&) noexcept = default;

std::string Template::run(const nlohmann::json& data) const {
    return evaluate(*program_, with_floats(data), {});
}

std::string Template::run_strict(const nlohmann::json& data, std::string_view type_name) const {
    return evaluate(*program_, data, type_name);
}

} // namespace orch::templates
