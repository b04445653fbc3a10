// Certificates for engines and clients: making them and looking at them. Formats: RFC 5280, PEM.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace orch::tls {

/// A certificate and its private key, both PEM.
struct Pair {
    std::string certificate;
    std::string key;
};

struct Info {
    std::string subject; // "O=ada.web1"
    std::string issuer;
    std::vector<std::string> hosts; // the subject's alternative names, addresses and DNS names
    std::chrono::system_clock::time_point not_before;
    std::chrono::system_clock::time_point not_after;
    bool is_authority = false;
    bool client_auth = false; // extended key usages
    bool server_auth = false;
};

/// A self-signed authority: ECDSA P-256, 10 years, O = `organization`.
Pair make_authority(const std::string& organization);

/// A client certificate of `authority` (ECDSA or an old RSA one): P-256, 825 days, clientAuth.
Pair make_client(const Pair& authority, const std::string& organization);

/// A server certificate for `hosts` (each an address or a DNS name): P-256, 825 days, serverAuth,
/// and clientAuth too if `also_client` (a swarm manager talks to its nodes with it).
Pair make_server(
    const Pair& authority,
    const std::string& organization,
    const std::vector<std::string>& hosts,
    bool also_client
);

/// Reads the first certificate of a PEM text. Throws Error(invalid) naming `source`.
Info inspect(const std::string& pem, const std::string& source);

/// Empty if `certificate` was signed by `authority_pem` and is valid at `now`, else the reason as a
/// sentence part ("it expired on 2026-01-31", "it was signed by another authority").
std::string why_untrusted(
    const std::string& certificate_pem,
    const std::string& authority_pem,
    std::chrono::system_clock::time_point now
);

/// Whether the private key belongs to the certificate.
bool match(const Pair& pair);

} // namespace orch::tls
