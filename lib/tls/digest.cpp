#include "lib/tls/digest.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/failure.hpp"
#include "lib/tasks/clock.hpp"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <span>
#include <vector>

namespace orch::tls {

namespace {

struct ContextFree {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

class Digest {
  public:
    explicit Digest(const std::string& algorithm) : context_(EVP_MD_CTX_new()) {
        const auto* const kind = EVP_get_digestbyname(algorithm.c_str());
        if (kind == nullptr || EVP_DigestInit_ex(context_.get(), kind, nullptr) != 1)
            throw Error(Kind::internal, "{} is not available in this OpenSSL", algorithm);
    }

    void add(std::string_view data) { EVP_DigestUpdate(context_.get(), data.data(), data.size()); }

    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
        constexpr std::string_view digits = "0123456789abcdef";
        std::string text;
        text.reserve(std::size_t{2} * size);
        for (const auto byte : std::span(digest).first(size)) {
            text += digits[byte >> 4U];
            text += digits[byte & 15U];
        }
        return text;
    }

  private:
    std::unique_ptr<EVP_MD_CTX, ContextFree> context_;
};

} // namespace

std::string sha256_hex(std::string_view data) { return digest_hex("sha256", data); }

std::string digest_hex(const std::string& algorithm, std::string_view data) {
    Digest digest(algorithm);
    digest.add(data);
    return digest.hex();
}

std::string file_digest_hex(
    const std::filesystem::path& file, const std::string& algorithm, const std::stop_token& stop
) {
    Digest digest(algorithm);
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw fs::failure("read", file, errno);
    constexpr std::size_t piece = 1 << 20;
    std::vector<char> buffer(piece);
    while (stream.read(buffer.data(), piece) || stream.gcount() > 0) {
        tasks::check(stop);
        digest.add({buffer.data(), static_cast<std::size_t>(stream.gcount())});
    }
    if (stream.bad())
        throw fs::failure("read", file, errno);
    return digest.hex();
}

} // namespace orch::tls
