#include "compose/load/check.hpp"

#include "compose/load/keys.hpp"
#include "compose/load/values/items.hpp"
#include "compose/load/values/literal.hpp"
#include "compose/load/values/sizes.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace orch::compose::load {

namespace {

std::optional<bool> boolean_of(const std::string& text) {
    const auto word = text::lower(text);
    if (word == "y" || word == "yes" || word == "true" || word == "on")
        return true;
    if (word == "n" || word == "no" || word == "false" || word == "off")
        return false;
    return std::nullopt;
}

/// The text of "- KEY: VALUE", which YAML reads as a mapping of its own.
std::string item_text(const yaml::Node& value, char separator) {
    const bool pair = value.is(yaml::Type::mapping) && !value.entries.empty() &&
                      value.entries.front().value.is_scalar();
    if (!pair)
        return {};
    const auto& entry = value.entries.front();
    return entry.key.scalar + separator + entry.value.scalar;
}

/// Lists of NAME=VALUE; those of other keys are written with ':'.
char separator_of(const Key& key) {
    return key.name == "environment" || key.name == "labels" ? '=' : ':';
}

/// How to write the value so that it is a string, where that is what is missing.
std::string quoting_advice(std::string_view types, const yaml::Node& value) {
    const bool text = value.is_scalar() && !value.is(yaml::Type::null) &&
                      types.find('s') != std::string_view::npos;
    return text ? fmt::format(" (write \"{}\")", value.scalar) : "";
}

/// The same for an item of a list.
std::string item_advice(const Key& key, const yaml::Node& item) {
    const auto text = item_text(item, separator_of(key));
    if (text.empty() || key.items.find('s') == std::string_view::npos)
        return quoting_advice(key.items, item);
    if (item.entries.size() == 1)
        return fmt::format(" (write \"{}\")", text);
    return key.name == "ports" || key.name == "volumes" ? " (the long form is of later formats)"
                                                        : "";
}

/// The same for the whole value of a key.
std::string value_advice(const Key& key, const yaml::Node& value) {
    if (key.name == "build" && value.is(yaml::Type::mapping))
        return " (write build: FOLDER and dockerfile: FILE; the long form is of later formats)";
    if (key.types != "l" || key.items.find('s') == std::string_view::npos)
        return quoting_advice(key.types, value);
    const auto item = value.is_scalar() ? value.scalar : item_text(value, ':');
    if (item.starts_with("-"))
        return " (a space is missing behind the '-')";
    return item.empty() ? "" : fmt::format(" (write [\"{}\"])", item);
}

/// 8000 and "8000" are different items, 8000 and 8000.0 are not.
std::pair<bool, std::string> identity(const yaml::Node& item) {
    return {item.is(yaml::Type::string), item.as_text()};
}

class Checker {
  public:
    Checker(RawService& service, Findings& findings, bool variables_stay)
        : service_(service), findings_(findings), variables_stay_(variables_stay) {}

    void run() {
        std::erase_if(service_.options.entries, [this](yaml::Entry& entry) {
            path_ = service_.name + "." + entry.key.scalar;
            good_ = true;
            const bool keep = value_passes(entry);
            if (!keep || !good_)
                service_.wrong.insert(entry.key.scalar);
            return !keep;
        });
        check_swap();
    }

  private:
    template <class... Args>
    void report(const yaml::Mark& mark, fmt::format_string<Args...> format, Args&&... args) {
        findings_.add(mark, "{}", fmt::format(format, std::forward<Args>(args)...));
        good_ = false;
    }

    /// False if the whole key has to go; items that are wrong are taken out here.
    bool value_passes(yaml::Entry& entry) {
        const auto* key = find_key(entry.key.scalar);
        if (key == nullptr || !entry.key.is(yaml::Type::string)) {
            report_unknown(entry.key);
            return false;
        }
        auto& value = entry.value;
        if (is_open(value))
            return true;
        if (value.is_scalar() && !convert(value, key->conversion, path_))
            return false;
        if (!accepts(key->types, value)) {
            report(
                value.mark,
                "{} contains an invalid type, it should be {}{}",
                path_,
                describe_types(key->types),
                value_advice(*key, value)
            );
            return false;
        }
        if (value.is(yaml::Type::sequence))
            check_items(*key, value);
        else if (value.is(yaml::Type::mapping))
            check_members(*key, value);
        else if (key->rule != nullptr)
            return rule_holds(key->rule, value);
        return special_holds(*key, value);
    }

