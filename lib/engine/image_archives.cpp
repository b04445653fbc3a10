#include "lib/engine/image_archives.hpp"

#include "lib/engine/read.hpp"
#include "lib/engine/reference.hpp"
#include "lib/engine/shared.hpp"
#include "lib/engine/stream.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

void ImageArchives::save(
    const std::string& reference, const std::function<bool(std::string_view bytes)>& on_bytes
) {
    engine_.shared_->require(
        {.method = "GET",
         .path = "/images/" + escape_reference(reference) + "/get",
         .on_chunk = on_bytes,
         .timeout = no_limit},
        engine_.stop_
    );
}

void ImageArchives::load(const std::function<std::size_t(std::span<char>)>& archive) {
    ObjectStream objects([](const nlohmann::json& object) {
        read_stream_event(object); // throws what it says of a failure
        return true;
    });
    engine_.shared_->require(
        {.method = "POST",
         .path = "/images/load",
         .query = {{"quiet", flag(true)}},
         .body_source = archive,
         .headers = {{"Content-Type", "application/x-tar"}},
         .on_chunk = [&](std::string_view chunk) { return objects.feed(chunk); },
         .timeout = no_limit},
        engine_.stop_
    );
}

std::vector<std::string> ImageArchives::ids() {
    const auto rows =
        engine_.shared_->ask({.method = "GET", .path = "/images/json"}, engine_.stop_);
    std::vector<std::string> ids;
    for (const auto& row : rows)
        ids.push_back(row.value("Id", ""));
    return ids;
}

bool ImageArchives::in_containerd() {
    constexpr std::string_view snapshotter = "io.containerd.snapshotter";
    const auto info = engine_.info();
    const auto status = info.find("DriverStatus");
    return status != info.end() && status->dump().find(snapshotter) != std::string::npos;
}

} // namespace orch::engine
