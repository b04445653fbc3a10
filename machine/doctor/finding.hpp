// What an examination says: data, for tables and programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orch::machine::doctor {

enum class Verdict { ok, warn, fail };

/// "ok", "warn", "fail"
std::string_view word(Verdict verdict);

struct Finding {
    std::string check; // "engine service"
    Verdict verdict = Verdict::ok;
    std::string text;     // what was found
    std::string remedy{}; // the command that mends it; empty if nothing is wrong or nothing helps
};

using Findings = std::vector<Finding>;

struct Report {
    std::string machine;
    std::string driver;  // empty if the config cannot be read
    std::string address; // empty if there is none
    Findings findings;

    /// The worst of all findings.
    [[nodiscard]] Verdict verdict() const;
};

} // namespace orch::machine::doctor
