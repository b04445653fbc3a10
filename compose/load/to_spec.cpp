#include "compose/load/to_spec.hpp"

#include "compose/load/common_keys.hpp"
#include "compose/load/spec_names.hpp"
#include "compose/load/values/volumes.hpp"
#include "lib/base/text.hpp"
#include "lib/yaml/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace orch::compose::load {

namespace {

using Texts = std::vector<std::string>;

/// A placement hint of standalone Swarm, written as a variable: "constraint:node==n1".
struct Hint {
    std::string text;
    std::string constraint; // of the specification; empty: there is none for it
};

/// `name` and `value` are the two sides of the first '=' of the variable.
Hint read_hint(const std::string& name, const std::string& value) {
    Hint hint{.text = name + "=" + value, .constraint = {}};
    const auto rule = hint.text.substr(hint.text.find(':') + 1);
    const auto at = std::min(rule.find("=="), rule.find("!="));
    if (!name.starts_with("constraint:") || at == std::string::npos || at == 0)
        return hint;
    const auto wanted = rule.substr(at + 2);
    const bool exact = !wanted.empty() && wanted.find_first_of("~*?/") == std::string::npos;
    const auto key = rule.substr(0, at);
    if (exact)
        hint.constraint = fmt::format(
            "{} {} {}",
            key == "node" ? "node.hostname" : "node.labels." + key,
            rule.substr(at, 2),
            wanted
        );
    return hint;
}

bool may_be_declared(std::string_view volume) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return volume.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_hint(const std::string& variable) {
    return variable.starts_with("constraint:") || variable.starts_with("affinity:");
}

/// "label:user:x" is the old way to write "label=user:x".
std::string security_text(std::string option) {
    for (const std::string_view name : {"label", "apparmor", "seccomp"})
        if (option.starts_with(name) && option.size() > name.size() && option[name.size()] == ':')
            option[name.size()] = '=';
    return option;
}

std::string from_text(const VolumesFrom& from) {
    const auto source = from.is_service ? from.source : "container:" + from.source;
    return from.mode == "rw" ? source : source + ":" + from.mode;
}

/// Writes one service; what belongs to the top level is collected on the way.
class Converter {
  public:
    Converter(const Project& project, const SpecOptions& options)
        : project_(project), options_(options), names_(project) {}

    std::string run() {
        std::map<std::string, std::string> blocks; // by service
        for (const auto& service : project_.services)
            blocks[service.name] = block(service);
        std::string result = head();
        result += blocks.empty() ? "services: {}\n" : "services:\n";
        for (const auto& [name, text] : blocks)
            result += "  " + yaml::write_string(name) + ":\n" + text;
        return result + top_level("networks", networks_) + top_level("volumes", volumes_);
    }

  private:
    [[nodiscard]] std::string head() const {
        auto name = project_.name;
        name.erase(0, name.find_first_not_of("-_"));
        auto result = comment_lines(
            fmt::format(
                "Made by orch from a version 1 file. Comments say what means something else. "
                "docker compose calls containers {0}-SERVICE-1, version 1 {0}_SERVICE_1; those "
                "that are there are made anew under the new name.",
                name
            ),
            ""
        );
        const bool networked =
            std::any_of(project_.services.begin(), project_.services.end(), [this](const auto& s) {
                return joins(s);
            });
        if (networked)
            result += comment_lines(
                "Services are on a network of the project, no more on the bridge that all "
                "containers of the engine share: they reach one another by name, linked or not, "
                "and links set no variables such as DB_PORT.",
                ""
            );
        if (name != project_.name)
            result += comment_lines(
                fmt::format(
                    "The project was called {}; a name begins with a letter or digit.",
                    project_.name
                ),
                ""
            );
        return result + KeyWriter::member_line("name", value_text(name)) + "\n";
    }

    static std::string top_level(const char* key, const std::map<std::string, KeyWriter>& members) {
        if (members.empty())
            return {};
        std::string result = fmt::format("{}:\n", key);
        for (const auto& [name, member] : members)
            result += "  " + yaml::write_string(name) + ":\n" + member.finish();
        return result;
    }

