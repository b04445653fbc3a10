#include "compose/swarm/images.hpp"

#include "compose/swarm/copy_image.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/reference.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/group.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>

namespace orch::compose::swarm {

namespace {

constexpr std::size_t tag_digits = 12;

/// One image and where it is wanted.
struct Wanted {
    std::vector<std::string> services;
    std::set<std::string> nodes; // host names
    bool built = false;
};

/// Engines leave the parts out of a name that mean Docker Hub.
std::string familiar(std::string repository) {
    for (const std::string_view part : {"index.docker.io/", "docker.io/", "library/"})
        if (repository.starts_with(part))
            repository.erase(0, part.size());
    return repository;
}

bool is_name(const std::string& reference) {
    return !reference.starts_with("sha256:") && reference.find('@') == std::string::npos;
}

/// "web:orch-0123456789ab"
std::string own_tag(const std::string& reference, const engine::Image& image) {
    const auto digits = image.id.substr(image.id.find(':') + 1, tag_digits);
    return engine::split_reference(reference).repository + ":orch-" + digits;
}

std::map<std::string, Wanted>
wanted_images(const Project& project, const std::vector<placement::Place>& places) {
    std::map<std::string, Wanted> images;
    for (const auto& place : places) {
        const auto* service = project.find(place.service);
        if (service == nullptr)
            continue;
        auto& wanted = images[project.image_of(*service)];
        wanted.services.push_back(service->name);
        wanted.nodes.insert(place.nodes.begin(), place.nodes.end());
        wanted.built = wanted.built || service->build.has_value();
    }
    return images;
}

/// One image on its way to its nodes.
class Delivery {
  public:
    Delivery(
        std::string reference,
        const Wanted& wanted,
        engine::Engine& source,
        const NodeEngine& nodes,
        const ProvideOptions& options,
        Job& job
    )
        : reference_(std::move(reference)), wanted_(wanted), source_(source), nodes_(nodes),
          options_(options), job_(job) {}

    std::string run() {
        image_ = here();
        const auto pinned = wanted_.built ? std::string() : registry_name(image_, reference_);
        if (!pinned.empty() && pulled_everywhere(pinned))
            return pinned;
        look();
        copy();
        return same_everywhere() ? image_.id : by_own_tag();
    }

  private:
    struct Site {
        std::string node;
        engine::Engine engine;
        std::optional<engine::Image> image; // what it has under our id, or else our name
    };

    /// The image on the source.
    engine::Image here() {
        auto found = source_.inspect_image(reference_);
        if (!found && !wanted_.built) {
            pull(source_, reference_, reference_);
            found = source_.inspect_image(reference_);
        }
        if (!found)
            throw Error(
                Kind::not_found,
                "Service '{}' needs the image {}, which the engine does not have",
                wanted_.services.front(),
                reference_
            )
                .hint("build it first: orch compose build {}", wanted_.services.front());
        return *std::move(found);
    }

    void pull(engine::Engine& engine, const std::string& reference, const std::string& subject) {
        const progress::Event event{.id = subject, .text = "Pulling"};
        job_.progress.emit(event);
        pull_image(
            engine,
            {.reference = reference, .subject = subject, .auth = options_.auth, .output = {}},
            job_.progress
        );
        auto done = event;
        done.status = progress::Status::done;
        job_.progress.emit(done);
    }

    /// Does `work` for every node at the same time.
    void on_each(const std::function<void(const std::string& node, const std::stop_token&)>& work) {
        tasks::Group group(options_.parallel, job_.stop);
        for (const auto& node : wanted_.nodes)
            group.spawn([&](const std::stop_token& stop) { work(node, stop); });
        group.wait();
    }

    /// False if a node cannot: then it is copied, as far as it has to be.
    bool pulled_everywhere(const std::string& pinned) {
        std::mutex mutex;
        std::set<std::string> failed;
        on_each([&](const std::string& node, const std::stop_token& stop) {
            try {
                auto engine = nodes_(node).with(stop);
                if (!engine.inspect_image(pinned))
                    pull(engine, pinned, reference_ + " on " + node);
            } catch (const Error& error) {
                if (error.kind() == Kind::cancelled)
                    throw;
                log::debug("compose", "{} on {}: {}", pinned, node, error.message());
                job_.progress.emit(
                    {.id = reference_ + " on " + node,
                     .status = progress::Status::note,
                     .text = "cannot be pulled there"}
                );
                const std::lock_guard lock(mutex);
                failed.insert(node);
            }
        });
        std::erase_if(failed, [&](const std::string& node) { return !reachable(node); });
        return failed.empty();
    }

