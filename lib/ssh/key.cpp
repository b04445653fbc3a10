#include "lib/ssh/key.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/ssh/wire.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <sys/stat.h>

namespace orch::ssh {

namespace {

constexpr std::string_view magic("openssh-key-v1\0", 15);
// rsaEncryption, 1.2.840.113549.1.1.1, as it stands in a PKCS #8 file.
constexpr std::string_view rsa_oid("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9);

using RawKey = std::array<unsigned char, 32>;

std::string_view bytes_of(const RawKey& key) {
    return {reinterpret_cast<const char*>(key.data()), key.size()};
}

/// The part between the PEM lines of an OpenSSH private key (openssh: PROTOCOL.key).
std::string openssh_blob(
    const std::string& public_blob,
    std::string_view public_key,
    std::string_view private_key,
    const std::string& comment
) {
    std::array<unsigned char, 4> check{};
    RAND_bytes(check.data(), static_cast<int>(check.size()));
    const std::string_view check_text(reinterpret_cast<const char*>(check.data()), check.size());
    std::string secret;
    secret.append(check_text).append(check_text);
    secret += wire_string("ssh-ed25519");
    secret += wire_string(public_key);
    secret += wire_string(std::string(private_key).append(public_key));
    secret += wire_string(comment);
    for (char pad = 1; secret.size() % 8 != 0; ++pad)
        secret.push_back(pad);
    std::string blob(magic);
    blob += wire_string("none") + wire_string("none") + wire_string("") + wire_number(1);
    return blob + wire_string(public_blob) + wire_string(secret);
}

/// The decoded text between "-----BEGIN" and "-----END"; empty if it is none.
std::string pem_body(const std::string& text) {
    std::string body;
    bool inside = false;
    for (const auto& line : text::lines(text)) {
        if (line.starts_with("-----END"))
            return base64_decode(body).value_or("");
        if (line.starts_with("-----BEGIN"))
            inside = true;
        else if (inside && line.find(':') == std::string::npos) // no "Proc-Type: ..." header
            body += line;
    }
    return {};
}

void inspect_openssh(KeyFile& key, std::string_view blob) {
    blob.remove_prefix(magic.size());
    const auto cipher = take_wire_string(blob);
    const auto kdf = take_wire_string(blob);
    const auto kdf_options = take_wire_string(blob);
    if (!cipher || !kdf || !kdf_options || blob.size() < 4)
        throw Error(Kind::denied, "the SSH key {} is damaged", key.path.string());
    key.encrypted = *cipher != "none";
    blob.remove_prefix(4); // the number of keys, always 1
    if (const auto public_blob = take_wire_string(blob))
        key.public_blob = *public_blob;
}

void inspect_pem(KeyFile& key, const std::string& text, std::string_view blob) {
    key.encrypted = text.find("ENCRYPTED") != std::string::npos;
    if (text.find("BEGIN RSA PRIVATE KEY") != std::string::npos ||
        blob.find(rsa_oid) != std::string_view::npos)
        key.type = "ssh-rsa";
    std::ifstream file(key.path.string() + ".pub");
    std::string type;
    std::string base64;
    if (file >> type >> base64)
        key.public_blob = base64_decode(base64).value_or("");
}

std::string read_text(const std::filesystem::path& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.is_open() && !file.bad() && !std::filesystem::is_directory(path))
        return text;
    const auto reason =
        file.is_open() ? std::string("not a file") : text::lower(std::strerror(errno));
    throw Error(Kind::denied, "cannot read the SSH key {}: {}", path.string(), reason);
}

} // namespace

KeyPair generate_ed25519(const std::string& comment) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free
    );
    RawKey public_key{};
    RawKey private_key{};
    std::size_t public_size = public_key.size();
    std::size_t private_size = private_key.size();
    if (!pair || EVP_PKEY_get_raw_public_key(pair.get(), public_key.data(), &public_size) != 1 ||
        EVP_PKEY_get_raw_private_key(pair.get(), private_key.data(), &private_size) != 1)
        throw Error(Kind::internal, "cannot generate an SSH key");

    const auto public_blob = wire_string("ssh-ed25519") + wire_string(bytes_of(public_key));
    const auto base64 = base64_encode(
        openssh_blob(public_blob, bytes_of(public_key), bytes_of(private_key), comment)
    );
    KeyPair result;
    result.private_text = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
    for (std::size_t at = 0; at < base64.size(); at += 70)
        result.private_text += base64.substr(at, 70) + "\n";
    result.private_text += "-----END OPENSSH PRIVATE KEY-----\n";
    result.public_line = "ssh-ed25519 " + base64_encode(public_blob) + " " + comment + "\n";
    return result;
}

void require_private(const std::filesystem::path& key) {
    using Status = struct stat; // the function of that name hides the type
    Status status{};
    if (::stat(key.c_str(), &status) != 0 || (status.st_mode & S_IRUSR) == 0)
        throw Error(Kind::denied, "'{}' is not readable", key.string())
            .hint("it is the SSH key of the machine; restore it");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        throw Error(
            Kind::denied,
            "permissions {:04o} for '{}' are too open",
            status.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO),
            key.string()
        )
            .hint("chmod 600 {}", text::shell_quote(key.string()));
}

KeyFile read_key_file(const std::filesystem::path& path) {
    const std::string text = read_text(path);
    if (text.find("PRIVATE KEY-----") == std::string::npos)
        throw Error(Kind::denied, "{} is not a private key", path.string())
            .hint("give the file without .pub");
    KeyFile key{.path = path, .type = {}, .public_blob = {}};
    const std::string blob = pem_body(text);
    if (blob.starts_with(magic))
        inspect_openssh(key, blob);
    else
        inspect_pem(key, text, blob);
    std::string_view rest = key.public_blob;
    if (const auto type = take_wire_string(rest); key.type.empty() && type)
        key.type = *type;
    return key;
}

} // namespace orch::ssh
