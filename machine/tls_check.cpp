#include "machine/tls_check.hpp"

#include "lib/base/error.hpp"
#include "lib/engine/unreachable.hpp"
#include "lib/fs/files.hpp"
#include "lib/net/dial.hpp"
#include "lib/tls/certificate.hpp"

namespace orch::machine {

namespace {

using std::chrono::system_clock;

/// What is wrong with the files on this side; empty if nothing is. The other side's word for it is
/// often no more than "bad certificate".
std::string local_fault(const AuthOptions& auth) {
    try {
        const auto now = system_clock::now();
        const auto authority = fs::read_file(auth.ca_cert);
        const auto ca = tls::inspect(authority, auth.ca_cert.string());
        if (ca.not_after < now)
            return "the certificate authority has expired: " + auth.ca_cert.string();
        const tls::Pair client{fs::read_file(auth.client_cert), fs::read_file(auth.client_key)};
        if (!tls::match(client))
            return "our client certificate does not fit its key: " + auth.client_cert.string();
        const auto why = tls::why_untrusted(client.certificate, authority, now);
        return why.empty() ? "" : "our client certificate cannot be used: " + why;
    } catch (const Error& error) {
        return error.message();
    }
}

Error certificate_error(
    const Machine& machine, const engine::Endpoint& endpoint, const std::string& cause
) {
    const auto fault = local_fault(machine.auth);
    Error error(
        Kind::denied,
        "There was an error validating certificates for host \"{}\": {}{}",
        net::endpoint_text(endpoint.host, endpoint.port),
        cause,
        fault.empty() ? "" : "; " + fault
    );
    error.detail("You can attempt to regenerate them using 'orch machine regenerate-certs [name]'."
    );
    error.detail("Be advised that this will trigger a Docker daemon restart which might stop "
                 "running containers.");
    if (fault.empty())
        error.hint("orch machine regenerate-certs {}", machine.name);
    else
        error.hint("orch machine regenerate-certs --client-certs {}", machine.name);
    return error;
}

} // namespace

engine::Version check_tls(
    const Context& context,
    const Machine& machine,
    const std::string& url,
    std::chrono::milliseconds timeout,
    const std::stop_token& stop
) {
    const auto target = endpoint(machine, {.url = url});
    try {
        return check_connection(context, target, timeout, stop);
    } catch (const engine::Unreachable& error) {
        if (error.kind() == Kind::denied)
            throw certificate_error(machine, target, error.cause());
        // docker-machine's words; the cause is new.
        throw Error(
            error.kind(), "Cannot connect to the docker engine endpoint {}: {}", url, error.cause()
        )
            .hint("orch machine doctor {} looks for what is wrong", machine.name);
    }
}

} // namespace orch::machine
