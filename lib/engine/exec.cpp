#include "lib/engine/attach.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/shared.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

namespace {

using Json = nlohmann::json;

std::string exec_path(const std::string& id, std::string_view verb) {
    return "/exec/" + http::escape(id) + std::string(verb);
}

std::map<std::string, std::string> size_query(const TerminalSize& size) {
    return {{"h", std::to_string(size.rows)}, {"w", std::to_string(size.columns)}};
}

Json exec_body(const ExecOptions& options) {
    Json body{
        {"Cmd", options.command},
        {"Env", options.environment},
        {"Privileged", options.privileged},
        {"Tty", options.tty},
        {"Detach", !options.attach},
        {"AttachStdin", options.attach},
        {"AttachStdout", options.attach},
        {"AttachStderr", options.attach}};
    if (!options.user.empty())
        body["User"] = options.user;
    if (!options.working_dir.empty())
        body["WorkingDir"] = options.working_dir;
    return body;
}

} // namespace

Dialogue Engine::attach(const std::string& id, bool tty, bool input) {
    auto duplex = shared_->upgrade(
        {.method = "POST",
         .path = "/containers/" + http::escape(id) + "/attach",
         .query = {{"stream", "1"}, {"stdin", flag(input)}, {"stdout", "1"}, {"stderr", "1"}}},
        stop_
    );
    return {std::move(duplex), tty, stop_};
}

void Engine::resize_container(const std::string& id, const TerminalSize& size) {
    shared_->require(
        {.method = "POST",
         .path = "/containers/" + http::escape(id) + "/resize",
         .query = size_query(size)},
        stop_
    );
}

std::string Engine::create_exec(const std::string& container, const ExecOptions& options) {
    const auto body = exec_body(options);
    return read_created(shared_->ask(
                            {.method = "POST",
                             .path = "/containers/" + http::escape(container) + "/exec",
                             .body = &body},
                            stop_
                        ))
        .id;
}

Dialogue Engine::start_exec(const std::string& exec, bool tty) {
    const Json body{{"Detach", false}, {"Tty", tty}};
    auto duplex = shared_->upgrade(
        {.method = "POST", .path = exec_path(exec, "/start"), .body = &body}, stop_
    );
    return {std::move(duplex), tty, stop_};
}

void Engine::start_exec_alone(const std::string& exec, bool tty) {
    const Json body{{"Detach", true}, {"Tty", tty}};
    const Call call{
        .method = "POST",
        .path = exec_path(exec, "/start"),
        .body = &body,
        .timeout = change_limit};
    // A standalone swarm answers twice on a connection that is to stay one.
    if (shared_->standalone(stop_))
        shared_->require_alone(call, stop_);
    else
        shared_->require(call, stop_);
}

ExecState Engine::inspect_exec(const std::string& exec) {
    const auto answer = shared_->ask({.method = "GET", .path = exec_path(exec, "/json")}, stop_);
    ExecState state{.running = answer.value("Running", false)};
    if (const auto code = answer.find("ExitCode"); code != answer.end() && code->is_number())
        state.exit_code = code->get<int>();
    return state;
}

void Engine::resize_exec(const std::string& exec, const TerminalSize& size) {
    shared_->require(
        {.method = "POST", .path = exec_path(exec, "/resize"), .query = size_query(size)}, stop_
    );
}

} // namespace orch::engine
