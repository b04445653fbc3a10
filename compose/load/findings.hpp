// What loading has to say: findings that make the files invalid, and warnings.
#pragma once

#include "lib/yaml/node.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orch::compose::load {

struct Finding {
    yaml::Mark mark;
    std::string message;
};

class Findings {
  public:
    /// Findings are reported in the order in which their files were opened.
    void open(const std::string& file) { files_.push_back(file); }

    template <class... Args>
    void add(const yaml::Mark& mark, fmt::format_string<Args...> format, Args&&... args) {
        findings_.push_back({mark, fmt::format(format, std::forward<Args>(args)...)});
    }

    /// The next step to show when the findings are raised.
    void hint(std::string text) { hint_ = std::move(text); }

    /// A warning is kept once, however often it is given.
    void warn(std::string_view warning);

    [[nodiscard]] bool empty() const noexcept { return findings_.empty(); }

    [[nodiscard]] std::vector<std::string> take_warnings() { return std::move(warnings_); }

    /// Throws Error(invalid) with every finding, sorted by place, if there is one.
    void raise() const;

  private:
    std::vector<std::string> files_;
    std::vector<Finding> findings_;
    std::vector<std::string> warnings_;
    std::set<std::string> warned_;
    std::string hint_;
};

} // namespace orch::compose::load
