#include "drivers/plugin/plugins.hpp"

#include "drivers/kit/record.hpp"
#include "drivers/plugin/flags.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/json/json.hpp"
#include "lib/process/runner.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace orch::drivers::plugin {

namespace {

constexpr std::string_view prefix = "docker-machine-driver-";
constexpr std::size_t at_a_time = 32;
constexpr std::size_t kept = 4; // that nobody uses at the moment, but may again

/// A word that can be the rest of a file's name.
bool is_name(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= 100 && is_letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) {
               return is_letter(c) || c == '-' || c == '_' || c == '.';
           });
}

std::vector<std::string> entries_of(const os::Environment& environment) {
    std::vector<std::string> entries;
    for (const auto& [name, value] : environment.all())
        entries.push_back(name + "=" + value);
    return entries;
}

} // namespace

/// One session for each machine, found again as long as somebody uses it and a little longer.
struct Plugins::Pool {
    std::shared_ptr<Session>
    session(const Access& access, const Program& program, const Limits& limits) {
        std::shared_ptr<Session> oldest; // ends when the lock is free
        const std::lock_guard lock(mutex);
        auto& known = sessions[access.dir.string()];
        auto session = known.lock();
        if (session && !session->is_broken())
            return session;
        session = std::make_shared<Session>(program, access.machine, limits, slots);
        known = session;
        recent.push_back(session);
        if (recent.size() > kept) {
            oldest = std::move(recent.front());
            recent.pop_front();
        }
        return session;
    }

    std::shared_ptr<Slots> slots = std::make_shared<Slots>(at_a_time);
    std::mutex mutex; // guards what follows
    std::map<std::string, std::weak_ptr<Session>> sessions;
    std::deque<std::shared_ptr<Session>> recent;
};

Plugins::Plugins(const os::Environment& environment, const Limits& limits)
    : path_(environment.get_or("PATH", "")), environment_(entries_of(environment)), limits_(limits),
      pool_(std::make_shared<Pool>()) {}

std::optional<Program> Plugins::program_of(std::string_view name) const {
    if (!is_name(name))
        return std::nullopt;
    auto path = process::find_program(std::string(prefix).append(name), path_);
    if (!path)
        return std::nullopt;
    return Program{std::string(name), *std::move(path), environment_};
}

const Row* Plugins::find(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (const auto known = rows_.find(name); known != rows_.end())
        return known->second.get();
    const auto program = program_of(name);
    if (!program)
        return nullptr;
    const Sessions sessions = [pool = pool_, program = *program, limits = limits_](
                                  const Access& access
                              ) { return pool->session(access, program, limits); };
    auto row = std::make_unique<Row>(Row{
        {.name = program->driver, .summary = program->path.string()},
        [sessions](Access access) { return std::make_unique<Driver>(std::move(access), sessions); },
    });
    return rows_.emplace(program->driver, std::move(row)).first->second.get();
}

std::vector<std::string> Plugins::names() {
    std::set<std::string> names;
    for (const auto& folder : text::split(path_, ':')) {
        std::error_code error;
        std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, error);
        for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
            if (const auto file = entry->path().filename().string();
                file.starts_with(prefix) && program_of(file.substr(prefix.size())))
                names.insert(file.substr(prefix.size()));
    }
    return {names.begin(), names.end()};
}

void Plugins::learn(
    std::string_view name, std::chrono::milliseconds limit, const std::stop_token& stop
) {
    if (find(name) == nullptr)
        return;
    auto limits = limits_;
    limits.start = std::min(limits.start, limit);
    limits.local = std::min(limits.local, limit);
    // docker-machine's name for the machine that there is not.
    Session session(*program_of(name), "flag-lookup", limits, pool_->slots);
    auto nobody = Record::object();
    nobody["MachineName"] = "flag-lookup";
    session.ask("SetConfigRaw", bytes_argument(json::to_go_text(nobody)), limits.local, stop);
    const auto flags = session.ask("GetCreateFlags", no_argument(), limits.local, stop);
    auto options = session.guarded([&] { return options_from(flags); });
    const std::lock_guard lock(mutex_);
    rows_.find(name)->second->info.options = std::move(options);
}

} // namespace orch::drivers::plugin
