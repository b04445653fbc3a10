// A certificate and its key as two files that are replaced together.
#pragma once

#include "lib/tls/certificate.hpp"

#include <filesystem>

namespace orch::machine {

struct PairFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

/// Throws Error(not_found) naming the file that is missing.
tls::Pair read_pair(const PairFiles& files);

/// Writes both, the key 0600; makes their directories. Killed in between, it leaves what
/// finish_replacing() ends: never for good a certificate without its key.
void replace_pair(const PairFiles& files, const tls::Pair& pair);

/// Ends a replacement that was cut short, or takes back one that had hardly begun.
void finish_replacing(const PairFiles& files);

} // namespace orch::machine
