// A FakeEngine behind a real unix socket, for tests of the whole program.
#pragma once

#include "tests/support/fake_engine.hpp"
#include "tests/support/http_server.hpp"

#include <filesystem>

namespace orch::test {

class EngineServer {
  public:
    /// Serves until it is destroyed; `engine` must live longer.
    EngineServer(FakeEngine& engine, const std::filesystem::path& socket);

    [[nodiscard]] const HttpServer& http() const { return server_; }

  private:
    HttpServer server_;
};

} // namespace orch::test
