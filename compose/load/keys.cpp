#include "compose/load/keys.hpp"

#include "compose/load/values/items.hpp"
#include "compose/load/values/ports.hpp"
#include "compose/load/values/sizes.hpp"
#include "compose/load/values/volumes.hpp"
#include "compose/load/values/words.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace orch::compose::load {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/// What an engine would refuse in the name of an image.
std::string image(const yaml::Node& value) {
    std::string_view name = value.scalar;
    if (name.empty())
        return "it is empty";
    if (std::any_of(name.begin(), name.end(), is_space))
        return fmt::format("invalid reference format: '{}' has a space in it", name);
    name = name.substr(0, name.find('@'));
    const auto slash = name.find('/');
    const auto host = name.substr(0, slash);
    if (slash != std::string_view::npos && host.find_first_of(".:") != std::string_view::npos)
        name.remove_prefix(slash + 1);
    const auto colon = name.rfind(':');
    if (colon != std::string_view::npos && name.find('/', colon) == std::string_view::npos)
        name = name.substr(0, colon);
    const bool upper =
        std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return upper ? "invalid reference format: repository name must be lowercase" : "";
}

std::string not_empty(const yaml::Node& value) { return value.scalar.empty() ? "it is empty" : ""; }

/// A command in one string; the items of a list are words already.
std::string words(const yaml::Node& value) { return values::split_words(value.scalar).problem; }

std::string port(const yaml::Node& value) { return values::parse_ports(value.as_text()).problem; }

std::string expose(const yaml::Node& value) {
    return values::parse_expose(value.as_text()).problem;
}

std::string volume(const yaml::Node& value) { return values::parse_volume(value.scalar).problem; }

std::string volumes_from(const yaml::Node& value) {
    return values::parse_volumes_from(value.scalar).problem;
}

std::string link(const yaml::Node& value) { return values::parse_link(value.scalar).problem; }

std::string device(const yaml::Node& value) { return values::parse_device(value.scalar).problem; }

std::string restart(const yaml::Node& value) { return values::parse_restart(value.scalar).problem; }

std::string integer(const yaml::Node& value) { return values::parse_integer(value).problem; }

std::string microseconds(const yaml::Node& value) {
    return values::parse_microseconds(value).problem;
}

std::string bytes_from(const yaml::Node& value, std::int64_t least) {
    const auto bytes = values::parse_bytes(value);
    if (bytes.ok() && bytes.value < least)
        return fmt::format("'{}' is less than {}", value.as_text(), least);
    return bytes.problem;
}

std::string bytes(const yaml::Node& value) { return bytes_from(value, 0); }

std::string bytes_or_unlimited(const yaml::Node& value) { return bytes_from(value, -1); }

std::string percent(const yaml::Node& value) {
    const bool good = value.fits && value.integer >= 0 && value.integer <= 100;
    return good ? "" : fmt::format("{} is not between 0 and 100", value.as_text());
}

std::string security_option(const yaml::Node& value) {
    const bool good = value.scalar == "no-new-privileges" ||
                      value.scalar.find_first_of(":=") != std::string::npos;
    return good ? "" : fmt::format("Invalid security_opt: {}", value.scalar);
}

std::string container_name(const yaml::Node& value) {
    const auto& name = value.scalar;
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const bool good = name.size() > 1 && plain(name.front()) &&
                      std::all_of(name.begin(), name.end(), [plain](char c) {
                          return plain(c) || c == '_' || c == '.' || c == '-';
                      });
    return good
               ? ""
               : fmt::format(
                     "Invalid container name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", name
                 );
}

/// Six pairs of hexadecimal digits with ':' or '-' between.
std::string mac_address(const yaml::Node& value) {
    const auto& text = value.scalar;
    bool good = text.size() == 17 || text.empty();
    for (std::size_t i = 0; good && i < text.size(); ++i) {
        const std::string_view allowed = i % 3 == 2 ? ":-" : "0123456789abcdefABCDEF";
        good = allowed.find(text[i]) != std::string_view::npos;
    }
    return good ? "" : fmt::format("'{}' is not a MAC address, e.g. 02:42:ac:11:00:02", text);
}

std::string network(const yaml::Node& value) {
    return value.scalar == "container:" ? "'container:' needs a name" : "";
}

