#include "lib/engine/standalone.hpp"

#include "lib/engine/shared.hpp"
#include "lib/engine/store_answer.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

bool Standalone::there() { return engine_.shared_->standalone(engine_.stop_); }

ClassicInfo Standalone::info() { return read_classic_info(engine_.info()); }

std::vector<ImageSummary> Standalone::images(const std::string& node) {
    const auto rows = engine_.shared_->ask(
        {.method = "GET", .path = "/images/json", .query = with_filters({{"node", {node}}})},
        engine_.stop_
    );
    std::vector<ImageSummary> images;
    for (const auto& row : rows) {
        images.push_back(
            {.id = text_at(row, "/Id"),
             .tags = {},
             .created = number_at<std::int64_t>(row, "/Created")}
        );
        for (const auto& tag : at(row, "/RepoTags"))
            if (tag.is_string())
                images.back().tags.push_back(tag.get<std::string>());
    }
    return images;
}

} // namespace orch::engine
