#include "compose/model/service.hpp"

#include <algorithm>
#include <string_view>

namespace orch::compose {

namespace {

constexpr std::string_view service_prefix = "service:";

} // namespace

bool Build::remote() const {
    constexpr std::string_view prefixes[] = {
        "http://", "https://", "git://", "github.com/", "git@"};
    return std::any_of(std::begin(prefixes), std::end(prefixes), [this](std::string_view prefix) {
        return context.starts_with(prefix);
    });
}

std::vector<std::string> Service::dependencies() const {
    std::vector<std::string> names;
    const auto add = [&names](std::string_view service) {
        if (std::find(names.begin(), names.end(), service) == names.end())
            names.emplace_back(service);
    };
    for (const auto& link : links)
        add(link.service);
    for (const auto& from : volumes_from)
        if (from.is_service)
            add(from.source);
    if (network.kind == NetworkMode::Kind::service)
        add(network.name);
    for (const std::string_view space : {std::string_view(ipc), std::string_view(pid)})
        if (space.starts_with(service_prefix))
            add(space.substr(service_prefix.size()));
    return names;
}

} // namespace orch::compose
