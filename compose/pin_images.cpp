#include "compose/pin_images.hpp"

#include "lib/base/error.hpp"
#include "lib/engine/reference.hpp"
#include "lib/tasks/group.hpp"

#include <map>

namespace orch::compose {

void pin_images(
    Project& project,
    engine::Engine& engine,
    const RegistryAuth& auth,
    std::size_t parallel,
    std::stop_token stop
) {
    std::map<std::string, std::vector<Service*>> users; // of an image
    for (auto& service : project.services)
        if (!service.build && service.image.find('@') == std::string::npos)
            users[service.image].push_back(&service);
    tasks::Group group(parallel, stop);
    for (const auto& [image, services] : users)
        group.spawn([&engine, &auth, image = image, services = services](const std::stop_token&) {
            const auto digest =
                doing("finding the digest of service " + services.front()->name, [&] {
                    return engine.registry_digest(image, auth ? auth(image) : "");
                });
            for (auto* service : services)
                service->image = engine::split_reference(image).repository + "@" + digest;
        });
    group.wait();
}

} // namespace orch::compose
