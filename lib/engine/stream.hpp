// The two framings of the engine's streams: JSON objects one behind the other, and multiplexed
// output.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace orch::engine {

/// Cuts a stream of JSON objects, split anywhere over chunks, into objects.
class ObjectStream {
  public:
    explicit ObjectStream(std::function<bool(const nlohmann::json&)> on_object)
        : on_object_(std::move(on_object)) {}

    /// False as soon as on_object returned false. Throws Error(remote) for what is no JSON.
    bool feed(std::string_view chunk);

  private:
    bool finish_object();

    std::function<bool(const nlohmann::json&)> on_object_;
    std::string object_;
    int depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
};

/// Takes the 8-byte frames of a container without a tty apart (POST /containers/ID/attach in the
/// API reference): stream number, three zeros, big-endian length.
class FrameStream {
  public:
    explicit FrameStream(std::function<bool(int stream, std::string_view bytes)> on_output)
        : on_output_(std::move(on_output)) {}

    /// False as soon as on_output returned false. Throws Error(remote) for what has no frames, and
    /// for the engine's own word that it failed.
    bool feed(std::string_view chunk);

  private:
    void read_header();

    std::function<bool(int, std::string_view)> on_output_;
    std::string header_;
    int stream_ = 0;
    std::size_t left_ = 0; // bytes of the current frame still to come
};

} // namespace orch::engine
