#include "compose/load/discover.hpp"

#include "compose/load/values/env_file.hpp"
#include "compose/load/values/paths.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"

#include <optional>
#include <system_error>
#include <utility>

namespace orch::compose::load {

namespace {

const std::vector<std::string> file_names = {
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yml",
    "compose.yaml",
    "fig.yml",
    "fig.yaml"};
const std::vector<std::string> override_names = {
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
    "compose.override.yml",
    "compose.override.yaml"};

bool present(const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

std::filesystem::path
absolute(const std::filesystem::path& path, const std::filesystem::path& base) {
    return values::normal_path((base / path).string());
}

std::vector<std::string>
existing(const std::vector<std::string>& names, const std::filesystem::path& dir) {
    std::vector<std::string> found;
    for (const auto& name : names)
        if (present(dir / name))
            found.push_back(name);
    return found;
}

/// Where the user pointed: -f, else COMPOSE_FILE; nothing if neither.
std::vector<std::string> named_files(const Source& source, const os::Environment& variables) {
    if (!source.files.empty())
        return source.files;
    const auto separator = variables.get_or("COMPOSE_PATH_SEPARATOR", ":");
    std::vector<std::string> names;
    std::string_view rest;
    const auto list = variables.get_or("COMPOSE_FILE", "");
    rest = list;
    while (!rest.empty()) {
        const auto end = rest.find(separator);
        if (end != 0)
            names.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + separator.size());
    }
    return names;
}

class Discovery {
  public:
    Discovery(const Source& source, const os::Environment& environment, Findings& findings)
        : source_(source), environment_(environment), findings_(findings) {}

    Inputs run() {
        Inputs inputs;
        inputs.files = from_names(named_files(source_, environment_));
        if (inputs.files.empty())
            find_files(inputs);
        else
            inputs.variables = variables_in(directory_of(inputs.files));
        inputs.dir = directory_of(inputs.files);
        inputs.project = project_name(inputs);
        return inputs;
    }

  private:
    /// Nothing was named: an .env may name files, else they are looked for upwards.
    void find_files(Inputs& inputs) {
        const auto here = source_.project_directory.empty()
                              ? source_.working_dir
                              : absolute(source_.project_directory, source_.working_dir);
        inputs.variables = variables_in(here);
        inputs.files = from_names(named_files(source_, inputs.variables));
        if (!inputs.files.empty())
            return;
        inputs.files = search(here);
        if (const auto dir = directory_of(inputs.files); dir != here)
            inputs.variables = variables_in(dir);
    }

    [[nodiscard]] std::vector<Input> from_names(const std::vector<std::string>& names) const {
        std::vector<Input> files;
        files.reserve(names.size());
        for (const auto& name : names)
            if (name == "-")
                files.push_back({.shown = "standard input", .path = {}});
            else
                files.push_back({.shown = name, .path = absolute(name, source_.working_dir)});
        return files;
    }

    [[nodiscard]] std::filesystem::path directory_of(const std::vector<Input>& files) const {
        if (!source_.project_directory.empty())
            return absolute(source_.project_directory, source_.working_dir);
        return files.front().path.empty() ? source_.working_dir : files.front().path.parent_path();
    }

    std::vector<Input> search(const std::filesystem::path& here) {
        std::vector<std::filesystem::path> starts{source_.working_dir};
        if (here != source_.working_dir)
            starts.push_back(here);
        for (const auto& start : starts)
            for (auto dir = start;; dir = dir.parent_path()) {
                if (const auto found = existing(file_names, dir); !found.empty())
                    return chosen(found, dir);
                if (dir == dir.parent_path())
                    break;
            }
        Error error(
            Kind::not_found,
            "Can't find a suitable configuration file in this directory or "
            "any parent"
        );
        error.hint(
            "supported filenames: {}; another one can be named with -f",
            text::join(file_names, ", ")
        );
        throw error;
    }

    std::vector<Input>
    chosen(const std::vector<std::string>& found, const std::filesystem::path& dir) {
        const auto& winner = found.front();
        if (found.size() > 1) {
            findings_.warn(
                "Found multiple config files with supported names: " + text::join(found, ", ")
            );
            findings_.warn("Using " + winner);
        }
        if (winner.starts_with("fig."))
            findings_.warn(winner + " is deprecated; rename it to docker-compose.yml");
        std::vector<Input> files{input(dir / winner)};
        const auto overrides = existing(override_names, dir);
        if (overrides.size() > 1)
            throw Error(
                Kind::invalid, "Multiple override files found: {}", text::join(overrides, ", ")
            )
                .hint("keep one of them");
        if (!overrides.empty())
            files.push_back(input(dir / overrides.front()));
        return files;
    }

    [[nodiscard]] Input input(const std::filesystem::path& path) const {
        return {.shown = path.lexically_relative(source_.working_dir).string(), .path = path};
    }

    [[nodiscard]] os::Environment variables_in(const std::filesystem::path& dir) const {
        const auto path = source_.env_file.empty()
                              ? dir / ".env"
                              : absolute(source_.env_file, source_.working_dir);
        std::error_code error;
        if (!std::filesystem::is_regular_file(path, error)) {
            if (!source_.env_file.empty())
                throw Error(Kind::not_found, "Couldn't find env file: {}", path.string());
            return environment_;
        }
        auto all = environment_.all();
        std::map<std::string, std::string, std::less<>> below;
        const auto file = values::parse_env_file(fs::read_file(path), environment_);
        for (const auto line : file.unreadable)
            findings_.warn(fmt::format(
                "{}:{}: this is not NAME=VALUE and is left out; are the quotes closed?",
                path.string(),
                line
            ));
        for (const auto& variable : file.variables)
            if (variable.value)
                below.insert_or_assign(variable.name, *variable.value);
        all.merge(below);
        return os::Environment(std::move(all));
    }

    [[nodiscard]] std::string project_name(const Inputs& inputs) const {
        auto name = source_.project_name;
        if (name.empty())
            name = inputs.variables.get_or("COMPOSE_PROJECT_NAME", "");
        if (name.empty())
            name = inputs.dir.filename().string();
        if (name.empty())
            name = "default";
        auto project = project_name_from(name);
        if (project.find_first_not_of("-_") == std::string::npos)
            throw Error(Kind::invalid, "no letter or digit is left of the project name '{}'", name)
                .hint("choose a name with --project-name");
        return project;
    }

    const Source& source_;
    const os::Environment& environment_;
    Findings& findings_;
};

} // namespace

std::string project_name_from(std::string_view name) {
    auto result = text::lower(name);
    std::erase_if(result, [](char c) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        return !kept;
    });
    return result;
}

Inputs discover(const Source& source, const os::Environment& environment, Findings& findings) {
    return Discovery(source, environment, findings).run();
}

} // namespace orch::compose::load
