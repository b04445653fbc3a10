#include "compose/model/project.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace orch::compose {

namespace {

using Index = std::unordered_map<std::string_view, std::size_t>;

/// As docker-compose 1.29.2: the engine takes no name that begins with '-' or '_'.
std::string_view name_prefix(std::string_view project) {
    const auto start = project.find_first_not_of("-_");
    return start == std::string_view::npos ? std::string_view{} : project.substr(start);
}

Index index_of(const std::vector<Service>& services) {
    Index index;
    for (std::size_t i = 0; i < services.size(); ++i)
        index.emplace(services[i].name, i);
    return index;
}

[[noreturn]] void fail_unknown(const std::string& name, const std::vector<Service>& services) {
    std::vector<std::string> known;
    known.reserve(services.size());
    for (const auto& service : services)
        known.push_back(service.name);
    std::sort(known.begin(), known.end());
    Error error(Kind::not_found, "No such service: {}", name);
    if (known.empty())
        error.hint("the file has no services");
    else
        error.hint("the services are: {}", text::join(known, ", "));
    throw error;
}

} // namespace

const Service* Project::find(std::string_view service) const noexcept {
    for (const auto& candidate : services)
        if (candidate.name == service)
            return &candidate;
    return nullptr;
}

std::vector<const Service*>
Project::select(const std::vector<std::string>& names, bool with_dependencies) const {
    const auto index = index_of(services);
    std::vector<bool> wanted(services.size(), names.empty());
    for (const auto& wish : names) {
        const auto found = index.find(wish);
        if (found == index.end())
            fail_unknown(wish, services);
        wanted[found->second] = true;
    }
    // Dependencies stand before their dependants, so one walk from the back reaches all of them.
    for (auto i = services.size(); with_dependencies && i-- > 0;)
        if (wanted[i])
            for (const auto& dependency : services[i].dependencies())
                if (const auto found = index.find(dependency); found != index.end())
                    wanted[found->second] = true;
    std::vector<const Service*> result;
    for (std::size_t i = 0; i < services.size(); ++i)
        if (wanted[i])
            result.push_back(&services[i]);
    return result;
}

std::string Project::image_of(const Service& service) const {
    if (!service.build)
        return service.image;
    return fmt::format("{}_{}", name_prefix(name), service.name);
}

std::string Project::container_name(const Service& service, int number) const {
    if (!service.container_name.empty())
        return service.container_name;
    return fmt::format("{}_{}_{}", name_prefix(name), service.name, number);
}

std::string Project::oneoff_name(const Service& service, std::string_view slug) const {
    return fmt::format("{}_{}_run_{}", name_prefix(name), service.name, slug.substr(0, 12));
}

} // namespace orch::compose
