// The real http::Client, on libcurl.
#pragma once

#include "lib/http/client.hpp"

#include <memory>

namespace orch::http {

/// A pool of curl handles. A call takes one, drives it on the caller's thread and gives it back
/// with its connection: callbacks then run where the caller is, what they throw comes out of
/// send(), and no thread of our own has to be joined. (One shared multi handle would need such a
/// thread.) The pool keeps at most 8 idle handles, those that were used last.
class CurlClient : public Client {
  public:
    /// Nothing is initialised before the first request.
    CurlClient();
    ~CurlClient() override;

    Response send(const Request& request, const std::stop_token& stop) override;
    Upgrade upgrade(const Request& request, const std::stop_token& stop) override;

  private:
    class Pool;
    std::unique_ptr<Pool> pool_;
};

} // namespace orch::http
