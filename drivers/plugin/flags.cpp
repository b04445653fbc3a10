#include "drivers/plugin/flags.hpp"

#include "drivers/plugin/rpc.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace orch::drivers::plugin {

namespace {

struct FlagType {
    std::string_view name;
    OptionKind kind;
};

constexpr std::array flag_types{
    FlagType{"*mcnflag.StringFlag", OptionKind::text},
    FlagType{"*mcnflag.IntFlag", OptionKind::integer},
    FlagType{"*mcnflag.StringSliceFlag", OptionKind::list},
    FlagType{"*mcnflag.BoolFlag", OptionKind::flag},
};

/// What only its owner may know is called one of these; plugins have no other way to tell.
constexpr std::array<std::string_view, 8> secret_words{
    "token", "password", "passwd", "passphrase", "secret", "api-key", "apikey", "access-key"};

bool is_secret(const std::string& name) {
    return std::any_of(secret_words.begin(), secret_words.end(), [&](std::string_view word) {
        return name.find(word) != std::string::npos;
    });
}

bool can_be_option(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= 100 && is_letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) {
               return is_letter(c) || c == '-' || c == '_' || c == '.';
           });
}

OptionKind kind_of(const gob::Value& flag) {
    for (const auto& type : flag_types)
        if (type.name == flag.type)
            return type.kind;
    throw Error(Kind::invalid, "its answer to GetCreateFlags holds a \"{}\"", flag.type);
}

std::string text_in(const gob::Value& flag, std::string_view field) {
    const auto* const found = flag.find(field);
    return found == nullptr ? std::string() : found->text(field);
}

/// The default as text; zero values are left out of the bytes.
std::string fallback_of(const gob::Value& flag, OptionKind kind) {
    const auto* const value = flag.find("Value");
    switch (kind) {
    case OptionKind::flag:
        return {};
    case OptionKind::text:
        return value == nullptr ? "" : value->text("a flag's default");
    case OptionKind::integer:
        return std::to_string(value == nullptr ? 0 : value->integer("a flag's default"));
    case OptionKind::list:
        break;
    }
    std::vector<std::string> items;
    if (value != nullptr)
        for (const auto& item : value->list("a flag's default"))
            items.push_back(item.text("a flag's default"));
    return text::join(items, ",");
}

Option option_from(const gob::Value& flag) {
    const auto kind = kind_of(flag);
    Option option{
        .name = text_in(flag, "Name"),
        .env = text_in(flag, "EnvVar"),
        .kind = kind,
        .fallback = fallback_of(flag, kind),
        .help = text_in(flag, "Usage"),
    };
    option.secret = is_secret(option.name);
    return option;
}

} // namespace

std::vector<Option> options_from(const gob::Value& flags) {
    std::vector<Option> options;
    std::set<std::string> names;
    if (std::holds_alternative<std::monostate>(flags.held))
        return options;
    for (const auto& flag : flags.list("its answer to GetCreateFlags")) {
        auto option = option_from(flag);
        if (can_be_option(option.name) && names.insert(option.name).second)
            options.push_back(std::move(option));
        else
            log::debug("plugin", "the flag \"{}\" is left out", option.name);
    }
    return options;
}

std::string encoded_flags(const Request& request) {
    auto values = request.values.all();
    values.emplace("swarm-master", request.swarm_master);
    values.emplace("swarm-host", request.swarm_host);
    values.emplace("swarm-discovery", request.swarm_discovery);
    values.emplace("engine-install-url", request.engine_install_url);
    std::string map;
    gob::put_unsigned(map, values.size());
    for (const auto& entry : values)
        std::visit([&](const auto& held) { put_entry(map, entry.first, held); }, entry.second);
    return map;
}

} // namespace orch::drivers::plugin