    /// Whether the service is on the project's network.
    [[nodiscard]] bool joins(const Service& service) const {
        return !options_.keep_bridge && names_.on_bridge(service);
    }

    std::string block(const Service& service) {
        KeyWriter out(4);
        write_common(service, out);
        write_labels(service, out);
        write_source(service, out);
        write_network(service, out);
        write_links(service, out);
        write_logging(service, out);
        write_environment(service, out);
        write_volumes(service, out);
        out.list("security_opt", each(service.security_opt, security_text));
        return out.finish();
    }

    static void write_labels(const Service& service, KeyWriter& out) {
        auto labels = service.labels;
        if (labels.erase("") == 0)
            return;
        out.note("", "Left out: the label without a name, which is not allowed here.");
        out.mapping("labels", labels, quoted_text);
    }

    void write_source(const Service& service, KeyWriter& out) const {
        out.text("image", project_.image_of(service));
        if (!service.build)
            return;
        Texts lines{KeyWriter::member_line("context", value_text(service.build->context))};
        if (!service.build->dockerfile.empty())
            lines.push_back(
                KeyWriter::member_line("dockerfile", value_text(service.build->dockerfile))
            );
        out.block("build", lines);
        out.note("image", "The name that version 1 gave to the image it built.");
    }

    void write_network(const Service& service, KeyWriter& out) {
        const auto& network = service.network;
        if (network.kind == NetworkMode::Kind::service) {
            out.text("network_mode", "service:" + network.name);
        } else if (network.kind == NetworkMode::Kind::container) {
            out.text("network_mode", "container:" + network.name);
        } else if (names_.on_bridge(service)) {
            if (options_.keep_bridge)
                out.text("network_mode", "bridge");
            else
                write_aliases(service, out);
        } else if (names_.on_own_network(service)) {
            out.list("networks", {network.name});
            auto& declared = networks_.try_emplace(network.name, 4).first->second;
            declared.text("name", network.name);
            declared.flag("external", true);
        } else {
            out.text("network_mode", network.name);
        }
    }

    void write_aliases(const Service& service, KeyWriter& out) const {
        const auto aliases = names_.aliases_of(service);
        if (aliases.empty())
            return;
        Texts lines{"default:", "  aliases:"};
        for (const auto& alias : aliases)
            lines.push_back("  - " + value_text(alias));
        out.block("networks", lines);
        out.note(
            "networks",
            fmt::format(
                "{} {} for every service of the project now, not only for those that link.",
                text::join(aliases, ", "),
                aliases.size() == 1 ? "is a name" : "are names"
            )
        );
    }

    void write_links(const Service& service, KeyWriter& out) const {
        Texts links;
        std::set<std::string> needs;
        for (const auto& link : service.links) {
            const auto* target = names_.find(link.service);
            if (!joins(service) || target == nullptr || !joins(*target))
                links.push_back(link_text(link));
            else if (link.alias != link.service && names_.ambiguous(link.alias)) {
                links.push_back(link_text(link));
                out.note(
                    "links",
                    fmt::format(
                        "{} means different things to different services, so this stays a link.",
                        link.alias
                    )
                );
            } else {
                needs.insert(link.service);
            }
            if (target != nullptr && joins(service) && !joins(*target))
                out.note(
                    "links",
                    fmt::format(
                        "{} is not on the network of the project: this link does not work.",
                        link.service
                    )
                );
        }
        out.list("links", links);
        if (!links.empty())
            out.note(
                "links", "When a linked service is restarted, docker compose restarts this one too."
            );
        out.list("depends_on", {needs.begin(), needs.end()});
        if (!needs.empty())
            out.note(
                "depends_on",
                fmt::format(
                    "Linked to in version 1, which also gave names like {0}_1 and {1}_{0}_1.",
                    *needs.begin(),
                    project_.name
                )
            );
        write_external(service, out);
    }

