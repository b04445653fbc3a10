// What a FakeEngine shows of the inside of a container: one process, what it uses, and the files
// that archives put there.
#include "lib/archive/tar_write.hpp"
#include "lib/base/base64.hpp"
#include "tests/support/fake_engine_state.hpp"
#include "tests/support/tar_reader.hpp"

#include <fmt/core.h>

namespace orch::test {

namespace {

std::string trimmed(std::string path) {
    if (path.ends_with("/."))
        path.pop_back();
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

std::map<std::string, std::string> files_of(const ContainerState& container) {
    std::map<std::string, std::string> files;
    for (const auto& upload : container.uploads)
        for (const auto& [path, content] : read_tar(upload.tar))
            files[upload.dir + (upload.dir.ends_with('/') ? "" : "/") + path] = content;
    return files;
}

/// Every image has these; other directories are there as soon as something lies in them.
bool is_directory(const std::map<std::string, std::string>& files, const std::string& path) {
    if (path == "/" || path == "/tmp" || path == "/etc")
        return true;
    const auto below = files.lower_bound(path + "/");
    return below != files.end() && below->first.starts_with(path + "/");
}

std::string base_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void require_running(const ContainerState& container) {
    if (container.state != "running" && container.state != "paused")
        throw Refusal{409, fmt::format("Container {} is not running", container.id)};
}

Json sample(std::uint64_t used, std::uint64_t system) {
    return {
        {"cpu_usage", {{"total_usage", used}}}, {"system_cpu_usage", system}, {"online_cpus", 2}};
}

} // namespace

http::Response FakeEngine::State::top(FakeCall& call) {
    const auto& target = container(call.parts[0]);
    require_running(target);
    return json_response(
        200, {{"Titles", {"UID", "PID", "CMD"}}, {"Processes", {{"root", "4242", "httpd -f"}}}}
    );
}

/// A quarter of the time of two processors, 3 MiB of which 1 MiB is idle; a stream has two samples.
http::Response FakeEngine::State::stats(FakeCall& call) {
    const auto& target = container(call.parts[0]);
    const bool alive = target.state == "running";
    const Json answer{
        {"cpu_stats", alive ? sample(2000, 10000) : Json::object()},
        {"precpu_stats", alive ? sample(1000, 2000) : Json::object()},
        {"memory_stats",
         alive
             ? Json{{"usage", 3 << 20}, {"limit", 1 << 30}, {"stats", {{"inactive_file", 1 << 20}}}}
             : Json::object()},
        {"networks", {{"eth0", {{"rx_bytes", 1090}, {"tx_bytes", 0}}}}},
        {"blkio_stats",
         {{"io_service_bytes_recursive",
           {{{"op", "Read"}, {"value", 4096}}, {{"op", "Write"}, {"value", 12}}}}}},
        {"pids_stats", {{"current", alive ? 1 : 0}}}};
    stream_json(call, answer);
    if (call.flag("stream"))
        stream_json(call, answer);
    return {200, {}, {}};
}

http::Response FakeEngine::State::stat_path(FakeCall& call) {
    const auto files = files_of(container(call.parts[0]));
    const auto path = trimmed(call.query("path"));
    const bool directory = is_directory(files, path);
    const auto file = files.find(path);
    if (!directory && file == files.end())
        throw Refusal{404, "Could not find the file " + path};
    constexpr std::uint64_t directory_bit = 1U << 31U;
    const Json stat{
        {"name", base_of(path)},
        {"size", directory ? 4096 : file->second.size()},
        {"mode", directory ? directory_bit | 0755U : 0644U},
        {"mtime", "2026-01-01T00:00:00Z"},
        {"linkTarget", ""}};
    return {200, {{"x-docker-container-path-stat", base64::encode_url(stat.dump())}}, {}};
}

http::Response FakeEngine::State::download(FakeCall& call) {
    const auto files = files_of(container(call.parts[0]));
    const auto path = trimmed(call.query("path"));
    std::vector<archive::TarMember> members;
    if (is_directory(files, path)) {
        members.push_back({.path = base_of(path) + "/", .mode = 0755});
        for (const auto& [name, content] : files)
            if (name.starts_with(path + "/"))
                members.push_back(
                    {.path = base_of(path) + name.substr(path.size()), .content = content}
                );
    } else if (const auto file = files.find(path); file != files.end()) {
        members.push_back({.path = base_of(path), .content = file->second});
    } else {
        throw Refusal{404, "Could not find the file " + path};
    }
    return {200, {{"content-type", "application/x-tar"}}, archive::tar_of(members)};
}

} // namespace orch::test
