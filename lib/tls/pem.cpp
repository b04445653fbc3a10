#include "lib/tls/pem.hpp"

#include <openssl/pem.h>

namespace orch::tls {

namespace {

Bio reader(const std::string& text) {
    Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    require(bio != nullptr, "reading PEM");
    return bio;
}

std::string content(BIO* bio) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

/// Answers "no" instead of asking on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

} // namespace

Certificate read_certificate(const std::string& pem, const std::string& source) {
    Certificate certificate(PEM_read_bio_X509(reader(pem).get(), nullptr, no_passphrase, nullptr));
    if (!certificate) {
        ERR_clear_error();
        throw Error(Kind::invalid, "{} holds no certificate in PEM form", source);
    }
    return certificate;
}

Key read_key(const std::string& pem, const std::string& source) {
    Key key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, nullptr));
    if (!key) {
        ERR_clear_error();
        throw Error(
            Kind::invalid, "{} holds no private key in PEM form without passphrase", source
        );
    }
    return key;
}

std::string to_pem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    require(bio && PEM_write_bio_X509(bio.get(), certificate) == 1, "writing a certificate");
    return content(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    require(
        bio && PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "writing a private key"
    );
    return content(bio.get());
}

} // namespace orch::tls
