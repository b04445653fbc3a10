#include "machine/pair_files.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"

namespace orch::machine {

namespace {

namespace stdfs = std::filesystem;

constexpr unsigned certificate_mode = 0644;
constexpr unsigned key_mode = 0600;

PairFiles staged(const PairFiles& files) {
    return {files.certificate.string() + ".new", files.key.string() + ".new"};
}

void write(const PairFiles& files, const tls::Pair& pair) {
    fs::write_atomic(files.key, pair.key, key_mode);
    fs::write_atomic(files.certificate, pair.certificate, certificate_mode);
}

/// The certificate first: it is the sign that the new pair is complete.
void remove(const PairFiles& files) {
    std::error_code ignored;
    stdfs::remove(files.certificate, ignored);
    stdfs::remove(files.key, ignored);
}

} // namespace

tls::Pair read_pair(const PairFiles& files) {
    return {.certificate = fs::read_file(files.certificate), .key = fs::read_file(files.key)};
}

void replace_pair(const PairFiles& files, const tls::Pair& pair) {
    fs::make_private_dir(files.key.parent_path());
    fs::make_private_dir(files.certificate.parent_path());
    // No rename replaces two files at once. With the new pair beside the old one, whoever comes
    // next can go on.
    const auto beside = staged(files);
    write(beside, pair);
    write(files, pair);
    remove(beside);
}

void finish_replacing(const PairFiles& files) {
    const auto beside = staged(files);
    if (stdfs::exists(beside.certificate) && stdfs::exists(beside.key))
        write(files, read_pair(beside));
    if (stdfs::exists(beside.certificate) || stdfs::exists(beside.key))
        remove(beside);
}

} // namespace orch::machine
