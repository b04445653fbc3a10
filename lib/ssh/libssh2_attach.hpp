// A remote program on the caller's own streams. For this room only.
#pragma once

#include "lib/ssh/libssh2_session.hpp"
#include "lib/ssh/shell.hpp"

namespace orch::ssh {

/// Shell::attach over a session that is logged in.
int attach(
    const Libssh2Session& session, const Attachment& attachment, const std::stop_token& stop
);

} // namespace orch::ssh
