// One curl handle with its own event loop and its own kept connections; for this room only.
#pragma once

#include "lib/http/client.hpp"
#include "lib/http/libcurl.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace orch::http {

class CurlHandle {
  public:
    CurlHandle();
    CurlHandle(const CurlHandle&) = delete;
    CurlHandle& operator=(const CurlHandle&) = delete;

    Response perform(const Request& request, const std::stop_token& stop);

    /// Only connects, with TLS if the request wants it. The connection is then read and written
    /// with easy(), and lives as long as the handle.
    void connect(const Request& request, const std::stop_token& stop);

    [[nodiscard]] CURL* easy() const noexcept { return easy_.get(); }

    /// Of the connection that connect() made.
    [[nodiscard]] curl_socket_t socket() const;

    /// Its TLS session (an SSL of OpenSSL), or null.
    [[nodiscard]] void* tls_session() const;

    /// Why reading or writing it failed.
    [[nodiscard]] NoAnswer broken(CURLcode code, const Request& request) const;

    /// Whom it talked to last: "unix:PATH" or "scheme://host:port". A handle that is used for the
    /// same peer again finds its connection open.
    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }

    static std::string peer_of(const Request& request);

  private:
    struct EasyCleanup {
        void operator()(CURL* easy) const { libcurl().easy_cleanup(easy); }
    };

    struct MultiCleanup {
        void operator()(CURLM* multi) const { libcurl().multi_cleanup(multi); }
    };

    struct ListCleanup {
        void operator()(curl_slist* list) const { libcurl().slist_free_all(list); }
    };

    using Headers = std::unique_ptr<curl_slist, ListCleanup>;

    template <class Value>
    void set(CURLoption option, Value value);
    template <class Value>
    [[nodiscard]] Value info(CURLINFO what) const;
    void begin(const Request& request);
    void set_target(const Request& request);
    void set_method(const Request& request);
    void set_tls(const Request& request);
    void set_signature(const Request& request);
    Headers set_headers(const Request& request);
    CURLcode drive(const std::stop_token& stop);
    CURLcode loop(const std::stop_token& stop);
    [[nodiscard]] NoAnswer error_of(CURLcode code, const Request& request) const;
    [[nodiscard]] bool may_hide_an_alert(CURLcode code) const;
    [[nodiscard]] std::optional<NoAnswer>
    refusal(const Request& request, const std::stop_token& stop);

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_upload(char* data, std::size_t size, std::size_t count, void* self);

    std::unique_ptr<CURLM, MultiCleanup> multi_; // after the easy handle in destruction order
    std::unique_ptr<CURL, EasyCleanup> easy_;
    std::string peer_;

    // Of the exchange that is under way.
    const Request* request_ = nullptr;
    Response response_;
    std::exception_ptr thrown_; // by a callback of the caller
    bool ended_by_caller_ = false;
    char reason_[CURL_ERROR_SIZE] = "";
};

} // namespace orch::http
