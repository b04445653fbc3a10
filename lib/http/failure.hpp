// What a failed exchange means, in words; for this room only.
#pragma once

#include "lib/http/client.hpp"

#include <curl/curl.h>

#include <string_view>

namespace orch::http {

/// What curl knows about it.
struct Failure {
    CURLcode code = CURLE_OK;
    std::string_view reason; // curl's own words
    int os_error = 0;        // errno of the connection attempt, or 0
    bool connected = false;  // the request could be sent
    bool begun = false;      // the head of an answer came
};

NoAnswer failure(const Failure& failure, const Request& request);

} // namespace orch::http
