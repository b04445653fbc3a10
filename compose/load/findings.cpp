#include "compose/load/findings.hpp"

#include "compose/load/invalid_files.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace orch::compose::load {

namespace {

const std::string& file_of(const Finding& finding) {
    static const std::string unknown;
    return finding.mark.file ? *finding.mark.file : unknown;
}

/// Values of the file stand in messages: no line breaks and nothing that a terminal obeys.
std::string one_line(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n')
            result += "\\n";
        else if (byte < 0x20 || byte == 0x7f)
            result += fmt::format("\\x{:02x}", byte);
        else
            result += c;
    }
    return result;
}

} // namespace

void Findings::warn(std::string_view warning) {
    auto text = one_line(warning);
    if (warned_.insert(text).second)
        warnings_.push_back(std::move(text));
}

void Findings::raise() const {
    if (findings_.empty())
        return;
    std::map<std::string, std::size_t> order;
    for (const auto& file : files_)
        order.emplace(file, order.size());
    auto sorted = findings_;
    const auto place = [&order](const Finding& finding) {
        const auto file = order.find(file_of(finding));
        return std::tuple(
            file == order.end() ? order.size() : file->second,
            finding.mark.line,
            finding.mark.column,
            std::string_view(finding.message)
        );
    };
    std::stable_sort(sorted.begin(), sorted.end(), [&](const Finding& a, const Finding& b) {
        return place(a) < place(b);
    });
    std::vector<std::string> names;
    std::vector<std::string> lines;
    for (const auto& finding : sorted) {
        if (std::find(names.begin(), names.end(), file_of(finding)) == names.end())
            names.push_back(file_of(finding));
        lines.push_back(finding.mark.text() + ": " + one_line(finding.message));
    }
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    InvalidFiles error(std::move(names));
    for (auto& line : lines)
        error.detail(std::move(line));
    if (!hint_.empty())
        error.hint("{}", hint_);
    throw error;
}

} // namespace orch::compose::load
