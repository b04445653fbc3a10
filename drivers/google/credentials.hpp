// Where Google's credentials are, and the tokens that they give: application default credentials,
// https://docs.cloud.google.com/docs/authentication/application-default-credentials
#pragma once

#include "drivers/driver.hpp"
#include "lib/base/secret.hpp"
#include "lib/os/environment.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

namespace orch::drivers::google {

/// What a file of credentials says.
struct Login {
    enum class Kind { service_account, user, by_gcloud };

    Kind kind = Kind::service_account;
    std::string source; // the file, or the option that it was given by: for errors
    std::string email;  // of a service account
    std::string key_id;
    Secret key;            // PEM
    std::string token_uri; // where tokens come from
    std::string client_id; // of a user
    Secret client_secret;
    Secret refresh_token;
    std::string quota_project; // that pays for a user's calls; may be empty
    std::string project;       // of a service account; may be empty
};

/// Reads credentials: JSON, or base64 of it. Throws Error(invalid) naming `source`, and never a
/// piece of the text.
Login parse_login(const std::string& text, const std::string& source);

/// Where the user keeps a file of credentials: `wish` if it is there, else what
/// GOOGLE_APPLICATION_CREDENTIALS or gcloud's own directory has; empty if there is none. Throws
/// Error(not_found) for a variable that names no file.
std::filesystem::path
credentials_file(const std::filesystem::path& wish, const os::Environment& environment);

/// The text of the assertion with which a service account asks for a token (RFC 7523).
std::string assertion_of(const Login& login, long long now);

/// Tokens of one user of the API.
class Tokens {
  public:
    /// Without `login` it is the computer's own account (on Google's servers), else gcloud's.
    Tokens(
        World& world, os::Environment environment, std::optional<Login> login, std::stop_token stop
    )
        : world_(world), environment_(std::move(environment)), login_(std::move(login)),
          stop_(std::move(stop)) {}

    /// One that is valid for a minute at least. Throws Error(denied) saying what to do.
    const Secret& get();

    /// The next get() fetches another one.
    void forget() { token_ = Secret(); }

    /// The project that pays for the calls; empty for the project called.
    [[nodiscard]] std::string quota_project() const { return login_ ? login_->quota_project : ""; }

  private:
    struct Token {
        Secret text;
        long long seconds = 0;
    };

    Token fetch();
    Token of_service_account(const Login& login);
    Token of_user(const Login& login);
    Token of_server(const std::string& host);
    Token of_gcloud(bool application_default, const std::string& file);
    Token exchange(const std::string& url, const std::string& form, const std::string& source);

    World& world_;
    os::Environment environment_;
    std::optional<Login> login_;
    std::stop_token stop_;
    Secret token_;
    std::chrono::steady_clock::time_point valid_until_;
};

} // namespace orch::drivers::google
