#include "lib/http/failure.hpp"

#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace orch::http {

namespace {

struct Meaning {
    Kind kind;
    std::string cause;
};

/// Whom the request was for, as people write it.
std::string peer(const Request& request) {
    if (!request.unix_socket.empty())
        return request.unix_socket;
    const auto scheme = request.url.find("://");
    const auto start = scheme == std::string::npos ? 0 : scheme + 3;
    return request.url.substr(start, request.url.find('/', start) - start);
}

std::string host(const Request& request) {
    auto name = peer(request);
    const auto colon = name.rfind(':');
    if (colon != std::string::npos && name.find(']', colon) == std::string::npos)
        name.erase(colon);
    return name;
}

std::string seconds(std::chrono::milliseconds time) {
    return time.count() % 1000 == 0 ? fmt::format("{} s", time.count() / 1000)
                                    : fmt::format("{} ms", time.count());
}

/// How long a connection may take; 0 means no limit in both.
std::chrono::milliseconds patience(const Request& request) {
    if (request.timeout.count() == 0 || request.connect_timeout.count() == 0)
        return std::max(request.timeout, request.connect_timeout);
    return std::min(request.timeout, request.connect_timeout);
}

constexpr auto* unknown_authority = "the server's certificate was signed by an unknown authority";

bool says(std::string_view reason, std::string_view what) {
    return text::lower(reason).find(what) != std::string::npos;
}

/// The words are OpenSSL's X509_verify_cert_error_string and curl's host name check; a curl code of
/// their own they have not.
std::string certificate_cause(std::string_view reason, const Request& request) {
    // curl takes the alert "certificate expired" for a failure of its own check, which has no
    // complaint then.
    if (reason == "SSL certificate verification failed")
        return "the server refused our client certificate (certificate expired)";
    if (says(reason, "has expired"))
        return "the server's certificate has expired";
    if (says(reason, "not yet valid"))
        return "the server's certificate is not valid yet; compare the clocks";
    if (says(reason, "alternative certificate subject name") ||
        says(reason, "does not match target host name") || says(reason, "common name"))
        return fmt::format("the server's certificate is not valid for {}", host(request));
    for (const auto* words : {"self-signed", "self signed", "unable to get", "signature failure"})
        if (says(reason, words))
            return unknown_authority;
    return fmt::format("the server's certificate cannot be trusted: {}", reason);
}

/// The alerts by which a server refuses a client's certificate (RFC 8446, 6.2), as OpenSSL writes
/// them. With TLS 1.3 they come only after the handshake, as the first thing that is read.
std::string_view certificate_alert(std::string_view reason) {
    constexpr std::array alerts{
        std::string_view("bad certificate"),
        std::string_view("certificate required"),
        std::string_view("unknown ca"),
        std::string_view("certificate unknown"),
        std::string_view("certificate expired"),
        std::string_view("certificate revoked"),
        std::string_view("unsupported certificate"),
        std::string_view("handshake failure"),
        std::string_view("decrypt error"),
    };
    for (const auto alert : alerts)
        if (says(reason, fmt::format("alert {}", alert)))
            return alert;
    return {};
}

Meaning connection_meaning(const Failure& failure) {
    if (failure.os_error == 0)
        return {Kind::network, std::string(failure.reason)};
    const bool denied = failure.os_error == EACCES || failure.os_error == EPERM;
    return {
        denied ? Kind::denied : Kind::network,
        text::lower(std::strerror(failure.os_error)),
    };
}

Meaning other_meaning(const Failure& failure) {
    if (const auto alert = certificate_alert(failure.reason); !alert.empty())
        return {Kind::denied, fmt::format("the server refused our client certificate ({})", alert)};
    if (failure.code == CURLE_SSL_CONNECT_ERROR && says(failure.reason, "wrong version number"))
        return {Kind::network, "the server does not speak TLS on that port"};
    // An authority with the name of ours and another key: OpenSSL fails at the signature itself.
    if (failure.code == CURLE_SSL_CONNECT_ERROR &&
        (says(failure.reason, "asn1 encoding routines") || says(failure.reason, "rsa routines")))
        return {Kind::denied, unknown_authority};
    if (failure.code == CURLE_SSL_CONNECT_ERROR)
        return {Kind::network, fmt::format("the TLS handshake failed: {}", failure.reason)};
    if (failure.code == CURLE_GOT_NOTHING)
        return {Kind::network, "the server closed the connection without an answer"};
    if (failure.code == CURLE_UNSUPPORTED_PROTOCOL && failure.connected)
        return {Kind::network, "what answers there does not speak HTTP"};
    if (failure.code == CURLE_UNSUPPORTED_PROTOCOL || failure.code == CURLE_URL_MALFORMAT)
        return {Kind::invalid, std::string(failure.reason)};
    return {Kind::network, std::string(failure.reason)};
}

Meaning meaning(const Failure& failure, const Request& request) {
    switch (failure.code) {
    case CURLE_COULDNT_CONNECT:
        return connection_meaning(failure);
    case CURLE_COULDNT_RESOLVE_HOST:
        return {Kind::network, fmt::format("no address is known for {}", host(request))};
    case CURLE_OPERATION_TIMEDOUT:
        if (failure.connected && request.timeout.count() == 0)
            return {
                Kind::timeout, fmt::format("nothing came for {}", seconds(request.stall_timeout))};
        if (failure.connected)
            return {Kind::timeout, fmt::format("no answer within {}", seconds(request.timeout))};
        return {Kind::timeout, fmt::format("no connection within {}", seconds(patience(request)))};
    case CURLE_PEER_FAILED_VERIFICATION:
        return {Kind::denied, certificate_cause(failure.reason, request)};
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return {
            Kind::denied, fmt::format("the certificate files cannot be used: {}", failure.reason)};
    default:
        return other_meaning(failure);
    }
}

} // namespace

NoAnswer failure(const Failure& failure, const Request& request) {
    auto [kind, cause] = meaning(failure, request);
    return {kind, peer(request), std::move(cause), failure.begun, failure.connected};
}

} // namespace orch::http
