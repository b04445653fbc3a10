// PEM text to OpenSSL objects and back; for this room only.
#pragma once

#include "lib/tls/openssl.hpp"

#include <string>

namespace orch::tls {

/// The first certificate of the text. Throws Error(invalid) naming `source`.
Certificate read_certificate(const std::string& pem, const std::string& source);

/// A private key without passphrase: PKCS#8, SEC1 or PKCS#1. Throws Error(invalid) naming `source`.
Key read_key(const std::string& pem, const std::string& source);

std::string to_pem(X509* certificate);
std::string to_pem(EVP_PKEY* key); // PKCS#8

} // namespace orch::tls
