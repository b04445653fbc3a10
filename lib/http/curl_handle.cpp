#include "lib/http/curl_handle.hpp"

#include "lib/base/defer.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/http/failure.hpp"
#include "lib/log/log.hpp"
#include "lib/tasks/clock.hpp"

namespace orch::http {

namespace {

constexpr int longest_poll_ms = 1000; // curl's own timers may be nearer; a stop wakes the poll

/// For the log: queries and headers may hold credentials.
std::string_view without_query(std::string_view url) { return url.substr(0, url.find('?')); }

bool sends_length(const Request& request) {
    return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
           request.method == "PATCH";
}

} // namespace

CurlHandle::CurlHandle() : multi_(libcurl().multi_init()), easy_(libcurl().easy_init()) {
    if (!multi_ || !easy_)
        throw Error(Kind::internal, "cannot initialise curl");
}

std::string CurlHandle::peer_of(const Request& request) {
    if (!request.unix_socket.empty())
        return "unix:" + request.unix_socket;
    const auto scheme = request.url.find("://");
    const auto start = scheme == std::string::npos ? 0 : scheme + 3;
    return request.url.substr(0, request.url.find('/', start));
}

template <class Value>
void CurlHandle::set(CURLoption option, Value value) {
    const auto code = libcurl().easy_setopt(easy_.get(), option, value);
    if (code != CURLE_OK)
        throw Error(Kind::internal, "curl: {}", libcurl().easy_strerror(code));
}

template <class Value>
Value CurlHandle::info(CURLINFO what) const {
    Value value{};
    libcurl().easy_getinfo(easy_.get(), what, &value);
    return value;
}

void CurlHandle::set_target(const Request& request) {
    set(CURLOPT_URL, request.url.c_str());
    if (!request.unix_socket.empty())
        set(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
    // An engine with our own authority is a host of ours: no proxy stands between.
    if (!request.unix_socket.empty() || request.tls)
        set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_NOSIGNAL, 1L);
    // A name server that does not answer must not hold up a stop: curl would join its resolver.
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    if (request.stall_timeout.count() > 0) {
        set(CURLOPT_LOW_SPEED_LIMIT, 1L); // byte a second
        set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_timeout.count()));
    }
    set(CURLOPT_ERRORBUFFER, reason_);
    set(CURLOPT_HEADERFUNCTION, &CurlHandle::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &CurlHandle::on_body);
    set(CURLOPT_WRITEDATA, this);
}

void CurlHandle::set_method(const Request& request) {
    if (request.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
        return;
    }
    if (request.body_source) {
        set(CURLOPT_UPLOAD, 1L); // of unknown length: sent chunked
        set(CURLOPT_READFUNCTION, &CurlHandle::on_upload);
        set(CURLOPT_READDATA, this);
        // A kept connection may turn out to be dead after the first bytes, and the source cannot
        // give them twice.
        set(CURLOPT_FRESH_CONNECT, 1L);
    } else if (sends_length(request)) {
        set(CURLOPT_POSTFIELDS, request.body.c_str());
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
    if (request.once)
        set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void CurlHandle::set_signature(const Request& request) {
    if (!request.aws)
        return;
    const auto& aws = *request.aws;
    set(CURLOPT_AWS_SIGV4, ("aws:amz:" + aws.region + ":" + aws.service).c_str());
    set(CURLOPT_USERNAME, aws.key_id.c_str());
    set(CURLOPT_PASSWORD, aws.secret_key.c_str());
}

void CurlHandle::set_tls(const Request& request) {
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!request.tls)
        return;
    const auto& tls = *request.tls;
    if (!tls.ca.empty()) {
        set(CURLOPT_CAINFO, tls.ca.c_str());
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr)); // only ours, not the system's too
    }
    if (!tls.cert.empty())
        set(CURLOPT_SSLCERT, tls.cert.c_str());
    if (!tls.key.empty())
        set(CURLOPT_SSLKEY, tls.key.c_str());
    set(CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, tls.verify && tls.verify_host ? 2L : 0L);
}

