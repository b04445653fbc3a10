#include "lib/engine/filters.hpp"

#include <algorithm>

namespace orch::engine {

namespace {

/// One of the values, where there are some.
bool is_wanted(const Filters& filters, const char* key, const std::string& value) {
    const auto wanted = filters.find(key);
    return wanted == filters.end() || wanted->second.empty() ||
           std::find(wanted->second.begin(), wanted->second.end(), value) != wanted->second.end();
}

bool has(const Labels& labels, const std::string& word) {
    const auto equals = word.find('=');
    const auto found = labels.find(word.substr(0, equals));
    return found != labels.end() &&
           (equals == std::string::npos || found->second == word.substr(equals + 1));
}

} // namespace

bool labels_fit(const Filters& filters, const Labels& labels) {
    const auto wanted = filters.find("label");
    return wanted == filters.end() ||
           std::all_of(wanted->second.begin(), wanted->second.end(), [&](const std::string& word) {
               return has(labels, word);
           });
}

/// "exec_start: /bin/true" is an "exec_start".
bool event_fits(const Filters& filters, const EngineEvent& event) {
    return is_wanted(filters, "type", event.type) &&
           is_wanted(filters, "event", event.action.substr(0, event.action.find(':'))) &&
           labels_fit(filters, event.attributes);
}

} // namespace orch::engine