constexpr auto append = Merging::append;
constexpr auto by_target = Merging::by_target;
constexpr auto mappings = Merging::mappings;
constexpr auto replace = Merging::replace;
constexpr auto unite = Merging::unite;
constexpr auto to_boolean = Conversion::boolean;
constexpr auto to_integer = Conversion::integer;

constexpr Key
list(std::string_view name, std::string_view items, Merging merging, Rule rule = nullptr) {
    return {
        .name = name,
        .types = "l",
        .items = items,
        .unique = true,
        .merging = merging,
        .item_rule = rule};
}

constexpr Key one_or_list(std::string_view name, Merging merging, Rule rule = nullptr) {
    return {
        .name = name,
        .types = "sl",
        .items = "s",
        .unique = true,
        .merging = merging,
        .rule = rule,
        .item_rule = rule};
}

constexpr Key list_or_mapping(std::string_view name, std::string_view members) {
    return {
        .name = name,
        .types = "ml",
        .items = "s",
        .members = members,
        .unique = true,
        .merging = mappings};
}

/// Sorted by name. What no column can say of `environment`, `extends`, `extra_hosts` and `ulimits`
/// is in check.cpp.
constexpr Key keys[] = {
    {.name = "build", .types = "s", .rule = not_empty},
    list("cap_add", "s", unite),
    list("cap_drop", "s", unite),
    {.name = "cgroup_parent", .types = "s"},
    {.name = "command", .types = "sl", .items = "s", .rule = words},
    {.name = "container_name", .types = "s", .rule = container_name},
    {.name = "cpu_quota", .types = "ns", .rule = microseconds},
    {.name = "cpu_shares", .types = "ns", .rule = integer},
    {.name = "cpuset", .types = "s"},
    list("devices", "s", by_target, device),
    one_or_list("dns", unite),
    one_or_list("dns_search", unite),
    {.name = "dockerfile", .types = "s"},
    {.name = "domainname", .types = "s"},
    {.name = "entrypoint", .types = "sl", .items = "s", .rule = words},
    one_or_list("env_file", append, not_empty),
    list_or_mapping("environment", "sn0"),
    list("expose", "sn", unite, expose),
    {.name = "extends", .types = "sm", .members = "s"},
    list("external_links", "s", unite, link),
    list_or_mapping("extra_hosts", "sn"),
    {.name = "hostname", .types = "s"},
    {.name = "image", .types = "s", .rule = image},
    {.name = "ipc", .types = "s"},
    list_or_mapping("labels", "snb0"),
    list("links", "s", replace, link),
    {.name = "log_driver", .types = "s"},
    {.name = "log_opt", .types = "m", .members = "sn0"},
    {.name = "mac_address", .types = "s", .rule = mac_address},
    {.name = "mem_limit", .types = "ns", .rule = bytes},
    {.name = "mem_swappiness", .types = "i", .conversion = to_integer, .rule = percent},
    {.name = "memswap_limit", .types = "ns", .rule = bytes_or_unlimited},
    {.name = "net", .types = "s", .rule = network},
    {.name = "pid", .types = "s0"},
    list("ports", "sn", unite, port),
    {.name = "privileged", .types = "b", .conversion = to_boolean},
    {.name = "read_only", .types = "b", .conversion = to_boolean},
    {.name = "restart", .types = "s", .rule = restart},
    list("security_opt", "s", unite, security_option),
    {.name = "shm_size", .types = "ns", .rule = bytes},
    {.name = "stdin_open", .types = "b", .conversion = to_boolean},
    {.name = "stop_signal", .types = "s"},
    {.name = "tty", .types = "b", .conversion = to_boolean},
    {.name = "ulimits",
     .types = "m",
     .members = "im",
     .merging = mappings,
     .conversion = to_integer},
    {.name = "user", .types = "s"},
    {.name = "volume_driver", .types = "s"},
    list("volumes", "s", by_target, volume),
    list("volumes_from", "s", replace, volumes_from),
    {.name = "working_dir", .types = "s"},
};

static_assert(std::is_sorted(std::begin(keys), std::end(keys), [](const Key& a, const Key& b) {
    return a.name < b.name;
}));

struct Slip {
    std::string_view written;
    std::string_view meant;
};