    /// What cannot be asked pulls by itself when it gets a task.
    bool reachable(const std::string& node) {
        try {
            nodes_(node);
            return true;
        } catch (const Error& error) {
            if (error.kind() == Kind::cancelled)
                throw;
            job_.progress.emit(
                {.id = reference_,
                 .status = progress::Status::warning,
                 .text = "whether " + node + " can pull " + reference_ +
                         " shows when a task comes to it: " + error.message()}
            );
            return false;
        }
    }

    /// What each node has of the image.
    void look() {
        std::mutex mutex;
        on_each([&](const std::string& node, const std::stop_token& stop) {
            auto& engine = nodes_(node);
            auto image = engine.with(stop).inspect_image(image_.id);
            if (!image)
                image = same_layers(engine.with(stop));
            const std::lock_guard lock(mutex);
            sites_.push_back({node, engine, std::move(image)});
        });
        std::sort(sites_.begin(), sites_.end(), [](const Site& a, const Site& b) {
            return a.node < b.node;
        });
    }

    /// Where images are kept otherwise than here, ids differ.
    std::optional<engine::Image> same_layers(engine::Engine engine) {
        auto image = engine.inspect_image(reference_);
        if (!image || image->layers.empty() || image->layers != image_.layers ||
            image->env != image_.env || image->labels != image_.labels)
            return std::nullopt;
        return image;
    }

    void copy() {
        std::vector<ImageTarget> targets;
        std::vector<std::string> have;
        for (const auto& site : sites_)
            if (!site.image)
                targets.push_back({site.node, site.engine});
            else if (site.engine.endpoint() != source_.endpoint())
                have.push_back(site.node);
        if (!have.empty())
            job_.progress.emit(
                {.id = reference_,
                 .status = progress::Status::note,
                 .text = "is on " + text::join(have, ", ") + " already"}
            );
        if (!targets.empty())
            copy_image(
                {source_, reference_, image_},
                targets,
                {.parallel = options_.parallel, .stalled = options_.stalled},
                job_
            );
        for (auto& site : sites_)
            complete(site);
    }

    /// Ids and names as they are here, as far as the node's way to keep images allows.
    void complete(Site& site) {
        auto engine = site.engine.with(job_.stop);
        if (!site.image) {
            site.image = engine.inspect_image(image_.id);
            if (!site.image)
                site.image = engine.inspect_image(reference_);
        }
        if (!site.image)
            throw Error(
                Kind::remote, "{} took the image {} and does not have it", site.node, reference_
            );
        if (is_name(reference_) && !has_name(*site.image))
            engine.tag_image(site.image->id, reference_);
    }

    [[nodiscard]] bool has_name(const engine::Image& image) const {
        const auto wanted = engine::split_reference(reference_);
        return std::any_of(image.tags.begin(), image.tags.end(), [&](const std::string& tag) {
            const auto name = engine::split_reference(tag);
            return name.tag == wanted.tag &&
                   familiar(name.repository) == familiar(wanted.repository);
        });
    }

    [[nodiscard]] bool same_everywhere() const {
        return std::all_of(sites_.begin(), sites_.end(), [&](const Site& site) {
            return site.image->id == image_.id;
        });
    }

    std::string by_own_tag() {
        const auto tag = own_tag(reference_, image_);
        for (auto& site : sites_)
            site.engine.with(job_.stop).tag_image(site.image->id, tag);
        return tag;
    }

    std::string reference_;
    const Wanted& wanted_;
    engine::Engine& source_;
    const NodeEngine& nodes_;
    const ProvideOptions& options_;
    Job& job_;
    engine::Image image_;
    std::vector<Site> sites_;
};

} // namespace

std::string registry_name(const engine::Image& image, const std::string& reference) {
    const auto wanted = engine::split_reference(reference);
    if (wanted.tag.starts_with("sha256:"))
        return reference;
    for (const auto& digest : image.digests)
        if (familiar(engine::split_reference(digest).repository) == familiar(wanted.repository))
            return digest;
    return {};
}

std::map<std::string, std::string> provide_images(
    const Project& project,
    const std::vector<placement::Place>& places,
    engine::Engine& source,
    const NodeEngine& nodes,
    const ProvideOptions& options,
    Job& job
) {
    auto engine = source.with(job.stop);
    std::map<std::string, std::string> names;
    for (const auto& [reference, wanted] : wanted_images(project, places)) {
        const auto name = Delivery(reference, wanted, engine, nodes, options, job).run();
        for (const auto& service : wanted.services)
            names[service] = name;
    }
    return names;
}

} // namespace orch::compose::swarm
