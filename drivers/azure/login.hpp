// How orch proves to Azure who it is: a token of Microsoft Entra, got by a secret, by the identity
// of the computer or of a pod, or from the az program. https://learn.microsoft.com/entra
#pragma once

#include "drivers/driver.hpp"
#include "lib/base/secret.hpp"
#include "lib/os/environment.hpp"
#include "lib/tasks/clock.hpp"

#include <map>
#include <mutex>
#include <string>

namespace orch::drivers::azure {

/// Who asks, and whom.
struct Account {
    std::string management; // "https://management.azure.com", without a slash at its end
    std::string audience;   // what tokens are for: the cloud's management URL with a slash
    std::string authority;  // "https://login.microsoftonline.com"
    std::string subscription;
    std::string tenant; // empty: the subscription tells
    std::string client;
    Secret secret;
    std::string federated_file; // holds a token of another issuer, which Azure trusts
    bool managed = false;       // the identity that Azure gives to this computer
    std::string identity_host;  // where that is asked for
};

/// From the fields of a record; the rest from the environment. Throws Error(invalid) for a cloud
/// that does not exist (any more).
Account account_of(const Record& record, Secret secret, const os::Environment& environment);

/// Tokens by account, in memory only. Any thread.
struct Tokens {
    struct Token {
        Secret text;
        tasks::Clock::time_point until;
    };

    std::mutex mutex;
    std::map<std::string, Token> held; // guarded by mutex
};

/// One account's way to a token. Its edges outlive it.
class Login {
  public:
    Login(Account account, World& world, Tokens& tokens, std::stop_token stop)
        : account_(std::move(account)), world_(world), tokens_(tokens), stop_(std::move(stop)) {}

    /// A token that is valid for a minute at least. Throws Error(denied) with the authority's
    /// words, and as kit::Api does.
    std::string token();

    /// The one that there is was refused: the next token() gets another one.
    void forget();

    /// The account's tenant, else the one that the subscription's answer to nobody names. Throws
    /// Error(not_found) for a subscription that does not exist.
    const std::string& tenant();

    [[nodiscard]] const Account& account() const noexcept { return account_; }

  private:
    struct Answer;

    [[nodiscard]] std::string key() const;
    Answer ask();
    Answer ask_authority();
    Answer ask_identity();
    Answer ask_az();

    Account account_;
    World& world_;
    Tokens& tokens_;
    std::stop_token stop_;
};

} // namespace orch::drivers::azure