/// Slips that docker-compose knows, and words of later formats.
constexpr Slip slips[] = {
    {"add_host", "extra_hosts"}, {"cap", "cap_add"},
    {"cmd", "command"},          {"cpu_share", "cpu_shares"},
    {"depends_on", "links"},     {"device", "devices"},
    {"env", "environment"},      {"environments", "environment"},
    {"envs", "environment"},     {"extra_host", "extra_hosts"},
    {"hosts", "extra_hosts"},    {"interactive", "stdin_open"},
    {"link", "links"},           {"log_options", "log_opt"},
    {"logging", "log_driver"},   {"mem", "mem_limit"},
    {"memory", "mem_limit"},     {"memory_swap", "memswap_limit"},
    {"name", "container_name"},  {"network", "net"},
    {"network_mode", "net"},     {"port", "ports"},
    {"privilege", "privileged"}, {"priviliged", "privileged"},
    {"privilige", "privileged"}, {"volume", "volumes"},
    {"work_dir", "working_dir"}, {"workdir", "working_dir"},
};

/// Keys of a service in later formats that nothing in version 1 stands for.
constexpr std::string_view later_keys[] = {
    "args",
    "blkio_config",
    "cgroup",
    "configs",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpus",
    "credential_spec",
    "deploy",
    "develop",
    "device_cgroup_rules",
    "dns_opt",
    "gpus",
    "group_add",
    "healthcheck",
    "init",
    "isolation",
    "mem_reservation",
    "models",
    "networks",
    "oom_kill_disable",
    "oom_score_adj",
    "pids_limit",
    "platform",
    "profiles",
    "provider",
    "pull_policy",
    "runtime",
    "scale",
    "secrets",
    "stop_grace_period",
    "storage_opt",
    "sysctls",
    "tmpfs",
    "userns_mode",
    "uts"};

std::vector<std::string> key_names() {
    std::vector<std::string> names;
    for (const auto& key : keys)
        names.emplace_back(key.name);
    return names;
}

std::string_view type_word(char letter) {
    switch (letter) {
    case 's':
        return "string";
    case 'n':
        return "number";
    case 'i':
        return "integer";
    case 'b':
        return "boolean";
    case 'l':
        return "array";
    case 'm':
        return "object";
    default:
        return "null";
    }
}

std::string with_article(std::string_view word) {
    const bool vowel = std::string_view("aeiou").find(word.front()) != std::string_view::npos;
    return fmt::format("{} {}", vowel ? "an" : "a", word);
}

} // namespace

bool accepts(std::string_view types, const yaml::Node& value) {
    const auto has = [types](std::string_view letters) {
        return types.find_first_of(letters) != std::string_view::npos;
    };
    switch (value.type) {
    case yaml::Type::string:
        return has("s");
    case yaml::Type::integer:
        return has("ni");
    case yaml::Type::floating:
        return has("n");
    case yaml::Type::boolean:
        return has("b");
    case yaml::Type::null:
        return has("0");
    case yaml::Type::sequence:
        return has("l");
    case yaml::Type::mapping:
        return has("m");
    case yaml::Type::timestamp:
        return false;
    }
    return false;
}

std::string describe_types(std::string_view types) {
    auto text = with_article(type_word(types.front()));
    for (std::size_t i = 1; i + 1 < types.size(); ++i)
        text += fmt::format(", {}", type_word(types[i]));
    if (types.size() > 1)
        text += ", or " + with_article(type_word(types.back()));
    return text;
}

const Key* find_key(std::string_view name) {
    const auto* found = std::lower_bound(
        std::begin(keys),
        std::end(keys),
        name,
        [](const Key& key, std::string_view wanted) { return key.name < wanted; }
    );
    return found != std::end(keys) && found->name == name ? found : nullptr;
}

bool is_later_key(std::string_view name) {
    return std::find(std::begin(later_keys), std::end(later_keys), name) != std::end(later_keys);
}

std::string suggest_key(std::string_view name) {
    const auto* slip =
        std::find_if(std::begin(slips), std::end(slips), [name](const Slip& candidate) {
            return candidate.written == name;
        });
    return slip != std::end(slips) ? std::string(slip->meant) : text::nearest(name, key_names());
}

} // namespace orch::compose::load
