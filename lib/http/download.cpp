#include "lib/http/download.hpp"

#include "lib/base/fd.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/failure.hpp"
#include "lib/tasks/retry.hpp"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

namespace orch::http {

namespace {

using std::chrono::seconds;

constexpr int most_redirects = 10;
constexpr int most_vain_attempts = 5;
constexpr seconds stall{30};

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// "https://host:port" of a URL.
std::string_view origin_of(std::string_view url) {
    const auto scheme = url.find("://");
    return scheme == std::string_view::npos ? url : url.substr(0, url.find('/', scheme + 3));
}

/// Where a redirect leads; RFC 3986, section 5.2, for what servers send: a URL, a URL without
/// scheme, an absolute path, or a path beside.
std::string resolve(std::string_view base, std::string_view location) {
    if (location.find("://") != std::string_view::npos)
        return std::string(location);
    if (location.starts_with("//"))
        return std::string(base.substr(0, base.find(':') + 1)) + std::string(location);
    if (location.starts_with('/'))
        return std::string(origin_of(base)) + std::string(location);
    const auto path = base.substr(0, base.find('?'));
    return std::string(path.substr(0, path.rfind('/') + 1)) + std::string(location);
}

std::string next_url(const std::string& url, const Response& answer) {
    const auto location = answer.headers.find("location");
    if (location == answer.headers.end() || location->second.empty())
        throw Error(Kind::remote, "{} redirects to nowhere (HTTP {})", url, answer.status);
    auto next = resolve(url, location->second);
    if (url.starts_with("https://") && !next.starts_with("https://"))
        throw Error(Kind::denied, "{} redirects to {}, which is not protected by TLS", url, next);
    return next;
}

/// Sends the request, and again to where redirects lead.
Response follow(Client& client, Request request, const std::stop_token& stop) {
    const auto first = request.url;
    for (int i = 0; i <= most_redirects; ++i) {
        auto answer = client.send(request, stop);
        if (!is_redirect(answer.status))
            return answer;
        auto next = next_url(request.url, answer);
        if (origin_of(next) != origin_of(request.url))
            request.headers.erase("Authorization"); // it was meant for the first host
        request.url = std::move(next);
    }
    throw Error(Kind::remote, "{} redirects more than {} times", first, most_redirects);
}

Error refused(const std::string& url, int status) {
    const auto kind = status == 404 || status == 410   ? Kind::not_found
                      : status == 401 || status == 403 ? Kind::denied
                                                       : Kind::remote;
    return Error(kind, "cannot download {}: the server answers HTTP {}", url, status);
}

/// Servers in trouble, which may be better in a moment.
bool may_get_better(int status) { return status == 408 || status == 429 || status >= 500; }

/// The file on the disk, written at its end.
class Part {
  public:
    explicit Part(const std::filesystem::path& file)
        : file_(file), fd_(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) {
        const auto end = fd_ ? ::lseek(fd_.get(), 0, SEEK_END) : -1;
        if (end < 0)
            throw fs::failure("write", file_, errno);
        size_ = static_cast<std::uint64_t>(end);
    }

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    void clear() {
        if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0)
            throw fs::failure("write", file_, errno);
        size_ = 0;
    }

    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto written = ::write(fd_.get(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                throw fs::failure("write", file_, errno);
            bytes.remove_prefix(static_cast<std::size_t>(written));
            size_ += static_cast<std::uint64_t>(written);
        }
    }

    void sync() {
        if (::fsync(fd_.get()) != 0)
            throw fs::failure("write", file_, errno);
    }

  private:
    std::filesystem::path file_;
    Fd fd_;
    std::uint64_t size_ = 0;
};

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string header(const Response& answer, const std::string& name) {
    const auto found = answer.headers.find(name);
    return found == answer.headers.end() ? "" : found->second;
}

/// What "bytes 100-199/200" says: the first byte that comes, and the size of the whole.
struct Range {
    std::uint64_t first = 0;
    std::uint64_t total = 0;
};

Range range_of(const Response& answer) {
    if (answer.status != 206 && answer.status != 416)
        return {0, number(header(answer, "content-length"))};
    const auto text = header(answer, "content-range");
    const auto slash = text.find('/');
    const auto first = text.starts_with("bytes ") ? std::string_view(text).substr(6) : "";
    return {number(first), slash == std::string::npos ? 0 : number(text.substr(slash + 1))};
}

/// One connection: true if the file is whole after it. Throws NoAnswer if it broke.
class Attempt {
  public:
    Attempt(Client& client, const Download& wish, Part& part)
        : client_(client), wish_(wish), part_(part) {}

    bool run(const std::stop_token& stop) {
        Request request{.url = wish_.url, .headers = wish_.headers};
        request.timeout = std::chrono::milliseconds(0);
        request.stall_timeout = stall;
        if (part_.size() > 0)
            request.headers["Range"] = "bytes=" + std::to_string(part_.size()) + "-";
        request.on_head = [this](const Response& head) { begin(head); };
        request.on_chunk = [this](std::string_view bytes) { return take(bytes); };
        const auto answer = follow(client_, std::move(request), stop);
        if (answer.status == 416) { // there is nothing behind what we have
            if (range_of(answer).total == part_.size())
                return true;
            part_.clear(); // of another file
            return false;
        }
        if (may_get_better(answer.status))
            return false;
        if (!answer.ok())
            throw refused(wish_.url, answer.status);
        return fits_ && (total_ == 0 || part_.size() == total_);
    }

  private:
    void begin(const Response& head) {
        const auto range = range_of(head);
        if (range.first != part_.size())
            part_.clear(); // the server cannot go on, or not there
        fits_ = range.first == part_.size();
        total_ = range.total;
    }

    bool take(std::string_view bytes) {
        if (!fits_)
            return false;
        part_.write(bytes);
        if (wish_.on_progress)
            wish_.on_progress(part_.size(), total_);
        return true;
    }

    Client& client_;
    const Download& wish_;
    Part& part_;
    bool fits_ = false;
    std::uint64_t total_ = 0;
};

} // namespace

void download(
    Client& client, const Download& wish, tasks::Clock& clock, const std::stop_token& stop
) {
    Part part(wish.file);
    std::optional<Error> last;
    for (int vain = 0; vain < most_vain_attempts; ++vain) {
        if (vain > 0) {
            clock.sleep(seconds(1 << vain), stop);
            tasks::check(stop);
        }
        const auto before = part.size();
        try {
            if (Attempt(client, wish, part).run(stop)) {
                part.sync();
                return;
            }
        } catch (const NoAnswer& broken) {
            last = broken;
        }
        if (part.size() > before)
            vain = 0;
    }
    if (last)
        throw last->context("cannot download " + wish.url);
    throw Error(Kind::remote, "cannot download {}: the server never sends all of it", wish.url)
        .hint("try again later: what came is kept");
}

std::string fetch_text(Client& client, const std::string& url, const std::stop_token& stop) {
    auto answer = follow(client, {.url = url}, stop);
    if (!answer.ok())
        throw refused(url, answer.status);
    return std::move(answer.body);
}

} // namespace orch::http
