#include "tests/support/fake_engine.hpp"

#include "lib/base/defer.hpp"
#include "lib/base/text.hpp"
#include "tests/support/fake_engine_state.hpp"
#include "tests/support/unescape.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace orch::test {

namespace {

using Handler = http::Response (FakeEngine::State::*)(FakeCall&);

struct Route {
    std::string_view method;
    std::string_view path; // "{}" stands for one segment, "{+}" for several
    Handler handler;
};

using S = FakeEngine::State;

constexpr std::array routes{
    Route{"GET", "/_ping", &S::ping},
    Route{"HEAD", "/_ping", &S::ping},
    Route{"GET", "/version", &S::version},
    Route{"GET", "/info", &S::info},
    Route{"GET", "/swarm", &S::swarm},
    Route{"GET", "/events", &S::events},
    Route{"GET", "/containers/json", &S::list_containers},
    Route{"POST", "/containers/create", &S::create_container},
    Route{"GET", "/containers/{}/json", &S::inspect_container},
    Route{"GET", "/containers/{}/logs", &S::logs},
    Route{"POST", "/containers/{}/start", &S::start},
    Route{"POST", "/containers/{}/stop", &S::stop},
    Route{"POST", "/containers/{}/restart", &S::restart},
    Route{"POST", "/containers/{}/kill", &S::kill},
    Route{"POST", "/containers/{}/pause", &S::pause},
    Route{"POST", "/containers/{}/unpause", &S::unpause},
    Route{"POST", "/containers/{}/rename", &S::rename},
    Route{"PUT", "/containers/{}/archive", &S::upload},
    Route{"GET", "/containers/{}/archive", &S::download},
    Route{"HEAD", "/containers/{}/archive", &S::stat_path},
    Route{"GET", "/containers/{}/top", &S::top},
    Route{"GET", "/containers/{}/stats", &S::stats},
    Route{"POST", "/containers/{}/wait", &S::wait_container},
    Route{"DELETE", "/containers/{}", &S::remove_container},
    Route{"GET", "/images/json", &S::list_images},
    Route{"POST", "/images/create", &S::pull},
    Route{"GET", "/images/{+}/json", &S::inspect_image},
    Route{"GET", "/images/{+}/get", &S::save_image},
    Route{"POST", "/images/load", &S::load_images},
    Route{"POST", "/images/{+}/push", &S::push},
    Route{"POST", "/images/{+}/tag", &S::tag},
    Route{"DELETE", "/images/{+}", &S::remove_image},
    Route{"GET", "/distribution/{+}/json", &S::distribution},
    Route{"POST", "/build", &S::build},
    Route{"GET", "/networks", &S::list_networks},
    Route{"POST", "/networks/create", &S::create_network},
    Route{"GET", "/networks/{}", &S::inspect_network},
    Route{"DELETE", "/networks/{}", &S::remove_network},
    Route{"POST", "/networks/{}/connect", &S::connect},
    Route{"POST", "/networks/{}/disconnect", &S::disconnect},
    Route{"GET", "/volumes", &S::list_volumes},
    Route{"POST", "/volumes/create", &S::create_volume},
    Route{"GET", "/volumes/{}", &S::inspect_volume},
    Route{"DELETE", "/volumes/{}", &S::remove_volume},
};

/// What the placeholders of `pattern` stand for in `path`, if it fits.
std::optional<std::vector<std::string>> match(std::string_view pattern, const std::string& path) {
    auto expression = text::replace_all(std::string(pattern), "{}", "([^/]+)");
    expression = text::replace_all(expression, "{+}", "(.+)");
    std::smatch found;
    if (!std::regex_match(path, found, std::regex(expression)))
        return std::nullopt;
    std::vector<std::string> parts;
    for (std::size_t i = 1; i < found.size(); ++i)
        parts.push_back(unescape(found.str(i)));
    return parts;
}

/// Takes "http://host/v1.41/path?query" apart.
FakeExchange read_target(const http::Request& request) {
    FakeExchange exchange{.method = request.method, .headers = request.headers};
    const auto host = request.url.find("://") + 3;
    const auto start = std::min(request.url.find('/', host), request.url.size());
    const auto mark = std::min(request.url.find('?', start), request.url.size());
    auto path = request.url.substr(start, mark - start);
    std::smatch prefix;
    if (std::regex_search(path, prefix, std::regex("^/v([0-9]+\\.[0-9]+)/"))) {
        exchange.version = prefix.str(1);
        path.erase(0, exchange.version.size() + 2);
    }
    exchange.path = path;
    if (mark < request.url.size())
        for (const auto& pair : text::split(std::string_view(request.url).substr(mark + 1), '&')) {
            const auto equals = std::min(pair.find('='), pair.size());
            exchange.query[unescape(pair.substr(0, equals))] =
                equals == pair.size() ? "" : unescape(pair.substr(equals + 1));
        }
    return exchange;
}

std::pair<int, int> numbers(const std::string& version) {
    const auto dot = version.find('.');
    return {std::stoi(version.substr(0, dot)), std::stoi(version.substr(dot + 1))};
}

/// JSON since API 1.24, plain text before.
http::Response refused(const Refusal& refusal, const std::string& version) {
    if (!version.empty() && numbers(version) < std::pair(1, 24))
        return {refusal.status, {{"content-type", "text/plain"}}, refusal.message + "\n"};
    return json_response(refusal.status, {{"message", refusal.message}});
}

/// Whether a route takes the body as a stream.
bool streams_body(const FakeExchange& exchange) {
    return exchange.path == "/build" || exchange.path == "/images/load" || exchange.method == "PUT";
}

void read_body(FakeExchange& exchange, const http::Request& request) {
    auto body = request.body;
    if (request.body_source) {
        std::array<char, 4096> buffer{};
        while (const auto count = request.body_source(buffer))
            body.append(buffer.data(), count);
    }
    if (body.empty())
        return;
    exchange.body = Json::parse(body, nullptr, false);
    if (exchange.body.is_discarded())
        throw Refusal{400, "invalid character in the JSON of the request"};
}

} // namespace

