#include "drivers/plugin/rpc.hpp"

#include "lib/os/wakeup.hpp"
#include "lib/tasks/clock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <tuple>

namespace orch::drivers::plugin {

namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// Types of this side's stream. All are defined before the first request, so that no definition ever
// stands in the middle of a value.
constexpr std::int64_t request_type = 65;
constexpr std::int64_t empty_type = 66;
constexpr std::int64_t flags_type = 67;
constexpr std::int64_t map_type = 68;
constexpr std::int64_t texts_type = 69;

std::string definitions() {
    using gob::definition;
    using Kind = gob::Type::Kind;
    return definition(
               request_type,
               {Kind::structure,
                "Request",
                {{"ServiceMethod", gob::text}, {"Seq", gob::unsigned_integer}}}
           ) +
           definition(empty_type, {}) +
           definition(flags_type, {Kind::structure, "RPCFlags", {{"Values", map_type}}}) +
           definition(
               map_type,
               {.kind = Kind::map,
                .name = "map[string]interface {}",
                .element = gob::interface,
                .key = gob::text}
           ) +
           definition(texts_type, {.kind = Kind::list, .element = gob::text});
}

std::string request(const std::string& method, std::uint64_t number) {
    std::string body;
    gob::put_signed(body, request_type);
    gob::put_unsigned(body, 1);
    gob::put_text(body, method);
    if (number != 0) { // zero is what a field is that is left out
        gob::put_unsigned(body, 1);
        gob::put_unsigned(body, number);
    }
    gob::put_unsigned(body, 0);
    return gob::message(body);
}

/// An interface that holds something: its type by name and number, the value behind its length.
void put_interface(
    std::string& to, std::string_view name, std::int64_t type, std::string_view value
) {
    gob::put_text(to, name);
    gob::put_signed(to, type);
    gob::put_text(to, std::string(1, '\0').append(value)); // a zero byte before what is no struct
}

/// Waits until `socket` can be read or written. False if that did not happen in time.
bool wait_for(int socket, short what, milliseconds limit, int wakeup) {
    std::array<pollfd, 2> polled{{{socket, what, 0}, {wakeup, POLLIN, 0}}};
    const auto patience = std::clamp<milliseconds::rep>(limit.count(), 0, 3'600'000);
    return ::poll(polled.data(), polled.size(), static_cast<int>(patience)) > 0 &&
           polled[0].revents != 0;
}

/// The plugin's own words: the first line is the message, a stack trace goes below it.
Error refusal(const std::string& words) {
    const auto end = words.find('\n');
    Error error(Kind::remote, "{}", words.substr(0, end));
    if (end != std::string::npos)
        error.detail(words.substr(end + 1, 4000));
    return error;
}

} // namespace

std::string no_argument() {
    std::string body;
    gob::put_signed(body, empty_type);
    gob::put_unsigned(body, 0);
    return gob::message(body);
}

std::string bytes_argument(std::string_view bytes) {
    std::string value;
    gob::put_text(value, bytes);
    return gob::plain_message(gob::bytes, value);
}

std::string flags_argument(std::string_view values) {
    std::string flags;
    gob::put_unsigned(flags, 1);
    flags += values;
    gob::put_unsigned(flags, 0);
    std::string interface;
    gob::put_text(interface, "*rpcdriver.RPCFlags");
    gob::put_signed(interface, flags_type);
    gob::put_text(interface, flags);
    return gob::plain_message(gob::interface, interface);
}

void put_entry(std::string& to, std::string_view key, const std::string& value) {
    std::string encoded;
    gob::put_text(encoded, value);
    gob::put_text(to, key);
    put_interface(to, "string", gob::text, encoded);
}

void put_entry(std::string& to, std::string_view key, std::int64_t value) {
    std::string encoded;
    gob::put_signed(encoded, value);
    gob::put_text(to, key);
    put_interface(to, "int", gob::signed_integer, encoded);
}

void put_entry(std::string& to, std::string_view key, bool value) {
    gob::put_text(to, key);
    put_interface(to, "bool", gob::boolean, std::string(1, value ? '\1' : '\0'));
}

void put_entry(std::string& to, std::string_view key, const std::vector<std::string>& value) {
    std::string encoded;
    gob::put_unsigned(encoded, value.size());
    for (const auto& item : value)
        gob::put_text(encoded, item);
    gob::put_text(to, key);
    put_interface(to, "[]string", texts_type, encoded);
}

/// Lets heartbeats out while it waits for bytes.
class Rpc::Connection : public gob::Source {
  public:
    Connection(Rpc& rpc, const std::stop_token& stop) : rpc_(rpc), stop_(stop), wakeup_(stop) {}

    std::size_t read(std::span<char> buffer) override {
        for (;;) {
            tasks::check(stop_);
            rpc_.beat();
            const auto pause =
                std::chrono::ceil<milliseconds>(rpc_.next_beat_ - SteadyClock::now());
            if (!wait_for(rpc_.socket_.get(), POLLIN, pause, wakeup_.fd()))
                continue;
            const auto size = ::recv(rpc_.socket_.get(), buffer.data(), buffer.size(), 0);
            if (size >= 0)
                return static_cast<std::size_t>(size);
            if (errno != EAGAIN && errno != EINTR)
                return 0; // reset: it is gone
        }
    }

  private:
    Rpc& rpc_;
    const std::stop_token& stop_;
    os::Wakeup wakeup_;
};

