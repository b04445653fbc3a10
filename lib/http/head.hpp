// HTTP/1.1 by hand (RFC 9112), as far as a connection needs it that is about to leave it; for this
// room only.
#pragma once

#include "lib/http/client.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace orch::http {

struct Head {
    int status = 0;
    std::map<std::string, std::string> headers{}; // names in lower case

    [[nodiscard]] std::optional<std::size_t> length() const;
    [[nodiscard]] bool chunked() const;

    /// What old engines say instead of 101.
    [[nodiscard]] bool raw_stream() const;
};

/// Without the empty line at its end. Throws Error(remote) for what is no answer.
Head parse_head(std::string_view text);

/// The pieces of a chunked body in one.
std::string join_chunks(std::string_view text);

/// The whole request, with the wish for a raw stream.
std::string request_text(const Request& request);

} // namespace orch::http