std::string FakeCall::query(const std::string& name, const std::string& otherwise) const {
    const auto found = exchange.query.find(name);
    return found == exchange.query.end() ? otherwise : found->second;
}

bool FakeCall::flag(const std::string& name) const {
    const auto value = query(name);
    return value == "1" || value == "true" || value == "True";
}

std::map<std::string, std::vector<std::string>> FakeCall::filters() const {
    std::map<std::string, std::vector<std::string>> result;
    const auto text = query("filters");
    if (text.empty())
        return result;
    const auto parsed = Json::parse(text, nullptr, false);
    if (!parsed.is_object())
        throw Refusal{400, "invalid filters"};
    for (const auto& [name, values] : parsed.items())
        for (const auto& [key, value] : values.items())
            result[name].push_back(values.is_array() ? value.get<std::string>() : key);
    return result;
}

FakeEngine::FakeEngine() : state_(std::make_unique<State>()) {}

FakeEngine::~FakeEngine() = default;

http::Response FakeEngine::send(const http::Request& request, const std::stop_token& stop) {
    if (stop.stop_requested())
        throw Error(Kind::cancelled, "interrupted");
    std::unique_lock lock(state_->mutex);
    FakeCall call{.request = request, .stop = stop, .lock = lock, .exchange = read_target(request)};
    auto response = [&] {
        const Defer record([&] { // also when a callback throws in the middle of a stream
            if (!lock.owns_lock())
                lock.lock();
            state_->exchanges.push_back(call.exchange);
        });
        auto answer = state_->answer(call);
        call.exchange.status = answer.status;
        return answer;
    }();
    lock.unlock();
    if (response.ok() && request.on_chunk && !response.body.empty())
        request.on_chunk(std::exchange(response.body, {}));
    if (request.method == "HEAD")
        response.body.clear();
    return response;
}

http::Response FakeEngine::State::answer(FakeCall& call) {
    auto& exchange = call.exchange;
    const auto fault = take_fault(exchange);
    const auto dropped = [] {
        return http::NoAnswer(Kind::network, "the fake engine", "connection reset by peer", false);
    };
    try {
        check_version(exchange.version);
        if (!streams_body(exchange))
            read_body(exchange, call.request);
        if (fault && fault->what == FakeFault::What::refuse)
            throw fault->refusal;
        if (fault && fault->what == FakeFault::What::drop)
            throw dropped();
        if (fault && fault->what == FakeFault::What::stall)
            stall(call);
        auto response = route(call);
        if (fault)
            throw dropped();
        return response;
    } catch (const Refusal& refusal) {
        return refused(refusal, exchange.version);
    }
}

std::optional<FakeFault> FakeEngine::State::take_fault(const FakeExchange& exchange) {
    const auto found = std::find_if(faults.begin(), faults.end(), [&](const FakeFault& fault) {
        return fault.method == exchange.method && std::regex_match(exchange.path, fault.path);
    });
    if (found == faults.end())
        return std::nullopt;
    auto fault = std::move(*found);
    faults.erase(found);
    return fault;
}

void FakeEngine::State::stall(FakeCall& call) {
    const auto limit = call.request.timeout;
    const auto never = [] { return false; };
    if (limit.count() == 0)
        changed.wait(call.lock, call.stop, never);
    else
        changed.wait_for(call.lock, call.stop, limit, never);
    if (call.stop.stop_requested())
        throw Error(Kind::cancelled, "interrupted");
    throw http::NoAnswer(Kind::timeout, "the fake engine", "no answer in time", false);
}

void FakeEngine::State::check_version(const std::string& asked) const {
    if (asked.empty())
        return;
    if (numbers(asked) < numbers(min_api))
        throw Refusal{
            400,
            fmt::format(
                "client version {} is too old. Minimum supported API version is {}, please upgrade "
                "your client to a newer version",
                asked,
                min_api
            )};
    if (numbers(asked) > numbers(api))
        throw Refusal{
            400,
            fmt::format(
                "client version {} is too new. Maximum supported API version is {}", asked, api
            )};
}

http::Response FakeEngine::State::route(FakeCall& call) {
    const auto& exchange = call.exchange;
    for (const auto& candidate : routes) {
        if (candidate.method != exchange.method)
            continue;
        if (auto parts = match(candidate.path, exchange.path)) {
            call.parts = std::move(*parts);
            return (this->*candidate.handler)(call);
        }
    }
    unknown.push_back(exchange.method + " " + exchange.path);
    throw Refusal{501, "the fake engine has no route for " + unknown.back()};
}

bool FakeEngine::State::stream(FakeCall& call, std::string_view bytes) {
    const auto piece = cut == 0 ? bytes.size() : cut;
    call.lock.unlock();
    bool wanted = true;
    for (; wanted && !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
        wanted = !call.request.on_chunk || call.request.on_chunk(bytes.substr(0, piece));
    call.lock.lock();
    return wanted;
}

bool FakeEngine::State::stream_json(FakeCall& call, const Json& object) {
    return stream(call, object.dump() + "\r\n");
}

} // namespace orch::test
