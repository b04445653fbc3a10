#include "cmd/ui/help_page.hpp"

#include "cmd/options.hpp"
#include "cmd/ui/usage_lines.hpp"
#include "cmd/ui/width.hpp"
#include "cmd/verb.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::cmd::ui {

namespace {

struct Entry {
    std::string name;
    std::string text;
};

struct Section {
    std::string title;
    std::vector<Entry> entries;
};

constexpr std::size_t widest_name = 30; // longer ones put their text on the next line

/// `text` broken at spaces into lines that fit beside the names.
std::string folded(std::string_view text, std::size_t indent, std::size_t width) {
    const auto room = std::max<std::size_t>(width > indent ? width - indent : 0, 30);
    std::string lines;
    while (columns(text) > room) {
        auto end = cut(text, room + 1).rfind(' ');
        if (end == std::string_view::npos || end == 0)
            end = std::min(text.find(' '), text.size());
        lines += std::string(text.substr(0, end)) + "\n" + std::string(indent, ' ');
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines + std::string(text) + "\n";
}

std::string section_text(const Section& section, std::size_t width) {
    std::size_t widest = 0;
    for (const auto& entry : section.entries)
        if (columns(entry.name) <= widest_name)
            widest = std::max(widest, columns(entry.name));
    auto lines = "\n" + section.title + ":\n";
    const auto indent = widest + 5;
    for (const auto& entry : section.entries) {
        lines += "  " + pad(entry.name, widest);
        lines += columns(entry.name) > widest ? "\n" + std::string(indent, ' ') : "   ";
        lines += folded(entry.text, indent, width);
    }
    return lines;
}

Section& section_of(std::vector<Section>& sections, const std::string& title) {
    const auto found = std::find_if(sections.begin(), sections.end(), [&](const Section& section) {
        return section.title == title;
    });
    return found != sections.end() ? *found : sections.emplace_back(Section{title, {}});
}

/// CLI11's names of types, in words for people; names that the verb chose stay.
std::string value_name(const CLI::Option& option) {
    const auto type = option.get_type_name();
    if (type == "TEXT")
        return "VALUE";
    return type == "INT" || type == "UINT" || type == "FLOAT" ? "N" : type;
}

std::string spelling(const CLI::Option& option) {
    auto text = option.get_snames().empty() ? "    " : "-" + option.get_snames().front() + ", ";
    if (option.get_lnames().empty())
        text.resize(2);
    else
        text += "--" + option.get_lnames().front();
    if (option.get_items_expected_max() == 0)
        return text;
    return text + " " + value_name(option);
}

std::string option_text(const CLI::Option& option) {
    const auto fallback = option.get_default_str();
    if (option.get_items_expected_max() == 0 || fallback.empty() || fallback == "[]")
        return option.get_description();
    return fmt::format("{} (default: {})", option.get_description(), fallback);
}

std::string positional_usage(const CLI::Option& option) {
    auto name = text::upper(option.get_name());
    if (option.get_items_expected_max() > 1)
        name += "...";
    return option.get_required() ? name : "[" + name + "]";
}

std::vector<const CLI::Option*> options_of(const CLI::App& app, bool positional) {
    return app.get_options([positional](const CLI::Option* option) {
        return option->get_positional() == positional;
    });
}

std::string usage(const CLI::App& app, Persona persona) {
    auto line = "Usage: " + full_name(app) + " [OPTIONS]";
    if (is_group(app))
        return line + " COMMAND [arg...]\n";
    if (persona == Persona::docker_machine)
        return line + " [arg...]\n";
    if (const auto theirs = usage_line(app.get_name());
        persona == Persona::docker_compose && !theirs.empty())
        return fmt::format("Usage:{}{}\n", theirs.front() == '\n' ? "" : " ", theirs);
    for (const auto* const option : options_of(app, true))
        line += " " + positional_usage(*option);
    return line + "\n";
}

std::vector<Section> sections_of(const CLI::App& app) {
    std::vector<Section> sections;
    for (const auto* const verb : app.get_subcommands([](const CLI::App*) { return true; }))
        if (!verb->get_group().empty())
            section_of(sections, verb->get_group())
                .entries.push_back({verb->get_name(), verb->get_description()});
    for (const auto* const option : options_of(app, true))
        if (!option->get_description().empty())
            section_of(sections, "Arguments")
                .entries.push_back({text::upper(option->get_name()), option->get_description()});
    for (const auto* const option : options_of(app, false))
        if (is_shown(app, *option))
            section_of(sections, option->get_group())
                .entries.push_back({spelling(*option), option_text(*option)});
    return sections;
}

} // namespace

std::string help_page(const CLI::App& app, const Session& session) {
    const auto width = std::min<std::size_t>(session.console.out_size().columns, 100);
    auto page = usage(app, session.persona) + "\n" + app.get_description() + "\n";
    for (const auto& section : sections_of(app))
        page += section_text(section, width);
    if (const auto footer = app.get_footer(); !footer.empty())
        page += "\n" + session.spelled(footer) + "\n";
    if (is_group(app))
        page += fmt::format(
            "\nRun '{} COMMAND --help' for more information on a command.\n", full_name(app)
        );
    return page;
}

} // namespace orch::cmd::ui
