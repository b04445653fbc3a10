#include "lib/http/failure.hpp"

#include "lib/base/text.hpp"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <string>

namespace orch::http {

namespace {

/// Whom the request was for, as people write it.
std::string target(const Request& request) {
    if (!request.unix_socket.empty())
        return request.unix_socket;
    const auto scheme = request.url.find("://");
    const auto start = scheme == std::string::npos ? 0 : scheme + 3;
    return request.url.substr(start, request.url.find('/', start) - start);
}

bool says(std::string_view reason, std::string_view what) {
    return text::lower(reason).find(what) != std::string::npos;
}

Error certificate_failure(std::string_view reason, const Request& request) {
    const auto host = target(request);
    if (says(reason, "has expired"))
        return Error(Kind::denied, "the certificate of {} has expired", host);
    if (says(reason, "not yet valid"))
        return Error(
            Kind::denied, "the certificate of {} is not valid yet: check the clocks", host
        );
    if (says(reason, "no alternative certificate subject name") || says(reason, "does not match"))
        return Error(
            Kind::denied, "the certificate of {} is not valid for that name or address", host
        );
    if (says(reason, "self-signed") || says(reason, "self signed") || says(reason, "unable to get"))
        return Error(
            Kind::denied, "the certificate of {} was signed by an unknown authority", host
        );
    return Error(Kind::denied, "the certificate of {} cannot be trusted: {}", host, reason);
}

/// With TLS 1.3 a server refuses our certificate only after the handshake: as an alert on the first
/// read.
bool refused_our_certificate(std::string_view reason) {
    for (const auto* alert :
         {"alert bad certificate",
          "certificate required",
          "alert unknown ca",
          "alert certificate unknown",
          "alert certificate expired",
          "alert handshake failure",
          "alert unsupported certificate",
          "alert decrypt error",
          "tlsv13 alert"})
        if (says(reason, alert))
            return true;
    return false;
}

Error connection_failure(std::string_view reason, long os_error, const Request& request) {
    const auto kind = os_error == EACCES || os_error == EPERM ? Kind::denied : Kind::network;
    auto cause = os_error == 0 ? std::string(reason) : std::strerror(static_cast<int>(os_error));
    if (os_error != 0)
        cause[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(cause[0])));
    return Error(kind, "cannot connect to {}: {}", target(request), cause);
}

} // namespace

Error failure(CURLcode code, std::string_view reason, long os_error, const Request& request) {
    const auto host = target(request);
    if (reason.empty())
        reason = curl_easy_strerror(code);
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        return connection_failure(reason, os_error, request);
    case CURLE_COULDNT_RESOLVE_HOST:
        return Error(Kind::network, "the host {} is not known", host);
    case CURLE_OPERATION_TIMEDOUT:
        return Error(Kind::timeout, "{} does not answer in time", host);
    case CURLE_PEER_FAILED_VERIFICATION:
        return certificate_failure(reason, request);
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return Error(Kind::denied, "cannot use the certificate files for {}: {}", host, reason);
    default:
        break;
    }
    if (refused_our_certificate(reason))
        return Error(Kind::denied, "{} refuses our client certificate", host);
    if (code == CURLE_SSL_CONNECT_ERROR)
        return Error(Kind::network, "no TLS connection to {}: {}", host, reason);
    return Error(Kind::network, "the connection to {} failed: {}", host, reason);
}

} // namespace orch::http
