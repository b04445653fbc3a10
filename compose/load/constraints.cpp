#include "compose/load/constraints.hpp"

#include "compose/load/keys.hpp"
#include "compose/load/values/sizes.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace orch::compose::load {

namespace {

bool has_upper_case(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void check_source(const RawService& service, Findings& findings) {
    const bool image = service.mentions("image");
    const bool build = service.mentions("build");
    const auto place = [&service](std::string_view key) {
        const auto* value = service.options.find(key);
        return value == nullptr ? service.mark : value->mark;
    };
    const bool base_unknown = service.base_missing || service.wrong.contains("extends");
    const bool misspelt =
        std::any_of(service.wrong.begin(), service.wrong.end(), [](const std::string& key) {
            const auto meant = suggest_key(key);
            return meant == "image" || meant == "build";
        });
    if (!image && !build && !base_unknown && !misspelt)
        findings.add(
            service.mark,
            "Service {} has neither an image nor a build context specified. At least one "
            "must be provided.",
            service.name
        );
    if (image && build)
        findings.add(
            place("build"),
            "Service {} has both an image and build path specified. A service can either be "
            "built to image or use an existing image, not both.",
            service.name
        );
    else if (image && service.mentions("dockerfile"))
        findings.add(
            place("dockerfile"),
            "Service {} has both an image and alternate Dockerfile. A service can either be "
            "built to image or use an existing image, not both.",
            service.name
        );
    if (build && has_upper_case(service.name))
        findings.add(
            service.mark,
            "Service '{}' contains uppercase characters which are not valid as part of an "
            "image name. Either use a lowercase service name or use the `image` field to "
            "set a custom name for the service image.",
            service.name
        );
}

bool is_empty(const yaml::Node& value) {
    return value.scalar.empty() && value.items.empty() && value.entries.empty();
}

/// The engine refuses these together: the network is another container's, or the host's.
void check_network(const RawService& service, Findings& findings) {
    const auto* net = service.options.find("net");
    if (net == nullptr)
        return;
    const auto conflict = [&](std::string_view key) {
        const auto* value = service.options.find(key);
        if (value != nullptr && !is_empty(*value))
            findings.add(
                value->mark,
                "{0}.{1} is invalid: conflicting options: '{1}' and 'net: {2}'",
                service.name,
                key,
                net->scalar
            );
    };
    if (net->scalar.starts_with("container:"))
        for (const char* key :
             {"dns",
              "expose",
              "external_links",
              "extra_hosts",
              "hostname",
              "links",
              "mac_address",
              "ports"})
            conflict(key);
    if (net->scalar == "host")
        for (const char* key : {"external_links", "links", "mac_address"})
            conflict(key);
}

/// The engine counts memory into the sum of memory and swap.
void check_memory(const RawService& service, Findings& findings) {
    const auto* memory = service.options.find("mem_limit");
    const auto* sum = service.options.find("memswap_limit");
    if (memory == nullptr || sum == nullptr)
        return;
    const auto limit = values::parse_bytes(*memory);
    const auto total = values::parse_bytes(*sum);
    if (limit.ok() && total.ok() && total.value > 0 && total.value < limit.value)
        findings.add(
            sum->mark,
            "{}.memswap_limit is invalid: it is memory and swap together and cannot be less than "
            "'mem_limit'",
            service.name
        );
}

} // namespace

void check_container_names(const RawServices& services, Findings& findings) {
    std::map<std::string_view, const RawService*> owners;
    for (const auto& service : services.all()) {
        const auto* name = service.options.find("container_name");
        if (name == nullptr)
            continue;
        const auto [owner, fresh] = owners.emplace(name->scalar, &service);
        if (!fresh)
            findings.add(
                name->mark,
                "{}.container_name is invalid: '{}' is the name of the container of '{}' already",
                service.name,
                name->scalar,
                owner->second->name
            );
    }
}

void check_constraints(const RawService& service, Findings& findings) {
    check_source(service, findings);
    check_network(service, findings);
    check_memory(service, findings);
}

} // namespace orch::compose::load