    void report_unknown(const yaml::Node& key) {
        const bool later = is_later_key(key.scalar);
        const auto meant = later ? "" : suggest_key(key.scalar);
        auto hint = meant.empty() ? "" : fmt::format(" (did you mean '{}'?)", meant);
        if (later)
            hint = " (a key of later formats, which 'docker compose' reads)";
        report(
            key.mark, "Unsupported config option for {}: '{}'{}", service_.name, key.as_text(), hint
        );
    }

    /// Its variables may still become anything.
    [[nodiscard]] bool is_open(const yaml::Node& value) const {
        return variables_stay_ && value.is(yaml::Type::string) &&
               value.scalar.find('$') != std::string::npos;
    }

    bool convert(yaml::Node& value, Conversion conversion, const std::string& path) {
        if (conversion == Conversion::none || !value.is(yaml::Type::string) || is_open(value))
            return true;
        const char* wanted = "boolean value";
        if (conversion == Conversion::integer) {
            wanted = "integer";
            if (const auto number = values::parse_integer(value); number.ok()) {
                value.type = yaml::Type::integer;
                value.integer = number.value;
                return true;
            }
        } else if (const auto boolean = boolean_of(value.scalar)) {
            value.type = yaml::Type::boolean;
            value.boolean = *boolean;
            return true;
        }
        report(
            value.mark,
            "Error while attempting to convert service.{} to appropriate type: \"{}\" is not a "
            "valid {}",
            path,
            value.scalar,
            wanted
        );
        return false;
    }

    bool rule_holds(Rule rule, const yaml::Node& value) {
        const auto problem = rule(value);
        if (!problem.empty())
            report(
                value.mark,
                "{} is invalid: {}{}",
                path_,
                problem,
                value.sexagesimal ? quoting_advice("s", value) : ""
            );
        return problem.empty();
    }

    bool type_holds(
        std::string_view types, const yaml::Node& value, const std::string& path, std::string advice
    ) {
        if (accepts(types, value)) {
            warn_of_sixties(value);
            return true;
        }
        report(
            value.mark,
            "{} contains {}, which is an invalid type, it should be {}{}",
            path,
            values::json_literal(value),
            describe_types(types),
            advice
        );
        return false;
    }

    /// The classic trap of ports: YAML 1.1 reads groups of sixty.
    void warn_of_sixties(const yaml::Node& value) {
        if (value.sexagesimal)
            findings_.warn(fmt::format(
                "{}: {} without quotes is the number {}; write \"{}\"",
                value.mark.text(),
                value.scalar,
                value.as_text(),
                value.scalar
            ));
    }

    void check_items(const Key& key, yaml::Node& list) {
        const auto all = key.unique ? values::python_literal(list) : "";
        std::set<std::pair<bool, std::string>> seen;
        bool repeated = false;
        std::erase_if(list.items, [&](const yaml::Node& item) {
            if (is_open(item))
                return false;
            if (!type_holds(key.items, item, path_, item_advice(key, item)) ||
                (key.item_rule != nullptr && !rule_holds(key.item_rule, item)))
                return true;
            if (!key.unique || seen.insert(identity(item)).second)
                return false;
            if (!std::exchange(repeated, true))
                report_repeated(key, item, all);
            return true;
        });
    }

    void report_repeated(const Key& key, const yaml::Node& item, const std::string& all) {
        if (key.types == "l")
            report(item.mark, "{} value {} has non-unique elements", path_, all);
        else
            report(
                item.mark,
                "{} contains non-unique items, please remove duplicates from {}",
                path_,
                all
            );
    }

    void check_members(const Key& key, yaml::Node& mapping) {
        std::erase_if(mapping.entries, [&](yaml::Entry& entry) {
            const auto path = path_ + "." + entry.key.scalar;
            if (entry.value.is_scalar() && !convert(entry.value, key.conversion, path))
                return true;
            return !is_open(entry.value) &&
                   !type_holds(
                       key.members, entry.value, path, quoting_advice(key.members, entry.value)
                   );
        });
    }

