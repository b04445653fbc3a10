#include "lib/ssh/libssh2_connector.hpp"

#include "lib/log/log.hpp"
#include "lib/net/dial.hpp"
#include "lib/ssh/host_key.hpp"
#include "lib/ssh/key.hpp"
#include "lib/ssh/libssh2_login.hpp"
#include "lib/ssh/libssh2_shell.hpp"
#include "lib/ssh/system_shell.hpp"

#include <algorithm>

namespace orch::ssh {

namespace {

using std::chrono::milliseconds;

/// The key exchange must end in a type that is pinned, or the check had nothing to compare with.
void prefer_pinned_types(const Libssh2Session& session, const std::vector<HostKey>& pinned) {
    std::string types;
    for (const auto& key : pinned)
        types += (types.empty() ? "" : ",") + key.type;
    if (!types.empty())
        libssh2_session_method_pref(session.get(), LIBSSH2_METHOD_HOSTKEY, types.c_str());
}

void shake_hands(
    const Libssh2Session& session, int socket, const Address& address, const Limit& limit
) {
    const auto pinned = pinned_keys(address);
    prefer_pinned_types(session, pinned);
    const int code =
        session.repeat(limit, [&] { return libssh2_session_handshake(session.get(), socket); });
    if (code == LIBSSH2_ERROR_KEX_FAILURE && !pinned.empty())
        throw Error(
            Kind::denied,
            "the host key of {} has changed: it has no {} key any more",
            host_key_name(address),
            pinned.front().type
        )
            .hint("{}", changed_key_hint(address));
    if (code != 0)
        throw Error(
            Kind::network, "no SSH connection to {}: {}", session.endpoint(), session.last_error()
        );
    std::size_t size = 0;
    int type = 0;
    const char* key = libssh2_session_hostkey(session.get(), &size, &type);
    if (key == nullptr)
        throw Error(Kind::network, "{} shows no host key", session.endpoint());
    check_host_key(address, {key, size});
}

std::unique_ptr<Shell> connect_libssh2(
    const Address& address,
    const KeySources& sources,
    milliseconds timeout,
    const std::stop_token& stop
) {
    const auto endpoint = net::endpoint_text(address.host, address.port);
    const Limit limit{.deadline = deadline_after(timeout), .stop = stop};
    Fd fd = net::dial(address.host, address.port, timeout, stop);
    const int socket = fd.get();
    auto session = std::make_unique<Libssh2Session>(std::move(fd), endpoint);
    try {
        shake_hands(*session, socket, address, limit);
        log_in(*session, address, sources, limit);
    } catch (const TimedOut&) {
        throw Error(
            Kind::timeout,
            "{} does not answer within {:g} s",
            endpoint,
            std::chrono::duration<double>(timeout).count()
        );
    }
    return std::make_unique<Libssh2Shell>(std::move(session));
}

/// libssh2 takes RSA host keys only in a form that servers do not offer any more.
bool only_rsa_pinned(const Address& address) {
    const auto pinned = pinned_keys(address);
    const auto rsa = [](const HostKey& key) { return key.type == "ssh-rsa"; };
    return !pinned.empty() && std::all_of(pinned.begin(), pinned.end(), rsa);
}

} // namespace

std::unique_ptr<Shell> Libssh2Connector::connect(
    const Address& address, milliseconds timeout, const std::stop_token& stop
) {
    const auto by_system = [&](const Address& target) {
        log::debug("ssh", "using the system's ssh for {}", target.host);
        try {
            return std::make_unique<SystemShell>(runner_, target, agent_socket_, timeout, stop);
        } catch (const Error& error) {
            if (error.kind() != Kind::not_found)
                throw;
            throw Error(
                Kind::not_found,
                "the way to {} needs the ssh program: {}",
                target.host,
                error.message()
            )
                .hint("RSA keys are too much for the built-in client; install openssh-client, or "
                      "use an ed25519 key");
        }
    };
    const bool foreign_key =
        !address.key.empty() && !libssh2_can_sign(read_key_file(address.key).type);
    if (foreign_key || only_rsa_pinned(address))
        return by_system(address);
    try {
        return connect_libssh2(
            address, {.home = home_, .agent_socket = agent_socket_}, timeout, stop
        );
    } catch (const NoKeyFits& error) {
        // What is left are keys that only the system's ssh can use.
        Address other = address;
        if (const auto rsa = home_ / ".ssh" / "id_rsa"; std::filesystem::exists(rsa))
            other.key = rsa;
        else if (!error.skipped)
            throw;
        return by_system(other);
    }
}

} // namespace orch::ssh
