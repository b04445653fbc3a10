#include "lib/http/libcurl.hpp"

#include "lib/base/error.hpp"
#include "lib/os/library.hpp"

/// libcurl brings librtmp and that GnuTLS, which nobody here uses: a second of two TLS libraries,
/// whose tables take 0.8 MiB as soon as it is loaded. It asks the program by this name whether it
/// may leave that out (GNUTLS_SKIP_GLOBAL_INIT in the GnuTLS manual, "Initialization").
extern "C" int _gnutls_global_init_skip() { return 1; } // NOLINT: the name is GnuTLS's

namespace orch::http {

namespace {

Libcurl load() {
    const os::Library library("libcurl.so.4"); // the same since 2006
    Libcurl curl{};
    library.find(curl.global_init, "curl_global_init");
    library.find(curl.easy_init, "curl_easy_init");
    library.find(curl.easy_setopt, "curl_easy_setopt");
    library.find(curl.easy_getinfo, "curl_easy_getinfo");
    library.find(curl.easy_reset, "curl_easy_reset");
    library.find(curl.easy_cleanup, "curl_easy_cleanup");
    library.find(curl.easy_strerror, "curl_easy_strerror");
    library.find(curl.easy_send, "curl_easy_send");
    library.find(curl.easy_recv, "curl_easy_recv");
    library.find(curl.multi_init, "curl_multi_init");
    library.find(curl.multi_add_handle, "curl_multi_add_handle");
    library.find(curl.multi_remove_handle, "curl_multi_remove_handle");
    library.find(curl.multi_perform, "curl_multi_perform");
    library.find(curl.multi_poll, "curl_multi_poll");
    library.find(curl.multi_wakeup, "curl_multi_wakeup");
    library.find(curl.multi_info_read, "curl_multi_info_read");
    library.find(curl.multi_strerror, "curl_multi_strerror");
    library.find(curl.multi_cleanup, "curl_multi_cleanup");
    library.find(curl.slist_append, "curl_slist_append");
    library.find(curl.slist_free_all, "curl_slist_free_all");
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        throw Error(Kind::internal, "cannot initialise curl");
    return curl;
}

} // namespace

const Libcurl& libcurl() {
    static const Libcurl curl = load();
    return curl;
}

} // namespace orch::http
