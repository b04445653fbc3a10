// The services of one compose file under one name.
#pragma once

#include "compose/model/service.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace orch::compose {

struct Project {
    std::string name;
    std::filesystem::path dir;                // base of relative paths, absolute
    std::vector<std::filesystem::path> files; // absolute; empty for standard input
    std::vector<Service> services;            // dependencies first, otherwise in file order

    /// Null if there is no such service.
    [[nodiscard]] const Service* find(std::string_view service) const noexcept;

    /// The named services (all if none is named) with everything they depend on, in order. Throws
    /// Error(not_found) "No such service: X" with what there is as the hint.
    [[nodiscard]] std::vector<const Service*>
    select(const std::vector<std::string>& names, bool with_dependencies) const;

    /// The image's name: as written, or "<project>_<service>" of a build.
    [[nodiscard]] std::string image_of(const Service& service) const;

    /// "<project>_<service>_<number>", or its container_name.
    [[nodiscard]] std::string container_name(const Service& service, int number) const;

    /// "<project>_<service>_run_<the first 12 characters of the slug>"
    [[nodiscard]] std::string oneoff_name(const Service& service, std::string_view slug) const;
};

/// Labels of docker-compose, by which both tools find each other's containers.
namespace labels {
inline constexpr const char* project = "com.docker.compose.project";
inline constexpr const char* service = "com.docker.compose.service";
inline constexpr const char* oneoff = "com.docker.compose.oneoff";
inline constexpr const char* slug = "com.docker.compose.slug"; // of one-offs, instead of a number
inline constexpr const char* number = "com.docker.compose.container-number";
inline constexpr const char* version = "com.docker.compose.version";
inline constexpr const char* config_hash = "com.docker.compose.config-hash";
inline constexpr const char* working_dir = "com.docker.compose.project.working_dir";
inline constexpr const char* config_files = "com.docker.compose.project.config_files";
} // namespace labels

} // namespace orch::compose
