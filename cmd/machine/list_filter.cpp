#include "cmd/machine/list_filter.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <array>
#include <regex>

namespace orch::cmd::machine {

namespace {

constexpr std::array known_keys{"driver", "state", "name", "swarm", "label"};

std::regex name_pattern(const std::string& value) {
    try {
        return std::regex(value, std::regex::ECMAScript);
    } catch (const std::regex_error& error) {
        throw Error(Kind::invalid, "error parsing regexp: `{}`: {}", value, error.what());
    }
}

bool same(const std::string& a, const std::string& b) { return text::lower(a) == text::lower(b); }

/// "k=v" matches that label, its value in any case; "k" alone any value of it.
bool has_label(const std::vector<std::string>& labels, const std::string& wanted) {
    const auto equals = wanted.find('=');
    const auto key = wanted.substr(0, equals);
    return std::any_of(labels.begin(), labels.end(), [&](const std::string& label) {
        const auto at = label.find('=');
        if (label.substr(0, at) != key)
            return false;
        if (equals == std::string::npos)
            return true;
        return at != std::string::npos && same(label.substr(at + 1), wanted.substr(equals + 1));
    });
}

bool matches_one(
    const orch::machine::Listed& row, const std::string& key, const std::string& value
) {
    if (key == "driver")
        return same(row.driver, value);
    if (key == "state")
        return same(std::string(drivers::state_name(row.state)), value);
    if (key == "name")
        return std::regex_search(row.name, name_pattern(value));
    if (key == "label")
        return has_label(row.engine.labels, value);
    return std::any_of(row.masters.begin(), row.masters.end(), [&](const std::string& master) {
        return same(master, value);
    });
}

} // namespace

ListFilter::ListFilter(const std::vector<std::string>& filters) {
    for (const auto& filter : filters) {
        const auto equals = filter.find('=');
        if (equals == std::string::npos)
            throw Error(Kind::invalid, "Unsupported filter syntax")
                .hint("filters look like state=Running");
        const auto key = text::lower(filter.substr(0, equals));
        if (std::find(known_keys.begin(), known_keys.end(), key) == known_keys.end())
            throw Error(Kind::invalid, "Unsupported filter key '{}'", key)
                .hint("there are driver, state, name, swarm and label");
        const auto value = filter.substr(equals + 1);
        if (key == "name")
            name_pattern(value);
        values_[key].push_back(value);
    }
}

bool ListFilter::accepts_stored(const orch::machine::Store& store, const std::string& name) const {
    if (values_.empty())
        return true;
    try {
        const auto machine = store.load(name);
        return matches({.name = name, .driver = machine.driver, .engine = machine.engine});
    } catch (const Error&) {
        return false;
    }
}

void ListFilter::apply(std::vector<orch::machine::Listed>& rows, bool quiet) const {
    if (values_.empty())
        return;
    std::erase_if(rows, [&](const orch::machine::Listed& row) {
        return row.loaded ? !matches(row) : quiet;
    });
}

bool ListFilter::matches(const orch::machine::Listed& row) const {
    return std::all_of(values_.begin(), values_.end(), [&](const auto& entry) {
        return std::any_of(entry.second.begin(), entry.second.end(), [&](const std::string& value) {
            return matches_one(row, entry.first, value);
        });
    });
}

} // namespace orch::cmd::machine
