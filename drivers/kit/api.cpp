#include "drivers/kit/api.hpp"

#include "lib/json/json.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>
#include <random>

namespace orch::drivers::kit {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds longest_pause{30};
constexpr seconds longest_told_pause{300}; // that a server may ask for

std::string_view header(const http::Response& answer, const std::string& name) {
    const auto found = answer.headers.find(name);
    return found == answer.headers.end() ? std::string_view() : found->second;
}

std::optional<long long> number(std::string_view text) {
    long long value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end)
        return std::nullopt;
    return value;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 section 5.6.7.
std::optional<std::time_t> http_date(std::string_view text) {
    std::tm parts{};
    const std::string copy(text);
    if (::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr)
        return std::nullopt;
    return ::timegm(&parts);
}

/// How long the server asks to wait: Retry-After in seconds or as a date, else the moment at which
/// the budget of requests is renewed.
std::optional<seconds> told_pause(const http::Response& answer) {
    const auto now = std::time(nullptr);
    const auto until = [&](long long moment) {
        return std::clamp(seconds(moment - now), seconds(0), longest_told_pause);
    };
    const auto after = header(answer, "retry-after");
    if (const auto count = number(after))
        return std::clamp(seconds(*count), seconds(0), longest_told_pause);
    if (const auto date = http_date(after))
        return until(*date);
    if (answer.status == 429)
        for (const auto* name : {"ratelimit-reset", "x-ratelimit-reset"})
            if (const auto moment = number(header(answer, name)))
                return until(*moment);
    return std::nullopt;
}

/// Doubling, and with chance, so that many clients do not come back at the same time.
milliseconds backoff(int attempt) {
    const auto most = std::min<milliseconds>(seconds(1 << std::min(attempt, 10)), longest_pause);
    std::random_device random;
    return milliseconds(static_cast<int>(random() % static_cast<unsigned>(most.count()))) +
           milliseconds(100);
}

Kind kind_of(int status) {
    switch (status) {
    case 401:
    case 403:
        return Kind::denied;
    case 404:
    case 410:
        return Kind::not_found;
    case 409:
        return Kind::conflict;
    default:
        return Kind::remote;
    }
}

std::string host_of(std::string_view url) {
    const auto scheme = url.find("://");
    const auto start = scheme == std::string_view::npos ? 0 : scheme + 3;
    return std::string(url.substr(start, url.find('/', start) - start));
}

} // namespace

Refused Api::refused(std::string_view what, const http::Response& answer) const {
    const auto refusal = dialect_.read_refusal ? dialect_.read_refusal(answer) : Refusal();
    auto text = fmt::format("{}: {}", dialect_.driver, what);
    for (const auto& part : {refusal.code, refusal.message})
        if (!part.empty())
            text += ": " + part;
    text += fmt::format(" (HTTP {}", answer.status);
    if (!refusal.request.empty())
        text += ", request-id " + refusal.request;
    Error error(kind_of(answer.status), "{})", text);
    if (answer.status == 401)
        error.hint("the credentials are wrong or no longer valid");
    return {std::move(error), answer.status, refusal.code};
}

/// 429 and 503 were not carried out; the others may have been.
bool Api::passes(const http::Response& answer, const Refused& refused, bool makes) const {
    if (dialect_.lasting.contains(refused.code()))
        return false;
    if (answer.status == 429 || answer.status == 503 || dialect_.passing.contains(refused.code()))
        return true;
    const bool trouble = answer.status == 408 || answer.status == 500 || answer.status == 502 ||
                         answer.status == 504;
    return trouble && !makes;
}

http::Response Api::send(std::string_view what, http::Request request, bool makes) {
    request.once = makes;
    for (int attempt = 0;; ++attempt) {
        auto wanted = request;
        if (dialect_.authorize)
            dialect_.authorize(wanted);
        milliseconds pause = backoff(attempt);
        try {
            auto answer = http_.send(wanted, stop_);
            if (answer.ok())
                return answer;
            auto error = refused(what, answer);
            if (!passes(answer, error, makes) || attempt + 1 >= dialect_.most_attempts) {
                if (makes && answer.status >= 500 && answer.status != 503)
                    throw Lost(std::move(error));
                throw error;
            }
            pause = told_pause(answer).value_or(std::chrono::ceil<seconds>(pause));
        } catch (const http::NoAnswer& error) {
            auto named = Error(error.kind(), "{}: {}: {}", dialect_.driver, what, error.message());
            if (makes && error.connected())
                throw Lost(std::move(named));
            if (error.kind() == Kind::denied || attempt + 1 >= dialect_.most_attempts)
                throw named;
        }
        clock_.sleep(pause, stop_);
    }
}

Json Api::ask(const Call& call) {
    http::Request request{
        .method = call.method,
        .url = call.path.starts_with('/') ? dialect_.base + call.path : call.path,
        .headers = {{"Accept", "application/json"}},
    };
    if (!call.body.is_null()) {
        request.headers["Content-Type"] = "application/json";
        request.body = call.body.dump();
    }
    const auto answer = send(call.what, std::move(request), call.makes);
    if (answer.body.empty())
        return nullptr;
    try {
        return json::parse(answer.body, host_of(dialect_.base));
    } catch (const Error& error) {
        throw Error(Kind::remote, "{}: {}: the answer is no JSON", dialect_.driver, call.what)
            .detail(error.message());
    }
}

std::optional<Json> Api::find(const Call& call) {
    try {
        return ask(call);
    } catch (const Refused& error) {
        if (error.status() != 404)
            throw;
        return std::nullopt;
    }
}

} // namespace orch::drivers::kit
