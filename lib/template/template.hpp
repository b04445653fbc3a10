// Go's text/template as far as --format needs it: output identical to Go's for generic (JSON) data.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace orch::templates {

/// A parsed template. Supports text, {{.A.B}}, {{- trim -}}, comments, pipelines, $variables,
/// if/else if/else, range/else, with/else, end, parentheses; functions json, prettyjson, printf,
/// print, println, len, index, eq ne lt le gt ge and or not, join, upper, lower, title, split.
/// Not: define, template, block, break, continue. Upper and lower case are those of ASCII.
class Template {
  public:
    /// Throws Error(invalid) "template parsing error: template: :LINE: ..." as Go words it.
    explicit Template(std::string_view text);
    ~Template();
    Template(Template&&) noexcept;

    /// Runs on `data`. Printing rules of Go for decoded JSON: a missing key or null is "<no
    /// value>", an array "[a b]", an object "map[k:v]" with sorted keys, whole floats without
    /// point. Throws Error(invalid) for what Go refuses while executing.
    [[nodiscard]] std::string run(const nlohmann::json& data) const;

    /// With `strict`, an unknown top-level field is an error "can't evaluate field X in type T" as
    /// for Go structs (docker-machine ls --format), instead of "<no value>".
    [[nodiscard]] std::string
    run_strict(const nlohmann::json& data, std::string_view type_name) const;

  private:
    struct Program;
    std::unique_ptr<Program> program_;
};

} // namespace orch::templates
