#include "machine/expiry.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/log/log.hpp"
#include "lib/tls/certificate.hpp"

#include <algorithm>

namespace orch::machine {

namespace {

std::optional<Expiries::Time> read_end(const std::filesystem::path& certificate) {
    try {
        return tls::inspect(fs::read_file(certificate), certificate.string()).not_after;
    } catch (const Error& error) {
        log::debug("machine", "{}", error.message());
        return std::nullopt;
    }
}

} // namespace

std::optional<Expiries::Time> Expiries::earliest(const AuthOptions& auth) {
    // A machine without a certificate of its own (driver none) uses those of the store for nothing.
    auto first = read_end(auth.server_cert);
    if (!first)
        return std::nullopt;
    for (const auto* shared : {&auth.client_cert, &auth.ca_cert})
        if (const auto end = end_of(*shared))
            first = std::min(*first, *end);
    return first;
}

std::optional<Expiries::Time> Expiries::end_of(const std::filesystem::path& certificate) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(certificate);
    if (found != known_.end())
        return found->second;
    return known_.emplace(certificate, read_end(certificate)).first->second;
}

int days_left(Expiries::Time end, Expiries::Time now) {
    return static_cast<int>(std::chrono::floor<std::chrono::days>(end - now).count());
}

} // namespace orch::machine
