// Commands over a libssh2 session, one channel each.
#pragma once

#include "lib/ssh/libssh2_session.hpp"
#include "lib/ssh/shell.hpp"

#include <memory>

namespace orch::ssh {

class Libssh2Shell : public Shell {
  public:
    /// `session` is logged in.
    explicit Libssh2Shell(std::unique_ptr<Libssh2Session> session) : session_(std::move(session)) {}

    /// After a timeout or a stop the command goes on at the host until it next reads or writes.
    process::Outcome run(const Command& command, const std::stop_token& stop) override;

    int attach(const Attachment& attachment, const std::stop_token& stop) override;

    void
    put(std::string_view content,
        const std::string& path,
        unsigned mode,
        const std::stop_token& stop) override;

    std::string get(const std::string& path, const std::stop_token& stop) override;

  private:
    std::unique_ptr<Libssh2Session> session_;
    bool broken_ = false;
};

} // namespace orch::ssh
