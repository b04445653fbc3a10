// Commands through the system's ssh program, all over one connection that a master process holds.
// For what libssh2 cannot do.
#pragma once

#include "lib/fs/temp_folder.hpp"
#include "lib/process/runner.hpp"
#include "lib/ssh/shell.hpp"

#include <string>

namespace orch::ssh {

class SystemShell : public Shell {
  public:
    /// Connects; errors as of Connector::connect. `agent_socket` may be empty.
    SystemShell(
        process::Runner& runner,
        Address address,
        std::string agent_socket,
        std::chrono::milliseconds timeout,
        const std::stop_token& stop
    );

    /// Ends the master process.
    ~SystemShell() override;

    SystemShell(const SystemShell&) = delete;
    SystemShell& operator=(const SystemShell&) = delete;

    process::Outcome run(const Command& command, const std::stop_token& stop) override;

    /// On the descriptors 0, 1 and 2, whatever the attachment says.
    int attach(const Attachment& attachment, const std::stop_token& stop) override;

    void
    put(std::string_view content,
        const std::string& path,
        unsigned mode,
        const std::stop_token& stop) override;

    std::string get(const std::string& path, const std::stop_token& stop) override;

  private:
    [[nodiscard]] process::Command ssh(std::vector<std::string> options) const;
    [[nodiscard]] bool master_alive(const std::stop_token& stop) const;
    void start_master(std::chrono::milliseconds timeout, const std::stop_token& stop);

    process::Runner& runner_;
    Address address_;
    std::string agent_socket_;
    fs::TempFolder folder_; // holds the control socket
};

} // namespace orch::ssh
