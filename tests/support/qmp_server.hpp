// QEMU as its socket shows it: a greeting, answers, events in between, one client at a time.
#pragma once

#include "lib/base/fd.hpp"

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace orch::test {

class QmpServer {
  public:
    /// What is sent when a command comes, lines and all. Empty: the connection is closed.
    using Answer = std::function<std::string(const std::string& command)>;

    /// Serves until it is destroyed. With an empty greeting clients wait in vain.
    explicit QmpServer(
        const std::filesystem::path& socket,
        Answer answer,
        std::string greeting = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
    );
    ~QmpServer();
    QmpServer(const QmpServer&) = delete;
    QmpServer& operator=(const QmpServer&) = delete;

    /// The commands of all clients so far, qmp_capabilities left out.
    [[nodiscard]] std::vector<std::string> commands() const;

  private:
    void serve();
    void talk(int client);

    Answer answer_;
    std::string greeting_;
    Fd listener_;
    int end_[2] = {-1, -1};    // a pipe: readable when the server is to end
    mutable std::mutex mutex_; // guards commands_
    std::vector<std::string> commands_;
    std::thread thread_;
};

} // namespace orch::test
