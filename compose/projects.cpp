#include "compose/projects.hpp"

#include "compose/model/project.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace orch::compose {

namespace {

struct Tally {
    std::map<std::string, int> states;
    std::vector<std::string> files; // each once, in order of appearance

    void add_files(const std::string& listed) {
        for (const auto& file : text::split(listed, ','))
            if (!file.empty() && std::find(files.begin(), files.end(), file) == files.end())
                files.push_back(file);
    }

    [[nodiscard]] std::string status() const {
        std::vector<std::string> parts;
        for (const auto& [state, count] : states)
            parts.push_back(fmt::format("{}({})", state, count));
        return text::join(parts, ", ");
    }
};

} // namespace

std::vector<ProjectRow> projects(engine::Engine& engine, const ProjectsOptions& options) {
    std::map<std::string, Tally> tallies;
    for (const auto& container :
         engine.list_containers({{"label", {labels::project}}}, options.all)) {
        const auto name = container.labels.find(labels::project);
        if (name == container.labels.end() || name->second.find(options.name) == std::string::npos)
            continue;
        auto& tally = tallies[name->second];
        ++tally.states[container.state];
        if (const auto files = container.labels.find(labels::config_files);
            files != container.labels.end())
            tally.add_files(files->second);
    }
    std::vector<ProjectRow> rows;
    for (const auto& [name, tally] : tallies)
        rows.push_back({name, tally.status(), text::join(tally.files, ",")});
    return rows;
}

} // namespace orch::compose
