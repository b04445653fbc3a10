// A cloud's HTTP API: credentials, time limits, retries and errors, the same for every driver.
#pragma once

#include "lib/base/error.hpp"
#include "lib/http/client.hpp"
#include "lib/tasks/clock.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

namespace orch::drivers::kit {

using Json = nlohmann::json;

/// What an API says when it refuses.
struct Refusal {
    std::string code;    // "uniqueness_error"
    std::string message; // for people
    std::string request; // the provider's id of the request, for its support; may be empty
};

/// How one provider's API is spoken to.
struct Dialect {
    std::string driver; // "hetzner": the first word of its errors
    std::string base;   // "https://api.hetzner.cloud/v1"; paths begin with '/'

    /// Adds the credentials; called for each attempt, so that a signature has the time of its own.
    std::function<void(http::Request&)> authorize{};

    /// Reads the body of an answer that is no success; its fields may stay empty.
    std::function<Refusal(const http::Response&)> read_refusal{};

    /// Codes of refusals that pass by themselves, besides the usual HTTP statuses.
    std::set<std::string> passing{};

    /// Codes of refusals that do not, though their status says so.
    std::set<std::string> lasting{};

    int most_attempts = 8; // at one call
};

/// The API answered, and the answer is no.
class Refused : public Error {
  public:
    Refused(Error error, int status, std::string code)
        : Error(std::move(error)), status_(status), code_(std::move(code)) {}

    [[nodiscard]] int status() const noexcept { return status_; }

    [[nodiscard]] const std::string& code() const noexcept { return code_; }

  private:
    int status_;
    std::string code_;
};

/// No answer came to a call that the other side may have carried out nevertheless.
class Lost : public Error {
  public:
    using Error::Error;

    explicit Lost(Error error) : Error(std::move(error)) {}
};

/// One thing to ask of an API.
struct Call {
    std::string_view what; // "create server": what it is for, in errors
    std::string method = "GET";
    std::string path{}; // below the base, with its query; or a whole URL
    Json body{};        // null: none
    bool makes = false; // twice would be one too many: never sent again after a lost answer
};

class Api {
  public:
    Api(Dialect dialect, http::Client& http, tasks::Clock& clock, std::stop_token stop)
        : dialect_(std::move(dialect)), http_(http), clock_(clock), stop_(std::move(stop)) {}

    /// The body of the answer, null if it has none. What passes by itself (too many requests, a
    /// server in trouble, a lost connection) is tried again for a few minutes, as the server says
    /// when. Throws Refused; Lost for a call that makes something; Error(network, timeout, denied)
    /// without a connection; Error(remote) for a body that is no JSON; Error(cancelled).
    Json ask(const Call& call);

    /// The same; nothing for what is not there (404).
    std::optional<Json> find(const Call& call);

    /// The same for a request in a format of its own. Its url is complete; `authorize` is applied.
    http::Response send(std::string_view what, http::Request request, bool makes);

    [[nodiscard]] const Dialect& dialect() const noexcept { return dialect_; }

  private:
    [[nodiscard]] Refused refused(std::string_view what, const http::Response& answer) const;
    [[nodiscard]] bool
    passes(const http::Response& answer, const Refused& refused, bool makes) const;

    Dialect dialect_;
    http::Client& http_;
    tasks::Clock& clock_;
    std::stop_token stop_;
};

/// Makes something that must not be made twice: `make` is called, and after a lost answer `find`
/// looks whether it is there; if it is not, `make` is called once more. `find` returns an optional.
template <class Make, class Find>
auto make_once(Make&& make, Find&& find) {
    try {
        return make();
    } catch (const Lost&) {
        if (auto found = find())
            return *std::move(found);
    }
    return make();
}

} // namespace orch::drivers::kit