    bool special_holds(const Key& key, yaml::Node& value) {
        if (key.name == "environment")
            check_names(value);
        else if (key.name == "extra_hosts")
            check_hosts(value);
        else if (key.name == "ulimits")
            check_ulimits(value);
        else if (key.name == "extends")
            return extends_holds(value);
        return true;
    }

    void check_names(const yaml::Node& environment) {
        for (const auto& [key, value] : values::as_mapping(environment, '=', false).entries) {
            if (key.scalar.empty())
                report(key.mark, "{} is invalid: a variable has no name", path_);
            else if (key.scalar.find_first_of(" \t\r\n") != std::string::npos)
                report(
                    key.mark,
                    "environment variable name '{}' may not contain whitespace.",
                    key.scalar
                );
        }
    }

    void check_hosts(const yaml::Node& hosts) {
        for (const auto& [key, value] : values::as_mapping(hosts, ':', true).entries)
            if (key.scalar.empty() || value.as_text().empty())
                report(
                    key.mark,
                    "{} is invalid: '{}' should be of the format 'HOST:IP'",
                    path_,
                    key.scalar
                );
            else if (!variables_stay_ && !values::is_host_address(value.as_text()))
                report(
                    value.mark,
                    "{} is invalid: '{}' of '{}' is not an IP address",
                    path_,
                    value.as_text(),
                    key.scalar
                );
    }

    void check_ulimits(yaml::Node& ulimits) {
        std::erase_if(ulimits.entries, [this](yaml::Entry& entry) {
            const auto& name = entry.key.scalar;
            const bool named = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
                return c >= 'a' && c <= 'z';
            });
            if (!named)
                report(entry.key.mark, "{} contains unsupported option: '{}'", path_, name);
            return !named || !ulimit_holds(name, entry.value);
        });
    }

    bool ulimit_holds(const std::string& name, yaml::Node& value) {
        const auto path = path_ + "." + name;
        bool good = true;
        for (auto& [key, number] : value.entries) {
            if (key.scalar != "soft" && key.scalar != "hard") {
                report(key.mark, "{} contains unsupported option: '{}'", path, key.scalar);
                good = false;
            } else {
                const auto inner = path + "." + key.scalar;
                good = (is_open(number) || (convert(number, Conversion::integer, inner) &&
                                            type_holds("i", number, inner, ""))) &&
                       good;
            }
        }
        for (const char* required : {"hard", "soft"})
            if (value.is(yaml::Type::mapping) && value.find(required) == nullptr) {
                report(value.mark, "{} '{}' is a required property", path, required);
                good = false;
            }
        if (!good || variables_stay_)
            return good;
        const auto problem = values::parse_ulimit(value).problem;
        if (!problem.empty())
            report(
                value.mark, "Service '{}' has invalid ulimit '{}'. {}", service_.name, name, problem
            );
        return problem.empty();
    }

    bool extends_holds(const yaml::Node& extends) {
        for (const auto& entry : extends.entries)
            if (entry.key.scalar != "service" && entry.key.scalar != "file")
                report(
                    entry.key.mark, "{} contains unsupported option: '{}'", path_, entry.key.scalar
                );
        if (extends.is(yaml::Type::mapping) && extends.find("service") == nullptr && good_)
            report(extends.mark, "{} 'service' is a required property", path_);
        const auto* file = extends.find("file");
        if (file != nullptr && file->scalar.empty())
            report(file->mark, "{}.file is invalid: it is empty", path_);
        return good_;
    }

    /// Each file for itself, as docker-compose: an override cannot leave mem_limit to the other
    /// file.
    void check_swap() {
        const auto* swap = service_.options.find("memswap_limit");
        if (swap == nullptr || service_.mentions("mem_limit"))
            return;
        findings_.add(
            swap->mark,
            "{}.memswap_limit is invalid: when defining 'memswap_limit' you must set "
            "'mem_limit' as well",
            service_.name
        );
    }

    RawService& service_;
    Findings& findings_;
    std::string path_; // "web.ports", the key at hand
    bool good_ = true; // nothing was reported for it
    bool variables_stay_ = false;
};

} // namespace

void check(RawService& service, Findings& findings, bool variables_stay) {
    Checker(service, findings, variables_stay).run();
}

} // namespace orch::compose::load