Rpc::Rpc(Fd socket, const Limits& limits, const std::stop_token& stop)
    : limits_(limits), socket_(std::move(socket)),
      next_beat_(SteadyClock::now() + limits.heartbeat), alive_(SteadyClock::now()),
      reader_(1, {}) {
    greet(stop);
    send(definitions());
    reader_.spawn([this](const std::stop_token& end) { read_answers(end); });
}

Rpc::~Rpc() = default;

/// The connection begins as HTTP: one request, one answer without a body.
void Rpc::greet(const std::stop_token& stop) {
    constexpr std::string_view welcome = "HTTP/1.0 200 Connected to Go RPC\n\n";
    send("CONNECT /_goRPC_ HTTP/1.0\n\n");
    const os::Wakeup wakeup(stop);
    const auto deadline = SteadyClock::now() + limits_.start;
    std::string answer;
    while (answer.size() < welcome.size() && welcome.starts_with(answer)) {
        tasks::check(stop);
        const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
        if (left.count() <= 0)
            throw Error(Kind::timeout, "it accepts connections, but does not answer");
        if (!wait_for(socket_.get(), POLLIN, left, wakeup.fd()))
            continue;
        std::array<char, 64> buffer{};
        // Not a byte more: behind it another language begins.
        const auto size = ::recv(socket_.get(), buffer.data(), welcome.size() - answer.size(), 0);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
            throw Error(Kind::network, "it closed the connection");
        answer.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    }
    if (answer != welcome)
        throw Error(Kind::invalid, "what answers there does not speak Go's net/rpc");
}

gob::Value Rpc::call(
    const std::string& method, const std::string& argument, Span limit, const std::stop_token& stop
) {
    const auto ticket = begin(method, argument);
    if (!wait(*ticket, limit, stop))
        throw Error(
            Kind::timeout,
            "it did not answer {} within {} s",
            method,
            std::chrono::duration<double>(limit).count()
        );
    return result(*ticket);
}

std::shared_ptr<Rpc::Ticket> Rpc::begin(const std::string& method, const std::string& argument) {
    auto ticket = std::make_shared<Ticket>();
    ticket->method = method;
    std::string head;
    {
        const std::lock_guard lock(mutex_);
        if (over_)
            throw Error(*over_);
        head = request(service_ + "." + method, next_);
        open_.emplace(next_++, ticket);
    }
    send(head + argument);
    return ticket;
}

bool Rpc::wait(const Ticket& ticket, Span limit, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, limit, [&] { return ticket.answered || over_; });
    if (ticket.answered)
        return true;
    if (over_)
        throw Error(*over_);
    tasks::check(stop);
    return false;
}

gob::Value Rpc::result(Ticket& ticket) {
    if (!ticket.error.empty())
        throw refusal(ticket.error);
    return std::move(ticket.body);
}

void Rpc::use_old_name() {
    const std::lock_guard lock(mutex_);
    service_ = "RpcServerDriver";
}

bool Rpc::is_over() {
    const std::lock_guard lock(mutex_);
    return over_.has_value();
}

void Rpc::read_answers(const std::stop_token& stop) {
    try {
        Connection connection(*this, stop);
        gob::Reader reader(connection);
        while (auto head = reader.next()) {
            auto body = reader.next();
            if (!body)
                throw Error(Kind::invalid, "an answer ends behind its head");
            answer(*head, *std::move(body));
        }
        give_up(Error(Kind::network, "it closed the connection"));
    } catch (const Error& error) {
        give_up(error);
    }
}

void Rpc::answer(const gob::Value& head, gob::Value body) {
    const auto* const number = head.find("Seq"); // left out where it is 0
    const auto* const method = head.find("ServiceMethod");
    if (method == nullptr)
        throw Error(Kind::invalid, "an answer does not say to what");
    const auto key = number == nullptr ? 0 : number->integer("an answer's number");
    const auto* const failure = head.find("Error");
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(static_cast<std::uint64_t>(key));
    if (found == open_.end())
        throw Error(Kind::invalid, "answer {} is to no question", key);
    auto& ticket = *found->second;
    if (failure != nullptr)
        ticket.error = failure->text("an answer's error");
    ticket.body = std::move(body);
    ticket.answered = true;
    open_.erase(found);
    changed_.notify_all();
}

/// Sends a heartbeat if it is time for one.
void Rpc::beat() {
    const auto now = SteadyClock::now();
    if (now < next_beat_)
        return;
    next_beat_ = now + limits_.heartbeat;
    {
        const std::lock_guard lock(mutex_);
        if (!heartbeat_ || heartbeat_->answered)
            alive_ = now;
    }
    if (now - alive_ > limits_.silence)
        throw Error(
            Kind::timeout,
            "it has not answered a heartbeat for {} s",
            std::chrono::duration<double>(limits_.silence).count()
        );
    // One that waits for its answer is not asked about again, but it needs the sign of life.
    auto sent = begin("Heartbeat", no_argument());
    if (alive_ == now)
        heartbeat_ = std::move(sent);
}

void Rpc::send(const std::string& bytes) {
    constexpr milliseconds patience{5000};
    const std::lock_guard lock(writing_);
    for (std::size_t sent = 0; sent < bytes.size();) {
        const auto size =
            ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (size > 0)
            sent += static_cast<std::size_t>(size);
        else if (errno == EAGAIN && !wait_for(socket_.get(), POLLOUT, patience, -1))
            throw Error(Kind::timeout, "it does not read what is sent to it");
        else if (errno != EAGAIN && errno != EINTR)
            throw Error(Kind::network, "it closed the connection");
    }
}

void Rpc::give_up(Error why) {
    const std::lock_guard lock(mutex_);
    over_ = std::move(why);
    changed_.notify_all();
}

} // namespace orch::drivers::plugin
