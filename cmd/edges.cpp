#include "cmd/edges.hpp"

#include "lib/http/curl_client.hpp"
#include "lib/process/system_runner.hpp"
#include "lib/ssh/libssh2_connector.hpp"
#include "lib/tasks/clock.hpp"

#include <functional>
#include <mutex>
#include <utility>

namespace orch::cmd {

namespace {

/// Made by the first thread that needs it.
template <class Type>
class Lazy {
  public:
    explicit Lazy(std::function<std::unique_ptr<Type>()> make) : make_(std::move(make)) {}

    Type& get() {
        std::call_once(once_, [this] { value_ = make_(); });
        return *value_;
    }

  private:
    std::function<std::unique_ptr<Type>()> make_;
    std::once_flag once_;
    std::unique_ptr<Type> value_;
};

class LazyClient : public http::Client {
  public:
    http::Response send(const http::Request& request, const std::stop_token& stop) override {
        return client_.get().send(request, stop);
    }

    http::Upgrade upgrade(const http::Request& request, const std::stop_token& stop) override {
        return client_.get().upgrade(request, stop);
    }

  private:
    Lazy<http::Client> client_{[] { return std::make_unique<http::CurlClient>(); }};
};

class LazyConnector : public ssh::Connector {
  public:
    LazyConnector(process::Runner& runner, const os::Environment& environment)
        : connector_([&runner, &environment] {
              return std::make_unique<ssh::Libssh2Connector>(
                  runner, environment.home(), environment.get_or("SSH_AUTH_SOCK", "")
              );
          }) {}

    std::unique_ptr<ssh::Shell> connect(
        const ssh::Address& address, std::chrono::milliseconds timeout, const std::stop_token& stop
    ) override {
        return connector_.get().connect(address, timeout, stop);
    }

  private:
    Lazy<ssh::Connector> connector_;
};

} // namespace

struct Edges::Parts {
    explicit Parts(const os::Environment& environment) : ssh(runner, environment) {}

    process::SystemRunner runner; // holds nothing, so it may be made at once
    LazyClient http;
    LazyConnector ssh;
    tasks::SystemClock clock;
};

Edges::Edges(const os::Environment& environment)
    : parts_(std::make_unique<Parts>(environment)),
      world_{parts_->runner, parts_->http, parts_->ssh, parts_->clock} {}

Edges::~Edges() = default;

} // namespace orch::cmd
