// Message digests.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>

namespace orch::tls {

/// SHA-256 as 64 lower case hexadecimal digits.
std::string sha256_hex(std::string_view data);

/// A digest in lower case hexadecimal digits. `algorithm` as OpenSSL names it: "md5", "sha512".
std::string digest_hex(const std::string& algorithm, std::string_view data);

/// The digest of a file in lower case hexadecimal digits. `algorithm` as OpenSSL names it:
/// "sha256", "sha512". Throws Error: internal for an unknown one, not_found, denied, cancelled.
std::string file_digest_hex(
    const std::filesystem::path& file, const std::string& algorithm, const std::stop_token& stop
);

} // namespace orch::tls
