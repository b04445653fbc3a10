// Reading what comes from the store of a swarm; for this room only.
#pragma once

#include "lib/base/error.hpp"
#include "lib/engine/types.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace orch::engine {

/// The member at a JSON pointer, null if there is none.
inline const nlohmann::json& at(const nlohmann::json& object, const char* path) {
    static const nlohmann::json absent;
    const nlohmann::json::json_pointer pointer(path);
    return object.contains(pointer) ? object.at(pointer) : absent;
}

inline std::string text_at(const nlohmann::json& object, const char* path) {
    const auto& value = at(object, path);
    return value.is_string() ? value.get<std::string>() : "";
}

template <class Number>
Number number_at(const nlohmann::json& object, const char* path) {
    const auto& value = at(object, path);
    return value.is_number() ? value.get<Number>() : Number{};
}

inline bool flag_at(const nlohmann::json& object, const char* path) {
    return at(object, path) == nlohmann::json(true);
}

inline Labels labels_at(const nlohmann::json& object, const char* path) {
    Labels labels;
    for (const auto& [name, value] : at(object, path).items())
        if (value.is_string())
            labels[name] = value.get<std::string>();
    return labels;
}

/// Without the words of the transport that the store's own errors have in front.
inline Error plain(const Error& error) {
    constexpr std::string_view mark = " desc = ";
    const auto& message = error.message();
    const auto found = message.find(mark);
    if (!message.starts_with("rpc error:") || found == std::string::npos)
        return error;
    return {error.kind(), "{}", message.substr(found + mark.size())};
}

template <class Body>
decltype(auto) in_plain_words(Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (const Error& error) {
        throw plain(error);
    }
}

/// Others change objects of a swarm too: reads and changes again on what they left, a few times.
template <class Attempt>
void on_what_others_left(const Attempt& attempt) {
    constexpr int attempts = 5;
    for (int left = attempts;; --left) {
        try {
            return in_plain_words(attempt);
        } catch (const Error& error) {
            if (left == 0 || error.message().find("update out of sequence") == std::string::npos)
                throw;
        }
    }
}

} // namespace orch::engine
