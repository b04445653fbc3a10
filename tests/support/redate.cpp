#include "tests/support/redate.hpp"

#include "tests/support/temp_dir.hpp"
#include "tests/support/tls_server.hpp"

#include <fstream>
#include <iterator>

namespace orch::test {

tls::Pair redate(const tls::Pair& pair, const tls::Pair& authority, int days) {
    const TempDir dir;
    const auto request = (dir.path() / "request.pem").string();
    const auto out = (dir.path() / "out.pem").string();
    // The program signs requests only, so the certificate becomes one.
    openssl(
        {"x509",
         "-x509toreq",
         "-copy_extensions",
         "copyall",
         "-in",
         dir.write("in.pem", pair.certificate),
         "-signkey",
         dir.write("key.pem", pair.key),
         "-out",
         request}
    );
    openssl(
        {"x509",
         "-req",
         "-copy_extensions",
         "copyall",
         "-in",
         request,
         "-CA",
         dir.write("ca.pem", authority.certificate),
         "-CAkey",
         dir.write("ca-key.pem", authority.key),
         "-days",
         std::to_string(days),
         "-out",
         out}
    );
    std::ifstream file(out, std::ios::binary);
    return {
        .certificate = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()},
        .key = pair.key};
}

} // namespace orch::test
