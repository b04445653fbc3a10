#include "compose/images.hpp"

#include "compose/observe.hpp"
#include "compose/selection.hpp"
#include "lib/tasks/group.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace orch::compose {

namespace {

constexpr std::size_t parallel_calls = 8;
constexpr const char* nameless = "<none>";

using Images = std::map<std::string, engine::Image>; // by id

Images inspect_all(
    const Hosts& hosts,
    const std::vector<ObservedContainer>& containers,
    const std::stop_token& stop
) {
    Images images;
    std::map<std::string, const ObservedContainer*> users;
    for (const auto& container : containers) {
        images[container.image_id];
        users[container.image_id] = &container;
    }
    std::mutex mutex; // guards the values of images
    tasks::Group group(parallel_calls, stop);
    for (const auto& user : users)
        group.spawn([&](const std::stop_token& token) {
            const auto& [id, container] = user;
            auto found = hosts.of(*container).with(token).inspect_image(id);
            const std::lock_guard lock(mutex);
            if (found)
                images.at(id) = std::move(*found);
        });
    group.wait();
    return images;
}

ImagesRow
row_of(const Project& project, const ObservedContainer& container, const engine::Image& image) {
    ImagesRow row{
        .container = container.name,
        .repository = nameless,
        .tag = nameless,
        .id = container.image_id,
        .size = image.size};
    const auto* service = project.find(container.service);
    const auto wanted = service == nullptr ? std::string() : project.image_of(*service);
    const auto& tags = image.tags;
    auto tag = std::find_if(tags.begin(), tags.end(), [&](const std::string& candidate) {
        return candidate == wanted || candidate == wanted + ":latest";
    });
    if (tag == tags.end())
        tag = tags.begin();
    if (tag == tags.end())
        return row;
    const auto colon = tag->rfind(':'); // a tag is always there; a port may stand before it
    row.repository = tag->substr(0, colon);
    row.tag = tag->substr(colon + 1);
    return row;
}

} // namespace

std::vector<ImagesRow> images(
    const Project& project, const Hosts& hosts, const std::vector<std::string>& services, Job& job
) {
    auto containers =
        containers_of(project, observe_containers(hosts, project.name), services, Oneoffs::with);
    std::erase_if(containers, [](const auto& container) {
        return container.oneoff && !container.running();
    });
    const auto known = inspect_all(hosts, containers, job.stop);
    std::vector<ImagesRow> rows;
    for (const auto& container : containers)
        rows.push_back(row_of(project, container, known.at(container.image_id)));
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.container < b.container;
    });
    return rows;
}

} // namespace orch::compose
