#include "lib/http/head.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace orch::http {

namespace {

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
    Number value{};
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (parsed.ec != std::errc() || parsed.ptr == text.data())
        return std::nullopt;
    return value;
}

/// "http://host:1/a/b?c" -> "host:1" and "/a/b?c"
std::pair<std::string_view, std::string_view> split_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    const auto path = url.find('/');
    return path == std::string_view::npos ? std::pair(url, std::string_view("/"))
                                          : std::pair(url.substr(0, path), url.substr(path));
}

} // namespace

std::optional<std::size_t> Head::length() const {
    const auto found = headers.find("content-length");
    return found == headers.end() ? std::nullopt : number<std::size_t>(found->second);
}

bool Head::chunked() const {
    const auto found = headers.find("transfer-encoding");
    return found != headers.end() && text::lower(found->second) == "chunked";
}

bool Head::raw_stream() const {
    const auto type = headers.find("content-type");
    return status == 200 && type != headers.end() &&
           type->second.starts_with("application/vnd.docker.") && type->second.ends_with("-stream");
}

Head parse_head(std::string_view text) {
    Head head;
    auto lines = text::split(text, '\n');
    const auto& first = lines.front();
    const auto blank = first.find(' ');
    const auto status = blank == std::string::npos
                            ? std::nullopt
                            : number<int>(std::string_view(first).substr(blank + 1));
    if (!first.starts_with("HTTP/") || !status)
        throw Error(Kind::remote, "what answers there does not speak HTTP");
    head.status = *status;
    for (std::size_t i = 1; i < lines.size(); ++i)
        if (const auto colon = lines[i].find(':'); colon != std::string::npos)
            head.headers[text::lower(text::trim(lines[i].substr(0, colon)))] =
                text::trim(std::string_view(lines[i]).substr(colon + 1));
    return head;
}

std::string join_chunks(std::string_view text) {
    std::string body;
    for (;;) {
        const auto end = text.find("\r\n");
        const auto size = number<std::size_t>(text.substr(0, end), 16);
        if (end == std::string_view::npos || !size || *size == 0)
            return body;
        body += text.substr(std::min(end + 2, text.size()), *size);
        text.remove_prefix(std::min(end + 2 + *size + 2, text.size()));
    }
}

std::string request_text(const Request& request) {
    const auto [host, target] = split_url(request.url);
    auto text = fmt::format(
        "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        "Content-Length: {}\r\n",
        request.method,
        target,
        host,
        request.body.size()
    );
    for (const auto& [name, value] : request.headers)
        text += name + ": " + value + "\r\n";
    return text + "\r\n" + request.body;
}

} // namespace orch::http
