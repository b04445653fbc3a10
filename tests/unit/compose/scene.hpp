// A project, an engine in memory and everything a use case needs, for tests that let them meet.
#pragma once

#include "compose/down.hpp"
#include "compose/model/project.hpp"
#include "compose/up.hpp"
#include "lib/engine/engine.hpp"
#include "lib/progress/sink.hpp"
#include "lib/world.hpp"
#include "tests/support/fake_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace orch::test {

/// Keeps what was emitted, as "TEXT ID STATUS" or "TEXT ID STATUS: DETAIL".
class Recorder : public progress::Sink {
  public:
    void emit(const progress::Event& event) override {
        constexpr const char* names[] = {"working", "done", "failed", "warning", "note"};
        auto line = fmt::format(
            "{} {} {}", event.text, event.id, names[static_cast<std::size_t>(event.status)]
        );
        if (!event.detail.empty())
            line += ": " + event.detail;
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
    }

    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

    [[nodiscard]] bool has(const std::string& line) const {
        const auto all = lines();
        return std::find(all.begin(), all.end(), line) != all.end();
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

inline compose::Service service(std::string name, std::vector<std::string> links = {}) {
    compose::Service result;
    result.name = std::move(name);
    result.image = "img";
    for (auto& link : links)
        result.links.push_back({link, link});
    return result;
}

struct Scene {
    FakeEngine fake;
    std::stop_source source;
    engine::Engine engine{fake, {.socket = "/engine.sock"}, source.get_token()};
    Recorder recorder;
    Job job{source.get_token(), recorder};
    compose::Project project{.name = "p", .dir = "/w", .files = {"/w/docker-compose.yml"}};

    explicit Scene(std::vector<compose::Service> services) {
        project.services = std::move(services);
        fake.add_image("img", {{"Volumes", {{"/data", nlohmann::json::object()}}}});
    }

    compose::UpResult up(const compose::UpOptions& options = {}) {
        return compose::up(project, engine, options, job);
    }

    /// A service of the project, to be changed.
    compose::Service& at(const std::string& name) {
        for (auto& candidate : project.services)
            if (candidate.name == name)
                return candidate;
        throw std::out_of_range(name);
    }

    /// "METHOD /path" of every call that changes something, since the last time this was asked.
    std::vector<std::string> changes() {
        std::vector<std::string> calls;
        const auto journal = fake.journal();
        for (; seen_ < journal.size(); ++seen_)
            if (journal[seen_].method != "GET")
                calls.push_back(with_names(journal[seen_]));
        return calls;
    }

    /// "NAME STATE", by name.
    [[nodiscard]] std::vector<std::string> states() const {
        std::vector<std::string> lines;
        for (const auto& container : fake.containers())
            lines.push_back(container.name + " " + container.state);
        std::sort(lines.begin(), lines.end());
        return lines;
    }

  private:
    /// Ids are new in every run; the paths of containers show the first word of their life instead.
    std::string with_names(const FakeExchange& exchange) {
        auto path = exchange.path;
        if (const auto name = exchange.query.find("name");
            path == "/containers/create" && name != exchange.query.end())
            return "create " + name->second;
        for (const auto& container : fake.containers())
            names_.try_emplace(container.id, container.name);
        for (const auto& [id, name] : names_)
            if (const auto at = path.find(id); at != std::string::npos)
                path.replace(at, id.size(), name);
        return exchange.method + " " + path;
    }

    std::size_t seen_ = 0;
    std::map<std::string, std::string> names_; // by id
};

using Lines = std::vector<std::string>;

} // namespace orch::test
