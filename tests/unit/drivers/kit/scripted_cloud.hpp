// A cloud's API that answers from a script, for the tests of drivers: strict, and it keeps what it
// was asked.
#pragma once

#include "drivers/driver.hpp"
#include "lib/fs/files.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace orch::test {

using Json = nlohmann::json;

struct ScriptedCloud : FakeWorld {
    struct Asked {
        std::string line; // "GET /droplets?page=1", below the base
        Json body;
        std::map<std::string, std::string> headers;
    };

    std::string base;
    std::vector<Asked> asked;
    TempDir dir;

    explicit ScriptedCloud(std::string url) : base(std::move(url)) {
        http.handler = [this](const http::Request& request) { return answer(request); };
    }

    /// What is answered to "METHOD PATH" (without its query): several in order, the last for good.
    void on(const std::string& line, int status, const Json& body = nullptr) {
        answers_[line].push_back({status, {}, body.is_null() ? "" : body.dump()});
    }

    /// For another answer than those so far.
    void forget(const std::string& line) { answers_.erase(line); }

    /// No answer comes, though the call was carried out.
    void lose(const std::string& line) { answers_[line].push_back({0, {}, ""}); }

    /// Bodies of the requests with that line.
    std::vector<Json> bodies(const std::string& line) const {
        std::vector<Json> found;
        for (const auto& each : asked)
            if (each.line.substr(0, each.line.find('?')) == line)
                found.push_back(each.body);
        return found;
    }

    /// Lines that begin with a method.
    std::vector<std::string> lines(const std::string& method) const {
        std::vector<std::string> found;
        for (const auto& each : asked)
            if (each.line.starts_with(method + " "))
                found.push_back(each.line);
        return found;
    }

    /// All options of a driver as a user leaves them, but those in `given`.
    static drivers::Request
    request(const drivers::Info& info, const std::map<std::string, std::string>& given = {}) {
        drivers::Request request;
        for (const auto& option : info.options) {
            const auto found = given.find(option.name);
            const auto& raw = found == given.end() ? option.fallback : found->second;
            request.values.set(option.name, drivers::value_from_text(option, raw));
        }
        for (const auto& [name, value] : given)
            REQUIRE(request.values.all().contains(name));
        return request;
    }

    drivers::Access access(const std::string& machine = "web1") {
        return {.world = world, .dir = dir.path(), .store = dir.path(), .machine = machine};
    }

  private:
    http::Response answer(const http::Request& request) {
        REQUIRE(request.url.starts_with(base));
        const auto line = request.method + " " + request.url.substr(base.size());
        const auto body = request.body.empty() ? Json() : Json::parse(request.body);
        asked.push_back({line, body, {request.headers.begin(), request.headers.end()}});
        auto& script = answers_[line.substr(0, line.find('?'))];
        INFO("asked: ", line);
        REQUIRE_FALSE(script.empty());
        const auto response = script.front();
        if (script.size() > 1)
            script.pop_front();
        if (response.status == 0)
            throw http::NoAnswer(Kind::network, "it", "connection reset", false, true);
        return response;
    }

    std::map<std::string, std::deque<http::Response>> answers_;
};

} // namespace orch::test
