// Making certificates.
#include "lib/base/text.hpp"
#include "lib/tls/certificate.hpp"
#include "lib/tls/pem.hpp"

#include <openssl/rand.h>

#include <arpa/inet.h>

namespace orch::tls {

namespace {

constexpr long authority_days = 3650;
constexpr long leaf_days = 825;      // what browsers and Apple's systems still accept
constexpr long clock_slack = 5 * 60; // hosts whose clock is a little behind

Key new_key() {
    Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "making a key");
    return key;
}

bool is_address(const std::string& host) {
    unsigned char buffer[sizeof(in6_addr)];
    return inet_pton(AF_INET, host.c_str(), buffer) == 1 ||
           inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

/// "IP:..." or "DNS:..." for OpenSSL's list of names, in which a comma begins the next one.
std::string alternative_name(std::string host) {
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    if (is_address(host))
        return "IP:" + host;
    if (host.empty() || host.find_first_of(", \t\n\\\"=@/:") != std::string::npos)
        throw Error(Kind::invalid, "\"{}\" is no host name or address for a certificate", host);
    return "DNS:" + host;
}

/// A random number of 127 bits: positive, as RFC 5280 4.1.2.2 wants it.
void set_serial(X509* certificate) {
    unsigned char bytes[16];
    require(RAND_bytes(bytes, sizeof bytes) == 1, "making a serial number");
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7F) | 0x01);
    using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
    const Number number(BN_bin2bn(bytes, sizeof bytes, nullptr));
    require(
        number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
        "serial"
    );
}

void set_validity(X509* certificate, long days) {
    require(
        X509_gmtime_adj(X509_getm_notBefore(certificate), -clock_slack) != nullptr &&
            X509_time_adj_ex(
                X509_getm_notAfter(certificate), static_cast<int>(days), -clock_slack, nullptr
            ) != nullptr,
        "setting the dates"
    );
}

void set_organization(X509* certificate, const std::string& organization) {
    const auto* text = reinterpret_cast<const unsigned char*>(organization.c_str());
    require(
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate),
            "O",
            MBSTRING_UTF8,
            text,
            static_cast<int>(organization.size()),
            -1,
            0
        ) == 1,
        "setting the subject"
    );
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "adding " + value);
}

struct Plan {
    std::string organization;
    long days = leaf_days;
    std::vector<std::pair<int, std::string>> extensions;
};

/// Signs a certificate for a new key; without `authority` it signs itself.
Pair issue(const Plan& plan, const Pair* authority) {
    const auto key = new_key();
    Certificate certificate(X509_new());
    require(
        certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1,
        "making a certificate"
    );
    set_serial(certificate.get());
    set_validity(certificate.get(), plan.days);
    set_organization(certificate.get(), plan.organization);
    require(X509_set_pubkey(certificate.get(), key.get()) == 1, "setting the key");

    Certificate issuer;
    Key issuer_key;
    if (authority != nullptr) {
        issuer = read_certificate(authority->certificate, "the certificate authority");
        issuer_key = read_key(authority->key, "the certificate authority's key");
    }
    X509* signer = issuer ? issuer.get() : certificate.get();
    require(
        X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer)) == 1,
        "setting the issuer"
    );
    for (const auto& [id, value] : plan.extensions)
        add_extension(certificate.get(), signer, id, value);
    // Authorities that docker-machine made have no key identifier to point at.
    if (authority != nullptr && X509_get0_subject_key_id(signer) != nullptr)
        add_extension(certificate.get(), signer, NID_authority_key_identifier, "keyid");
    EVP_PKEY* signing_key = issuer_key ? issuer_key.get() : key.get();
    require(X509_sign(certificate.get(), signing_key, EVP_sha256()) > 0, "signing a certificate");
    return {.certificate = to_pem(certificate.get()), .key = to_pem(key.get())};
}

} // namespace

Pair make_authority(const std::string& organization) {
    return issue(
        {
            .organization = organization,
            .days = authority_days,
            .extensions =
                {
                    {NID_basic_constraints, "critical,CA:TRUE"},
                    {NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign"},
                    {NID_subject_key_identifier, "hash"},
                },
        },
        nullptr
    );
}

Pair make_client(const Pair& authority, const std::string& organization) {
    return issue(
        {
            .organization = organization,
            .extensions =
                {
                    {NID_basic_constraints, "critical,CA:FALSE"},
                    {NID_key_usage, "critical,digitalSignature"},
                    {NID_ext_key_usage, "clientAuth"},
                    {NID_subject_key_identifier, "hash"},
                },
        },
        &authority
    );
}

Pair make_server(
    const Pair& authority,
    const std::string& organization,
    const std::vector<std::string>& hosts,
    bool also_client
) {
    std::vector<std::string> names;
    for (const auto& host : hosts)
        names.push_back(alternative_name(host));
    return issue(
        {
            .organization = organization,
            .extensions =
                {
                    {NID_basic_constraints, "critical,CA:FALSE"},
                    {NID_key_usage, "critical,digitalSignature,keyEncipherment,keyAgreement"},
                    {NID_ext_key_usage, also_client ? "serverAuth,clientAuth" : "serverAuth"},
                    {NID_subject_alt_name, text::join(names, ",")},
                    {NID_subject_key_identifier, "hash"},
                },
        },
        &authority
    );
}

} // namespace orch::tls
