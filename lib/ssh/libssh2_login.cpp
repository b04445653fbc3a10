#include "lib/ssh/libssh2_login.hpp"

#include "lib/log/log.hpp"
#include "lib/net/dial.hpp"
#include "lib/ssh/key.hpp"
#include "lib/ssh/wire.hpp"

#include <array>
#include <memory>

namespace orch::ssh {

namespace {

using Agent = std::unique_ptr<LIBSSH2_AGENT, decltype(&libssh2_agent_free)>;

std::string login_text(const Address& address) {
    return address.user + "@" + net::endpoint_text(address.host, address.port);
}

/// One login over one session; methods return whether the server let us in.
class Login {
  public:
    Login(
        const Libssh2Session& session,
        const Address& address,
        const KeySources& sources,
        const Limit& limit
    )
        : session_(session), address_(address), sources_(sources), limit_(limit) {}

    void with_named_key() {
        const KeyFile key = read_key_file(address_.key);
        const auto path = key.path.string();
        if (!key.encrypted) {
            if (!by_file(key))
                throw refused(path);
            return;
        }
        if (!key.public_blob.empty() && by_agent(key.public_blob))
            return;
        if (tried_ > 0)
            throw refused(path);
        throw Error(Kind::denied, "the SSH key {} is protected by a passphrase", path)
            .hint("hand it to the agent: ssh-add {}", path);
    }

    void with_any_key() {
        if (by_agent({}))
            return;
        for (const char* name : {"id_ed25519", "id_ecdsa"}) {
            const auto path = sources_.home / ".ssh" / name;
            if (!std::filesystem::exists(path))
                continue;
            const KeyFile key = read_key_file(path);
            if (!key.encrypted && by_file(key))
                return;
        }
        NoKeyFits error(
            Kind::denied,
            "{} refuses every key of the agent and of {}",
            login_text(address_),
            (sources_.home / ".ssh").string()
        );
        if (tried_ == 0) {
            error = NoKeyFits(
                Kind::denied, "there is no SSH key to log in to {} with", login_text(address_)
            );
            error.hint("name a private key, or create one with ssh-keygen");
        }
        error.skipped = skipped_;
        throw error;
    }

  private:
    [[nodiscard]] Error refused(const std::string& path) const {
        Error error(Kind::denied, "{} refuses the key {}", login_text(address_), path);
        error.hint("add the public key to ~{}/.ssh/authorized_keys there", address_.user);
        return error;
    }

    /// True for success, false for a refusal; throws if the connection broke.
    bool accepted(int code) {
        ++tried_;
        if (code == LIBSSH2_ERROR_SOCKET_SEND || code == LIBSSH2_ERROR_SOCKET_RECV ||
            code == LIBSSH2_ERROR_SOCKET_TIMEOUT)
            throw session_.lost();
        return code == 0;
    }

    bool by_file(const KeyFile& key) {
        log::debug("ssh", "trying the key {}", key.path.string());
        const int code = session_.repeat(limit_, [&] {
            return libssh2_userauth_publickey_fromfile_ex(
                session_.get(),
                address_.user.c_str(),
                static_cast<unsigned>(address_.user.size()),
                nullptr,
                key.path.c_str(),
                nullptr
            );
        });
        if (code == LIBSSH2_ERROR_FILE)
            throw Error(
                Kind::denied,
                "cannot use the SSH key {}: {}",
                key.path.string(),
                session_.last_error()
            );
        return accepted(code);
    }

    /// With the key `wanted`, or with every one that libssh2 can use.
    bool by_agent(const std::string& wanted) {
        if (sources_.agent_socket.empty())
            return false;
        const Agent agent(libssh2_agent_init(session_.get()), &libssh2_agent_free);
        if (!agent)
            return false;
        libssh2_agent_set_identity_path(agent.get(), sources_.agent_socket.c_str());
        if (libssh2_agent_connect(agent.get()) != 0)
            return false;
        const bool done = try_identities(*agent, wanted);
        libssh2_agent_disconnect(agent.get());
        return done;
    }

    bool try_identities(LIBSSH2_AGENT& agent, const std::string& wanted) {
        if (libssh2_agent_list_identities(&agent) != 0)
            return false;
        libssh2_agent_publickey* identity = nullptr;
        libssh2_agent_publickey* previous = nullptr;
        while (libssh2_agent_get_identity(&agent, &identity, previous) == 0) {
            previous = identity;
            std::string_view blob(
                reinterpret_cast<const char*>(identity->blob), identity->blob_len
            );
            if (!wanted.empty() && blob != wanted)
                continue;
            if (!libssh2_can_sign(std::string(take_wire_string(blob).value_or("")))) {
                skipped_ = true;
                continue;
            }
            log::debug("ssh", "trying the agent's key {}", identity->comment);
            const int code = session_.repeat(limit_, [&] {
                return libssh2_agent_userauth(&agent, address_.user.c_str(), identity);
            });
            if (accepted(code))
                return true;
        }
        return false;
    }

    const Libssh2Session& session_;
    const Address& address_;
    const KeySources& sources_;
    const Limit& limit_;
    int tried_ = 0;        // keys offered to the server
    bool skipped_ = false; // the agent has keys that libssh2 cannot use
};

} // namespace

bool libssh2_can_sign(const std::string& key_type) {
    return key_type.empty() || key_type == "ssh-ed25519" || key_type.starts_with("ecdsa-sha2-");
}

void log_in(
    const Libssh2Session& session,
    const Address& address,
    const KeySources& sources,
    const Limit& limit
) {
    Login login(session, address, sources, limit);
    if (address.key.empty())
        login.with_any_key();
    else
        login.with_named_key();
}

} // namespace orch::ssh
