#include "tests/support/fake_world.hpp"

#include <stdexcept>

namespace orch::test {

namespace {

class ScriptedShell : public ssh::Shell {
  public:
    explicit ScriptedShell(ScriptedConnector& script) : script_(script) {}

    process::Outcome run(const ssh::Command& command, const std::stop_token&) override {
        return script_.run(command);
    }

    void put(std::string_view, const std::string& path, unsigned, const std::stop_token&) override {
        throw std::logic_error("unscripted put of " + path);
    }

    std::string get(const std::string& path, const std::stop_token&) override {
        throw std::logic_error("unscripted get of " + path);
    }

  private:
    ScriptedConnector& script_;
};

} // namespace

FakeClock::time_point FakeClock::now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

void FakeClock::sleep(std::chrono::milliseconds duration, const std::stop_token& stop) {
    tasks::check(stop);
    const std::lock_guard lock(mutex_);
    now_ += duration;
}

void RecordingSink::emit(const progress::Event& event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
}

std::vector<std::string> RecordingSink::texts(const std::string& id) const {
    std::vector<std::string> result;
    for (const auto& event : events())
        if (event.id == id)
            result.push_back(event.text);
    return result;
}

std::vector<progress::Event> RecordingSink::events() const {
    const std::lock_guard lock(mutex_);
    return events_;
}

void ScriptedConnector::answer(std::string expected, process::Outcome outcome) {
    answers_.push_back({std::move(expected), std::move(outcome)});
}

std::unique_ptr<ssh::Shell> ScriptedConnector::
    connect(const ssh::Address& address, std::chrono::milliseconds, const std::stop_token&) {
    addresses_.push_back(address);
    if (!refusals_.empty()) {
        const auto error = refusals_.front();
        refusals_.pop_front();
        throw error;
    }
    return std::make_unique<ScriptedShell>(*this);
}

process::Outcome ScriptedConnector::run(const ssh::Command& command) {
    commands_.push_back(command);
    if (answers_.empty())
        throw std::logic_error("unscripted remote command: " + command.line);
    const auto next = answers_.front();
    answers_.pop_front();
    if ((command.line + "\n" + command.input).find(next.expected) == std::string::npos)
        throw std::logic_error(
            "expected a remote command with \"" + next.expected + "\", got " + command.line
        );
    if (command.on_output && !next.outcome.out.empty())
        command.on_output(next.outcome.out);
    return next.outcome;
}

http::Response FunctionHttp::send(const http::Request& request, const std::stop_token&) {
    if (!handler)
        throw std::logic_error("unscripted request: " + request.method + " " + request.url);
    return handler(request);
}

process::Outcome NoProcesses::run(const process::Command& command, const std::stop_token&) {
    throw std::logic_error("unexpected program: " + command.argv.at(0));
}

int NoProcesses::run_attached(const process::Command& command) {
    throw std::logic_error("unexpected program: " + command.argv.at(0));
}

} // namespace orch::test
