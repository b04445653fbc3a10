// One running plugin: started at the first question, asked one thing at a time, and never waited
// for longer than its limits allow.
#pragma once

#include "drivers/plugin/limits.hpp"
#include "drivers/plugin/process.hpp"
#include "drivers/plugin/rpc.hpp"
#include "drivers/plugin/slots.hpp"
#include "lib/base/error.hpp"
#include "lib/world.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace orch::drivers::plugin {

/// The driver NAME in docker-machine-driver-NAME.
struct Program {
    std::string driver;
    std::filesystem::path path;
    std::vector<std::string> environment; // all of it, "NAME=value"
};

/// Several threads may own it; who asks holds turn().
class Session {
  public:
    /// Starts nothing yet. What the plugin says is shown as the words of `machine`.
    /// It runs in one of the `slots`.
    Session(
        Program program, std::string machine, const Limits& limits, std::shared_ptr<Slots> slots
    );

    /// Says goodbye, and ends what does not end.
    ~Session();

    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] std::unique_lock<std::mutex> turn() { return std::unique_lock(turn_); }

    /// Whether it failed in a way that leaves no hope: of no more use.
    [[nodiscard]] bool is_broken() const { return fault_.has_value(); }

    /// Asks. Throws Error: remote in the plugin's own words where it refuses; for one that does not
    /// work as a plugin should an error that names it, says what happened and what it said last.
    gob::Value
    ask(const std::string& method,
        const std::string& argument,
        Limits::Span limit,
        const std::stop_token& stop);

    /// The same for what takes long: while the answer is waited for, `meanwhile` is called every
    /// now and then, and what the plugin prints is shown as progress. `meanwhile` may ask, too.
    gob::Value change(
        const std::string& method,
        const std::string& argument,
        Limits::Span limit,
        Job& job,
        const std::function<void()>& meanwhile = {}
    );

    /// Asks in the middle of a change; nothing if the plugin refuses, or does not answer before the
    /// change is done.
    std::optional<gob::Value>
    glance(const std::string& method, Limits::Span limit, const std::stop_token& stop);

    [[nodiscard]] const Limits& limits() const noexcept { return limits_; }

    /// What SetConfigRaw told it, or GetConfigRaw it: it need not be told again.
    std::string known_config{};

    /// SetConfigFromFlags was done: it is ready for Create.
    bool has_flags = false;

    /// Runs what asks or reads an answer. An error that is neither the plugin's own answer nor an
    /// interruption means that the plugin is of no use any more: what it says is thrown instead.
    template <class Call>
    auto guarded(Call&& call) {
        try {
            return std::forward<Call>(call)();
        } catch (const Error& error) {
            if (error.kind() == Kind::remote || error.kind() == Kind::cancelled)
                throw;
            note_fault(error);
            throw Error(*fault_);
        }
    }

  private:
    void note_fault(const Error& error);
    void start(const std::stop_token& stop);
    void connect(const std::stop_token& stop);
    void check_version(const std::stop_token& stop);
    [[nodiscard]] Error fault_of(const Error& cause);
    void hear(const std::string& line);

    const Program program_;
    const std::string machine_;
    const Limits limits_;
    std::mutex turn_;

    std::mutex hearing_; // guards the next
    progress::Sink* audience_ = nullptr;

    const std::shared_ptr<Slots> slots_;
    std::optional<Process> process_;
    std::unique_ptr<Rpc> rpc_;
    std::shared_ptr<Rpc::Ticket> glance_; // asked, and not answered yet
    std::optional<Error> fault_;
};

} // namespace orch::drivers::plugin
