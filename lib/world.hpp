// The edges of the program, gathered: what touches the outside goes through one of these.
#pragma once

#include <stop_token>

namespace orch {

namespace process {
class Runner;
}

namespace http {
class Client;
}

namespace ssh {
class Connector;
}

namespace tasks {
class Clock;
}

namespace progress {
class Sink;
}

/// Built once in main and once in the tests; every member may be used from any thread.
struct World {
    process::Runner& processes;
    http::Client& http;
    ssh::Connector& ssh;
    tasks::Clock& clock;
};

/// What one running operation may use besides the World.
struct Job {
    std::stop_token stop;
    progress::Sink& progress;
};

} // namespace orch
