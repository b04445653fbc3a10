#include "machine/wishes.hpp"

#include "lib/base/text.hpp"

#include <fmt/format.h>

namespace orch::machine {

namespace {

using Json = nlohmann::ordered_json;
using drivers::Values;

Json to_json(const Values::Value& value) {
    return std::visit([](const auto& held) { return Json(held); }, value);
}

/// The kept value of an option, or nothing if it is not kept or of another kind.
std::optional<Values::Value> from_json(const Json& kept, const Values::Value& like) {
    return std::visit(
        [&](const auto& held) -> std::optional<Values::Value> {
            try {
                return kept.get<std::decay_t<decltype(held)>>();
            } catch (const Json::exception&) {
                return std::nullopt;
            }
        },
        like
    );
}

std::string shown(const std::string& text) { return '"' + text + '"'; }

std::string shown(const std::vector<std::string>& list) {
    return "[" + text::join(list, " ") + "]";
}

template <class Value>
std::string compared(const char* option, const Value& now, const Value& asked) {
    if (now == asked)
        return {};
    return fmt::format("--{} is {}, not {}", option, shown(now), shown(asked));
}

std::string engine_difference(const Machine& machine, const CreateRequest& request) {
    const auto& now = machine.engine;
    const auto& asked = request.engine;
    for (const auto& found : {
             compared("engine-opt", now.arbitrary_flags, asked.arbitrary_flags),
             compared("engine-env", now.env, asked.env),
             compared("engine-insecure-registry", now.insecure_registry, asked.insecure_registry),
             compared("engine-label", now.labels, asked.labels),
             compared("engine-registry-mirror", now.registry_mirror, asked.registry_mirror),
             compared("engine-storage-driver", now.storage_driver, asked.storage_driver),
             compared("tls-san", machine.auth.server_sans, request.server_sans),
             compared("swarm-discovery", machine.swarm.discovery, request.swarm.discovery),
         })
        if (!found.empty())
            return found;
    return {};
}

std::string swarm_difference(const SwarmOptions& now, const SwarmOptions& asked) {
    const auto role = [](const SwarmOptions& swarm) {
        return swarm.master  ? "a master of a swarm"
               : swarm.agent ? "an agent of a swarm"
                             : "in no swarm";
    };
    if (now.master == asked.master && now.agent == asked.agent)
        return {};
    return fmt::format("it is {}, not {}", role(now), role(asked));
}

std::string
driver_difference(const Machine& machine, const Values& asked, const drivers::Info& info) {
    if (!machine.wishes.is_object())
        return {};
    for (const auto& option : info.options) {
        const auto kept = machine.wishes.find(option.name);
        const auto wish = asked.all().find(option.name);
        if (option.secret || kept == machine.wishes.end() || wish == asked.all().end())
            continue;
        if (const auto now = to_json(wish->second); now != *kept)
            return fmt::format("--{} is {}, not {}", option.name, kept->dump(), now.dump());
    }
    return {};
}

} // namespace

Json wishes_of(const drivers::Info& info, const Values& values) {
    auto wishes = Json::object();
    for (const auto& option : info.options)
        if (const auto found = values.all().find(option.name);
            !option.secret && found != values.all().end())
            wishes[option.name] = to_json(found->second);
    return wishes;
}

Values values_of(const Machine& machine, const drivers::Info& info, const Values& given) {
    auto values = given;
    if (!machine.wishes.is_object())
        return values;
    for (const auto& option : info.options) {
        const auto kept = machine.wishes.find(option.name);
        const auto like = given.all().find(option.name);
        if (kept == machine.wishes.end() || like == given.all().end())
            continue;
        if (auto value = from_json(*kept, like->second))
            values.set(option.name, *std::move(value));
    }
    return values;
}

std::string
difference(const Machine& machine, const CreateRequest& request, const drivers::Info& info) {
    if (machine.driver != request.driver)
        return fmt::format("its driver is {}, not {}", machine.driver, request.driver);
    if (auto found = driver_difference(machine, request.options, info); !found.empty())
        return found;
    if (auto found = engine_difference(machine, request); !found.empty())
        return found;
    return swarm_difference(machine.swarm, request.swarm);
}

} // namespace orch::machine
