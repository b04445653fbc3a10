// What domain code says while it works. It never prints; cmd/ui chooses how an event looks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace orch::progress {

enum class Status { working, done, failed, warning, note };

/// `current` of `total` in bytes; total 0 means unknown.
struct Amount {
    std::uint64_t current = 0;
    std::uint64_t total = 0;
    bool operator==(const Amount&) const = default;
};

/// One thing that changed. Events with one id describe one line of a live display.
struct Event {
    std::string id{};     // the subject people know: a machine, container or image name
    std::string parent{}; // the id this one belongs to (an image layer to its image), or empty;
                          // with no id of its own the event is only the latest word about it
    Status status = Status::working;
    std::string text{}; // what happens or happened: "Waiting for SSH", "Creating"
    std::optional<Amount> amount{};
    std::string detail{}; // the cause of a failure, a line of build output; may be empty
};

class Sink {
  public:
    virtual ~Sink() = default;

    /// Called from any thread, also at the same time; must not throw and must not block for long.
    virtual void emit(const Event& event) = 0;
};

} // namespace orch::progress