    void write_external(const Service& service, KeyWriter& out) const {
        out.list("external_links", each(service.external_links, link_text));
        if (!service.external_links.empty() && joins(service))
            out.note(
                "external_links",
                "Works only for a container on the same network: join it to the project's with "
                "docker network connect, or name its network here as an external one."
            );
    }

    static void write_logging(const Service& service, KeyWriter& out) {
        Texts lines;
        if (!service.log_driver.empty())
            lines.push_back(KeyWriter::member_line("driver", value_text(service.log_driver)));
        if (!service.log_opt.empty())
            lines.emplace_back("options:");
        for (const auto& [name, value] : service.log_opt)
            lines.push_back("  " + KeyWriter::member_line(name, quoted_text(value)));
        out.block("logging", lines);
    }

    static void write_environment(const Service& service, KeyWriter& out) {
        std::map<std::string, std::optional<std::string>> variables;
        Texts constraints;
        for (const auto& [name, value] : service.environment) {
            if (!is_hint(name)) {
                variables.emplace(name, value);
                continue;
            }
            const auto hint = read_hint(name, value.value_or(""));
            if (!hint.constraint.empty())
                constraints.push_back("  - " + value_text(hint.constraint));
            if (hint.constraint.empty())
                out.note("", "Left out: " + hint.text + ", a hint for standalone Swarm only.");
            else
                out.note(
                    "deploy",
                    hint.text + " in version 1; docker compose up ignores it, docker stack "
                                "deploy does not."
                );
        }
        out.mapping("environment", variables, variable_text);
        note_environment(service, variables, out);
        if (!constraints.empty()) {
            constraints.insert(constraints.begin(), {"placement:", "  constraints:"});
            out.block("deploy", constraints);
        }
    }

    static void note_environment(
        const Service& service,
        const std::map<std::string, std::optional<std::string>>& variables,
        KeyWriter& out
    ) {
        if (!service.env_files.empty())
            out.note(
                "environment",
                fmt::format(
                    "With what {} said; changes there have no effect here.",
                    text::join(service.env_files, ", ")
                )
            );
        for (const auto& [name, value] : variables)
            if (!value)
                out.note(
                    "environment",
                    fmt::format(
                        "{} had no value: version 1 took it from the image's variables, here the "
                        "image's stays.",
                        name
                    )
                );
    }

    void write_volumes(const Service& service, KeyWriter& out) {
        out.list("volumes_from", each(service.volumes_from, from_text));
        for (const auto& volume : service.volumes) {
            if (volume.anonymous() && !service.volume_driver.empty())
                out.note(
                    "volumes",
                    fmt::format(
                        "{}: the driver {} cannot be given to an anonymous volume here.",
                        volume.target,
                        service.volume_driver
                    )
                );
            if (volume.anonymous() || volume.bind())
                continue;
            if (may_be_declared(volume.source))
                declare_volume(volume.source, service.volume_driver);
            else
                out.note("volumes", volume.source + " is no name that a volume can have.");
        }
    }

    /// Version 1 makes a named volume when it is first used, under exactly this name.
    void declare_volume(const std::string& name, const std::string& driver) {
        const auto [place, fresh] = volumes_.try_emplace(name, 4);
        if (!fresh)
            return;
        auto& declared = place->second;
        declared.text("name", name);
        if (!driver.empty() && driver != "local") {
            declared.text("driver", driver);
            declared.note("", "docker compose warns if it is there already; that does no harm.");
            return;
        }
        declared.flag("external", true);
        declared.note(
            "",
            fmt::format(
                "Version 1 made it when it was missing; here it must be there: docker volume "
                "create {}.",
                name
            )
        );
    }

    const Project& project_;
    const SpecOptions& options_;
    SpecNames names_;
    std::map<std::string, KeyWriter> networks_; // of the top level, by name
    std::map<std::string, KeyWriter> volumes_;
};

} // namespace

std::string to_spec(const Project& project, const SpecOptions& options) {
    return Converter(project, options).run();
}

} // namespace orch::compose::load