CurlHandle::Headers CurlHandle::set_headers(const Request& request) {
    Headers headers;
    const auto add = [&](const std::string& line) {
        auto* grown = libcurl().slist_append(headers.get(), line.c_str());
        if (grown == nullptr)
            throw Error(Kind::internal, "out of memory");
        static_cast<void>(headers.release());
        headers.reset(grown);
    };
    // Otherwise curl waits a second for a "100 Continue" that engines do not send. Not where it
    // signs: curl 7.88 would sign this line, too, and not send it; it expects nothing below 1 MiB
    // anyway.
    if (!request.aws)
        add("Expect:");
    if (request.headers.count("Content-Type") == 0)
        add("Content-Type:"); // curl's own guess would be a web form
    for (const auto& [name, value] : request.headers)
        add(name + ": " + value);
    set(CURLOPT_HTTPHEADER, headers.get());
    return headers;
}

void CurlHandle::begin(const Request& request) {
    peer_ = peer_of(request);
    request_ = &request;
    response_ = {};
    thrown_ = nullptr;
    ended_by_caller_ = false;
    reason_[0] = '\0';
    libcurl().easy_reset(easy_.get()); // keeps the connections
}

Response CurlHandle::perform(const Request& request, const std::stop_token& stop) {
    tasks::check(stop);
    begin(request);
    set_target(request);
    set_method(request);
    set_tls(request);
    set_signature(request);
    const auto headers = set_headers(request);
    const auto code = drive(stop);
    if (thrown_)
        std::rethrow_exception(thrown_);
    if (code != CURLE_OK && !ended_by_caller_) {
        const auto error = error_of(code, request);
        if (request.tls && error.kind() != Kind::denied && may_hide_an_alert(code))
            if (const auto refused = CurlHandle().refusal(request, stop))
                throw *refused;
        throw error;
    }
    response_.status = static_cast<int>(info<long>(CURLINFO_RESPONSE_CODE));
    log::debug(
        "http",
        "{} {} {}: {} after {} ms",
        peer_,
        request.method,
        without_query(request.url),
        response_.status,
        info<curl_off_t>(CURLINFO_TOTAL_TIME_T) / 1000
    );
    return std::move(response_);
}

void CurlHandle::connect(const Request& request, const std::stop_token& stop) {
    tasks::check(stop);
    begin(request);
    set_target(request);
    set_tls(request);
    set(CURLOPT_CONNECT_ONLY, 1L);
    // It stays in the multi handle: taken out, curl would close the connection.
    if (const auto code = loop(stop); code != CURLE_OK)
        throw error_of(code, request);
}

curl_socket_t CurlHandle::socket() const { return info<curl_socket_t>(CURLINFO_ACTIVESOCKET); }

void* CurlHandle::tls_session() const {
    const auto* session = info<curl_tlssessioninfo*>(CURLINFO_TLS_SSL_PTR);
    return session == nullptr ? nullptr : session->internals;
}

NoAnswer CurlHandle::broken(CURLcode code, const Request& request) const {
    return error_of(code, request);
}

CURLcode CurlHandle::drive(const std::stop_token& stop) {
    const Defer remove([this] { libcurl().multi_remove_handle(multi_.get(), easy_.get()); });
    return loop(stop);
}

CURLcode CurlHandle::loop(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { libcurl().multi_wakeup(multi_.get()); });
    if (libcurl().multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK)
        throw Error(Kind::internal, "curl cannot start the request");
    for (;;) {
        int running = 0;
        const auto code = libcurl().multi_perform(multi_.get(), &running);
        if (code != CURLM_OK)
            throw Error(Kind::internal, "curl: {}", libcurl().multi_strerror(code));
        int left = 0;
        while (const auto* message = libcurl().multi_info_read(multi_.get(), &left))
            if (message->msg == CURLMSG_DONE)
                return message->data.result;
        tasks::check(stop);
        libcurl().multi_poll(multi_.get(), nullptr, 0, longest_poll_ms, nullptr);
    }
}

