// How long a plugin may take for what.
#pragma once

#include <chrono>

namespace orch::drivers::plugin {

struct Limits {
    using Span = std::chrono::milliseconds;

    Span start = std::chrono::seconds(10);    // until it says where it listens
    Span local = std::chrono::seconds(10);    // for what it knows by itself
    Span query = std::chrono::seconds(30);    // for what it may have to ask its provider
    Span check = std::chrono::minutes(10);    // for everything that is checked before a create
    Span change = std::chrono::hours(2);      // create, start, stop, remove ...
    Span goodbye = std::chrono::seconds(1);   // to end by itself, and again to end by a signal
    Span heartbeat = std::chrono::seconds(5); // between two; without any it ends after 10 s
    Span silence =
        std::chrono::seconds(30); // without an answer to a heartbeat it is taken for hung
    Span checkpoint = std::chrono::seconds(2); // between two looks at a create that goes on
};

} // namespace orch::drivers::plugin
