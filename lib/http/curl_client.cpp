#include "lib/http/curl_client.hpp"

#include "lib/base/error.hpp"
#include "lib/http/curl_handle.hpp"
#include "lib/http/curl_upgrade.hpp"

#include <algorithm>
#include <list>
#include <mutex>

namespace orch::http {

class CurlClient::Pool {
  public:
    /// A handle for the request's peer: one with an open connection if there is one.
    std::unique_ptr<CurlHandle> take(const Request& request) {
        const auto peer = CurlHandle::peer_of(request);
        const std::lock_guard lock(mutex_);
        const auto known = std::find_if(idle_.begin(), idle_.end(), [&](const auto& handle) {
            return handle->peer() == peer;
        });
        if (known == idle_.end())
            return std::make_unique<CurlHandle>();
        auto handle = std::move(*known);
        idle_.erase(known);
        return handle;
    }

    void give_back(std::unique_ptr<CurlHandle> handle) {
        const std::lock_guard lock(mutex_);
        idle_.push_front(std::move(handle));
        if (idle_.size() > most_kept)
            idle_.pop_back();
    }

  private:
    static constexpr std::size_t most_kept = 8;

    std::mutex mutex_; // guards idle_
    std::list<std::unique_ptr<CurlHandle>> idle_;
};

CurlClient::CurlClient() : pool_(std::make_unique<Pool>()) {}

CurlClient::~CurlClient() = default;

Response CurlClient::send(const Request& request, const std::stop_token& stop) {
    auto handle = pool_->take(request);
    // After a failure the handle goes, and with it a connection in an unknown state.
    auto response = handle->perform(request, stop);
    pool_->give_back(std::move(handle));
    return response;
}

Upgrade CurlClient::upgrade(const Request& request, const std::stop_token& stop) {
    return curl_upgrade(request, stop);
}

Upgrade Client::upgrade(const Request&, const std::stop_token&) {
    throw Error(Kind::unsupported, "this connection carries no raw streams");
}

std::string escape(std::string_view text) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            escaped += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            escaped += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return escaped;
}

} // namespace orch::http
