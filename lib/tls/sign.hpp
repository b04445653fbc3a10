// Signatures with a private key.
#pragma once

#include <string>
#include <string_view>

namespace orch::tls {

/// RSASSA-PKCS1-v1_5 with SHA-256 of `data`, as bytes: RS256 of JSON Web Tokens (RFC 7518, 3.3).
/// `key` is PEM. Throws Error(invalid) naming `source` for what is no RSA key.
std::string sign_rs256(const std::string& key, std::string_view data, const std::string& source);

} // namespace orch::tls
