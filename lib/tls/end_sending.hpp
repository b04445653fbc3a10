// The end of one direction of a TLS connection that another library made.
#pragma once

namespace orch::tls {

/// Tells the other side that nothing more comes; it may still send. `session` is an SSL of OpenSSL.
void end_sending(void* session);

} // namespace orch::tls
