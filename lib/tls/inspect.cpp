// Looking at certificates.
#include "lib/tls/certificate.hpp"
#include "lib/tls/pem.hpp"

#include <fmt/chrono.h>

#include <arpa/inet.h>
#include <ctime>

namespace orch::tls {

namespace {

using std::chrono::system_clock;

system_clock::time_point time_point(const ASN1_TIME* time) {
    std::tm parts{};
    require(ASN1_TIME_to_tm(time, &parts) == 1, "reading a date");
    return system_clock::from_time_t(timegm(&parts));
}

std::string name_text(const X509_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    require(
        bio && X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0,
        "name"
    );
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string address_text(const ASN1_OCTET_STRING* octets) {
    char text[INET6_ADDRSTRLEN] = "";
    const int family = ASN1_STRING_length(octets) == 4 ? AF_INET : AF_INET6;
    inet_ntop(family, ASN1_STRING_get0_data(octets), text, sizeof text);
    return text;
}

std::vector<std::string> alternative_names(const X509* certificate) {
    std::vector<std::string> hosts;
    const Names names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)
    ));
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
        if (type == GEN_DNS) {
            const auto* text = static_cast<const ASN1_STRING*>(value);
            hosts.emplace_back(
                reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                static_cast<std::size_t>(ASN1_STRING_length(text))
            );
        } else if (type == GEN_IPADD) {
            hosts.push_back(address_text(static_cast<const ASN1_OCTET_STRING*>(value)));
        }
    }
    return hosts;
}

std::string date_text(system_clock::time_point time) {
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(system_clock::to_time_t(time)));
}

} // namespace

Info inspect(const std::string& pem, const std::string& source) {
    const auto certificate = read_certificate(pem, source);
    const auto flags = X509_get_extension_flags(certificate.get());
    const auto usage = X509_get_extended_key_usage(certificate.get());
    const bool limited =
        (flags & EXFLAG_XKUSAGE) != 0; // without the extension every use is allowed
    return {
        .subject = name_text(X509_get_subject_name(certificate.get())),
        .issuer = name_text(X509_get_issuer_name(certificate.get())),
        .hosts = alternative_names(certificate.get()),
        .not_before = time_point(X509_get0_notBefore(certificate.get())),
        .not_after = time_point(X509_get0_notAfter(certificate.get())),
        .is_authority = (flags & EXFLAG_CA) != 0,
        .client_auth = !limited || (usage & XKU_SSL_CLIENT) != 0,
        .server_auth = !limited || (usage & XKU_SSL_SERVER) != 0,
    };
}

std::string why_untrusted(
    const std::string& certificate_pem,
    const std::string& authority_pem,
    system_clock::time_point now
) {
    const auto certificate = read_certificate(certificate_pem, "the certificate");
    const auto authority = read_certificate(authority_pem, "the certificate authority");
    if (X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) != 1) {
        ERR_clear_error();
        return "it was signed by another authority";
    }
    if ((X509_get_extension_flags(authority.get()) & EXFLAG_CA) == 0)
        return "what signed it is no authority";
    for (const auto& [what, subject] :
         {std::pair{"it", certificate.get()}, std::pair{"its authority", authority.get()}}) {
        const auto from = time_point(X509_get0_notBefore(subject));
        const auto until = time_point(X509_get0_notAfter(subject));
        if (now > until)
            return fmt::format("{} expired on {}", what, date_text(until));
        if (now < from)
            return fmt::format("{} is not valid before {}", what, date_text(from));
    }
    return {};
}

bool match(const Pair& pair) {
    const auto certificate = read_certificate(pair.certificate, "the certificate");
    const auto key = read_key(pair.key, "its key");
    const bool same = X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    return same;
}

} // namespace orch::tls
