// What a failed exchange means, in words; for this room only.
#pragma once

#include "lib/base/error.hpp"
#include "lib/http/client.hpp"

#include <curl/curl.h>

#include <string_view>

namespace orch::http {

/// The Error for a curl result. `reason` is what curl wrote into its error buffer, `os_error` the
/// errno of the connection attempt or 0.
Error failure(CURLcode code, std::string_view reason, long os_error, const Request& request);

} // namespace orch::http
