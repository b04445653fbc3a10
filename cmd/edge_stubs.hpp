// Stand-ins until the real edges are there; this file goes when they come.
#pragma once

#include "lib/base/error.hpp"
#include "lib/http/client.hpp"
#include "lib/process/runner.hpp"
#include "lib/ssh/shell.hpp"

namespace orch {

[[noreturn]] inline void not_there_yet(const char* what) {
    throw Error(Kind::unsupported, "{} is not built in yet", what);
}

namespace process {

class SystemRunner : public Runner {
  public:
    Outcome run(const Command&, const std::stop_token&) override { not_there_yet("process"); }

    int run_attached(const Command&) override { not_there_yet("process"); }
};

} // namespace process

namespace http {

class CurlClient : public Client {
  public:
    Response send(const Request&, const std::stop_token&) override { not_there_yet("http"); }
};

} // namespace http

namespace ssh {

class Libssh2Connector : public Connector {
  public:
    Libssh2Connector(process::Runner&, std::filesystem::path) {}

    std::unique_ptr<Shell>
    connect(const Address&, std::chrono::milliseconds, const std::stop_token&) override {
        not_there_yet("ssh");
    }
};

} // namespace ssh

} // namespace orch
