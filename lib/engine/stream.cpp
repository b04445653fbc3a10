#include "lib/engine/stream.hpp"

#include "lib/base/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::engine {

namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t largest_object = std::size_t{16} << 20; // only a broken stream has more
constexpr int failure_stream = 3;                             // "systemerr" of the engine's stdcopy

} // namespace

bool ObjectStream::feed(std::string_view chunk) {
    for (const char c : chunk) {
        if (depth_ == 0 && c != '{')
            continue; // white space between objects
        object_ += c;
        if (object_.size() > largest_object)
            throw Error(Kind::remote, "the engine's answer is no JSON stream");
        if (in_string_) {
            if (!escaped_ && c == '"')
                in_string_ = false;
            escaped_ = !escaped_ && c == '\\';
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{') {
            ++depth_;
        } else if (c == '}' && --depth_ == 0 && !finish_object()) {
            return false;
        }
    }
    return true;
}

bool ObjectStream::finish_object() {
    const auto text = std::exchange(object_, {});
    const auto object = nlohmann::json::parse(text, nullptr, false);
    if (object.is_discarded())
        throw Error(Kind::remote, "the engine sent no valid JSON: {}", text.substr(0, 200));
    return on_object_(object);
}

bool FrameStream::feed(std::string_view chunk) {
    while (!chunk.empty()) {
        if (left_ == 0) {
            const auto missing = std::min(header_size - header_.size(), chunk.size());
            header_ += chunk.substr(0, missing);
            chunk.remove_prefix(missing);
            if (header_.size() < header_size)
                return true;
            read_header();
            continue;
        }
        const auto piece = chunk.substr(0, left_);
        left_ -= piece.size();
        chunk.remove_prefix(piece.size());
        if (stream_ == failure_stream)
            throw Error(Kind::remote, "the engine cannot go on with the output: {}", piece);
        if (!on_output_(stream_, piece))
            return false;
    }
    return true;
}

void FrameStream::read_header() {
    const auto byte = [this](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(header_[i]));
    };
    stream_ = static_cast<int>(byte(0));
    left_ = byte(4) << 24 | byte(5) << 16 | byte(6) << 8 | byte(7);
    if (stream_ > failure_stream || (byte(1) | byte(2) | byte(3)) != 0)
        throw Error(Kind::remote, "the engine's output has no frames; is it that of a terminal?");
    header_.clear();
}

} // namespace orch::engine
