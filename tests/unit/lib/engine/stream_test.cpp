#include "lib/base/error.hpp"
#include "lib/engine/stream.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace engine = orch::engine;

namespace {

/// Feeds `bytes` in pieces of `step`.
template <class Stream>
bool feed(Stream& stream, std::string_view bytes, std::size_t step) {
    for (std::size_t at = 0; at < bytes.size(); at += step)
        if (!stream.feed(bytes.substr(at, step)))
            return false;
    return true;
}

std::string frame(int stream, const std::string& text) {
    return std::string{
               static_cast<char>(stream), 0, 0, 0, 0, 0, 0, static_cast<char>(text.size())} +
           text;
}

} // namespace

TEST_CASE("object stream: objects come out whole, however they are cut") {
    const std::string bytes =
        "{\"a\":\"}{\\\"\"}\r\n{\"b\":{\"c\":[{}]}}{\"d\":\"\\\\\"}\n  {\"e\":1}";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        std::vector<std::string> objects;
        engine::ObjectStream stream([&](const nlohmann::json& object) {
            objects.push_back(object.dump());
            return true;
        });
        CHECK(feed(stream, bytes, step));
        CHECK(
            objects ==
            std::vector<std::string>{
                "{\"a\":\"}{\\\"\"}", "{\"b\":{\"c\":[{}]}}", "{\"d\":\"\\\\\"}", "{\"e\":1}"}
        );
    }
}

TEST_CASE("object stream: ends when it is told to") {
    int seen = 0;
    engine::ObjectStream stream([&](const nlohmann::json&) { return ++seen < 2; });
    CHECK_FALSE(stream.feed("{}{}{}"));
    CHECK(seen == 2);
}

TEST_CASE("object stream: what is no JSON is an error of the other side") {
    engine::ObjectStream stream([](const nlohmann::json&) { return true; });
    CHECK_THROWS_AS(stream.feed("{nonsense}"), orch::Error);
}

TEST_CASE("frame stream: frames come out under their stream, however they are cut") {
    const auto bytes = frame(1, "out\n") + frame(2, "err\n") + frame(1, "") + frame(1, "more\n");
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        std::string out;
        std::string err;
        engine::FrameStream stream([&](int number, std::string_view text) {
            (number == 2 ? err : out) += text;
            return true;
        });
        CHECK(feed(stream, bytes, step));
        CHECK(out == "out\nmore\n");
        CHECK(err == "err\n");
    }
}

TEST_CASE("frame stream: a long frame of which the length has four bytes") {
    std::string header{1, 0, 0, 0, 0, 1, 0, 2}; // 65538
    std::size_t seen = 0;
    engine::FrameStream stream([&](int, std::string_view text) {
        seen += text.size();
        return true;
    });
    CHECK(feed(stream, header + std::string(65538, 'x') + frame(2, "end"), 1000));
    CHECK(seen == 65541);
}

TEST_CASE("frame stream: ends when it is told to") {
    engine::FrameStream stream([](int, std::string_view) { return false; });
    CHECK_FALSE(stream.feed(frame(1, "x")));
}

TEST_CASE("frame stream: plain text and the engine's own failure are errors") {
    engine::FrameStream plain([](int, std::string_view) { return true; });
    CHECK_THROWS_AS(plain.feed("this is a terminal's output"), orch::Error);
    engine::FrameStream failing([](int, std::string_view) { return true; });
    CHECK_THROWS_WITH(
        failing.feed(frame(3, "disk full")), "the engine cannot go on with the output: disk full"
    );
}
