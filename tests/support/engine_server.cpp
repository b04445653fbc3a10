#include "tests/support/engine_server.hpp"

#include "lib/base/error.hpp"

#include <chrono>
#include <regex>

namespace orch::test {

namespace {

/// Header names as HTTP writes them; the engine reads those of a Request as they were given.
std::map<std::string, std::string> canonical(const Headers& headers) {
    std::map<std::string, std::string> result;
    for (const auto& [lower, value] : headers) {
        auto name = lower;
        bool first = true;
        for (auto& c : name) {
            if (first && c >= 'a' && c <= 'z')
                c = static_cast<char>(c - 'a' + 'A');
            first = c == '-';
        }
        result[name] = value;
    }
    return result;
}

/// The routes whose answers are streams; all others have a length and a status of their own.
bool streams(const std::string& target) {
    static const std::regex routes(
        "(/v[0-9.]+)?/(containers/[^/]+/(logs|stats)|events|build|images/create)"
    );
    return std::regex_match(target.substr(0, target.find('?')), routes);
}

void serve(FakeEngine& engine, Conversation& conversation) {
    bool begun = false;
    http::Request request{
        .method = conversation.method(),
        .url = "http://engine" + conversation.target(),
        .headers = canonical(conversation.headers()),
        .body_source = [&](std::span<char> buffer) { return conversation.read(buffer); },
        .on_chunk =
            [&](std::string_view bytes) {
                if (!begun)
                    conversation.begin(200, {{"Content-Type", "application/json"}});
                begun = true;
                return conversation.write(bytes);
            },
        .timeout = std::chrono::milliseconds(0),
    };
    if (!streams(conversation.target()))
        request.on_chunk = {};
    const auto response = engine.send(request, conversation.gone());
    if (begun)
        conversation.end();
    else
        conversation.reply(response.status, response.body, response.headers);
}

} // namespace

EngineServer::EngineServer(FakeEngine& engine, const std::filesystem::path& socket)
    : server_(socket, [&engine](Conversation& conversation) {
          try {
              serve(engine, conversation);
          } catch (const Error& error) {
              // A fault of the scene, or a client that went away in the middle.
              if (error.kind() == Kind::cancelled)
                  conversation.close();
              else
                  conversation.reset();
          }
      }) {}

} // namespace orch::test
