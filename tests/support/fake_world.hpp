// Doubles for the edges of the program; strict: what was not scripted fails the test.
#pragma once

#include "lib/base/error.hpp"
#include "lib/http/client.hpp"
#include "lib/process/runner.hpp"
#include "lib/progress/sink.hpp"
#include "lib/ssh/shell.hpp"
#include "lib/tasks/clock.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace orch::test {

/// Time that moves only when somebody sleeps.
class FakeClock : public tasks::Clock {
  public:
    [[nodiscard]] time_point now() const override;
    void sleep(std::chrono::milliseconds duration, const std::stop_token& stop) override;

  private:
    mutable std::mutex mutex_;
    time_point now_{std::chrono::hours(1)};
};

class RecordingSink : public progress::Sink {
  public:
    void emit(const progress::Event& event) override;

    /// What was said about `id`, in order.
    [[nodiscard]] std::vector<std::string> texts(const std::string& id) const;
    [[nodiscard]] std::vector<progress::Event> events() const;

  private:
    mutable std::mutex mutex_;
    std::vector<progress::Event> events_;
};

/// Answers remote commands from a script, in order: each command must contain the expected text in
/// its line or input.
class ScriptedConnector : public ssh::Connector {
  public:
    struct Answer {
        std::string expected;
        process::Outcome outcome;
    };

    /// The next connect() throws this instead.
    void refuse(Error error) { refusals_.push_back(std::move(error)); }

    void answer(std::string expected, process::Outcome outcome);

    std::unique_ptr<ssh::Shell> connect(
        const ssh::Address& address, std::chrono::milliseconds timeout, const std::stop_token& stop
    ) override;

    [[nodiscard]] const std::vector<ssh::Command>& commands() const { return commands_; }

    [[nodiscard]] const std::vector<ssh::Address>& addresses() const { return addresses_; }

    process::Outcome run(const ssh::Command& command);

  private:
    std::deque<Error> refusals_;
    std::deque<Answer> answers_;
    std::vector<ssh::Command> commands_;
    std::vector<ssh::Address> addresses_;
};

/// An http seam made of one function.
class FunctionHttp : public http::Client {
  public:
    std::function<http::Response(const http::Request&)> handler;
    http::Response send(const http::Request& request, const std::stop_token& stop) override;
};

class NoProcesses : public process::Runner {
  public:
    process::Outcome run(const process::Command& command, const std::stop_token& stop) override;
    int run_attached(const process::Command& command) override;
};

/// A World of doubles, and a Job in it.
struct FakeWorld {
    NoProcesses processes;
    FunctionHttp http;
    ScriptedConnector ssh;
    FakeClock clock;
    RecordingSink progress;
    World world{processes, http, ssh, clock};
    Job job{{}, progress};
};

} // namespace orch::test