NoAnswer CurlHandle::error_of(CURLcode code, const Request& request) const {
    auto error = failure(
        {.code = code,
         .reason = reason_[0] == '\0' ? libcurl().easy_strerror(code) : reason_,
         .os_error = static_cast<int>(info<long>(CURLINFO_OS_ERRNO)),
         .connected = info<curl_off_t>(CURLINFO_PRETRANSFER_TIME_T) > 0,
         .begun = info<long>(CURLINFO_RESPONSE_CODE) != 0},
        request
    );
    log::debug(
        "http",
        "{} {} {}: {} (curl {}: {})",
        peer_,
        request.method,
        without_query(request.url),
        error.message(),
        static_cast<int>(code),
        reason_
    );
    return error;
}

/// With TLS 1.3 a server refuses our certificate after the handshake, while the request is on its
/// way: it then depends on who is faster whether its alert arrives or only a broken connection.
bool CurlHandle::may_hide_an_alert(CURLcode code) const {
    const bool broken =
        code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
    const bool shaken = info<curl_off_t>(CURLINFO_APPCONNECT_TIME_T) > 0;
    return (broken || shaken) && code != CURLE_OPERATION_TIMEDOUT &&
           info<long>(CURLINFO_RESPONSE_CODE) == 0;
}

/// The refusal that TLS 1.2 tells within the handshake, if there is one. Sends no request.
std::optional<NoAnswer> CurlHandle::refusal(const Request& request, const std::stop_token& stop) {
    begin(request);
    set_target(request);
    set_tls(request);
    constexpr long newest_shift = 16; // of the newest version allowed, above the oldest one
    constexpr long version = CURL_SSLVERSION_TLSv1_2;
    set(CURLOPT_SSLVERSION, version | version << newest_shift);
    set(CURLOPT_CONNECT_ONLY, 1L);
    const auto code = drive(stop);
    if (code == CURLE_OK)
        return std::nullopt;
    auto error = error_of(code, request);
    if (error.kind() != Kind::denied)
        return std::nullopt;
    return error;
}

std::size_t CurlHandle::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto& handle = *static_cast<CurlHandle*>(self);
    const std::string_view line(data, size * count);
    if (line.starts_with("HTTP/")) {
        // A new answer: after "100 Continue" or a proxy's "200 Connection established".
        handle.response_.headers.clear();
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        handle.response_.headers[text::lower(text::trim(line.substr(0, colon)))] =
            text::trim(line.substr(colon + 1));
    }
    return size * count;
}

std::size_t CurlHandle::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& handle = *static_cast<CurlHandle*>(self);
    const std::string_view chunk(data, size * count);
    const auto status = handle.info<long>(CURLINFO_RESPONSE_CODE);
    if (!handle.request_->on_chunk || status < 200 || status >= 300) {
        handle.response_.body += chunk;
        return chunk.size();
    }
    try {
        if (handle.response_.status == 0) {
            handle.response_.status = static_cast<int>(status);
            if (handle.request_->on_head)
                handle.request_->on_head(handle.response_);
        }
        if (handle.request_->on_chunk(chunk))
            return chunk.size();
        handle.ended_by_caller_ = true;
    } catch (...) {
        handle.thrown_ = std::current_exception();
    }
    return CURL_WRITEFUNC_ERROR;
}

std::size_t CurlHandle::on_upload(char* data, std::size_t size, std::size_t count, void* self) {
    auto& handle = *static_cast<CurlHandle*>(self);
    try {
        return handle.request_->body_source({data, size * count});
    } catch (...) {
        handle.thrown_ = std::current_exception();
        return CURL_READFUNC_ABORT;
    }
}

} // namespace orch::http
