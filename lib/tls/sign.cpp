#include "lib/tls/sign.hpp"

#include "lib/tls/openssl.hpp"
#include "lib/tls/pem.hpp"

namespace orch::tls {

namespace {

using Context = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;

const unsigned char* bytes_of(std::string_view data) {
    return reinterpret_cast<const unsigned char*>(data.data());
}

} // namespace

std::string sign_rs256(const std::string& key, std::string_view data, const std::string& source) {
    const auto parsed = read_key(key, source);
    if (EVP_PKEY_get_base_id(parsed.get()) != EVP_PKEY_RSA)
        throw Error(Kind::invalid, "{}: the private key is no RSA key", source);
    const Context context(EVP_MD_CTX_new());
    require(
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, parsed.get()) == 1,
        "cannot begin a signature"
    );
    std::size_t size = 0;
    const auto sign = [&](unsigned char* place) {
        require(
            EVP_DigestSign(context.get(), place, &size, bytes_of(data), data.size()) == 1,
            "cannot sign"
        );
    };
    sign(nullptr); // says how much room it needs
    std::string signature(size, '\0');
    sign(reinterpret_cast<unsigned char*>(signature.data()));
    signature.resize(size);
    return signature;
}

} // namespace orch::tls
