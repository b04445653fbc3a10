// Owners for OpenSSL's objects and its error texts; for this room only.
#pragma once

#include "lib/base/error.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace orch::tls {

template <auto free_function>
struct Freer {
    template <class Object>
    void operator()(Object* object) const {
        free_function(object);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;

inline Error openssl_error(Kind kind, std::string_view what) {
    char reason[256] = "no reason given";
    if (const auto code = ERR_get_error(); code != 0)
        ERR_error_string_n(code, reason, sizeof reason);
    ERR_clear_error();
    return Error(kind, "{}: {}", what, reason);
}

/// For calls that only fail when memory or the program is broken.
inline void require(bool succeeded, std::string_view what) {
    if (!succeeded)
        throw openssl_error(Kind::internal, what);
}

} // namespace orch::tls
