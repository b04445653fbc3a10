// The client's side of Go's net/rpc: calls over one connection, answered in any order, with
// heartbeats between them.
#pragma once

#include "drivers/plugin/gob.hpp"
#include "drivers/plugin/limits.hpp"
#include "lib/base/error.hpp"
#include "lib/base/fd.hpp"
#include "lib/tasks/group.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

namespace orch::drivers::plugin {

/// Arguments of calls, as the messages that carry them.
std::string no_argument();
std::string bytes_argument(std::string_view bytes);

/// An interface that holds a *rpcdriver.RPCFlags; `values` is its map, encoded: count and entries.
std::string flags_argument(std::string_view values);

/// Encodes one entry of that map after another.
void put_entry(std::string& to, std::string_view key, const std::string& value);
void put_entry(std::string& to, std::string_view key, std::int64_t value);
void put_entry(std::string& to, std::string_view key, bool value);
void put_entry(std::string& to, std::string_view key, const std::vector<std::string>& value);

/// Any thread may call.
class Rpc {
  public:
    using Span = Limits::Span;

    /// An answer that may have come.
    struct Ticket {
        std::string method;
        bool answered = false;
        std::string error; // the plugin's own words, empty if it succeeded
        gob::Value body;
    };

    /// Greets the server at the other end of a non-blocking socket. Throws Error: invalid if it is
    /// none, timeout, network, cancelled.
    Rpc(Fd socket, const Limits& limits, const std::stop_token& stop);
    ~Rpc();
    Rpc(const Rpc&) = delete;
    Rpc& operator=(const Rpc&) = delete;

    /// Asks, and waits for the answer. Throws Error: remote with the other side's own words;
    /// timeout, network, invalid (its bytes are no answer), cancelled.
    gob::Value call(
        const std::string& method,
        const std::string& argument,
        Span limit,
        const std::stop_token& stop
    );

    /// The same in three steps. The answer is kept in the ticket, also if nobody waits for it.
    std::shared_ptr<Ticket> begin(const std::string& method, const std::string& argument);

    /// False if there is no answer yet after `limit`. Throws network, invalid, cancelled.
    bool wait(const Ticket& ticket, Span limit, const std::stop_token& stop);

    /// Of a ticket that was answered. Throws remote.
    static gob::Value result(Ticket& ticket);

    /// Plugins made before docker-machine 0.5.1 call themselves differently.
    void use_old_name();

    /// Whether the connection came to an end or makes no sense any more.
    [[nodiscard]] bool is_over();

  private:
    class Connection; // what the reading thread reads from

    void greet(const std::stop_token& stop);
    void read_answers(const std::stop_token& stop);
    void answer(const gob::Value& head, gob::Value body);
    void beat();
    void send(const std::string& bytes);
    void give_up(Error why);

    const Limits limits_;
    Fd socket_;

    std::mutex writing_; // whole requests, one after the other

    std::mutex mutex_; // guards what follows
    std::condition_variable_any changed_;
    std::unordered_map<std::uint64_t, std::shared_ptr<Ticket>> open_;
    std::uint64_t next_ = 0;
    std::string service_ = "RPCServerDriver";
    std::optional<Error> over_; // why there will be no more answers

    std::shared_ptr<Ticket> heartbeat_; // of the reading thread alone: the last one
    std::chrono::steady_clock::time_point next_beat_;
    std::chrono::steady_clock::time_point alive_;

    tasks::Group reader_; // last: its thread uses the others
};

} // namespace orch::drivers::plugin
