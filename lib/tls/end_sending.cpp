#include "lib/tls/end_sending.hpp"

#include <openssl/ssl.h>

namespace orch::tls {

void end_sending(void* session) { ::SSL_shutdown(static_cast<SSL*>(session)); }

} // namespace orch::tls
