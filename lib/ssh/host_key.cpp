#include "lib/ssh/host_key.hpp"

#include "lib/base/error.hpp"
#include "lib/base/fd.hpp"
#include "lib/base/text.hpp"
#include "lib/ssh/wire.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sstream>

namespace orch::ssh {

namespace {

std::string type_of(std::string_view blob) {
    return std::string(take_wire_string(blob).value_or(""));
}

/// As ssh shows it.
std::string fingerprint(std::string_view blob) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(blob.data(), blob.size(), digest.data(), &size, EVP_sha256(), nullptr);
    auto text = base64_encode({reinterpret_cast<const char*>(digest.data()), size});
    text.erase(text.find_last_not_of('=') + 1);
    return "SHA256:" + text;
}

void pin(const Address& address, std::string_view blob) {
    const auto& path = address.known_hosts;
    const auto line = host_key_name(address) + " " + type_of(blob) + " " + base64_encode(blob);
    const Fd fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    // One write, so that two programs that add a line at once do not mix them.
    std::string text = line + "\n";
    char last = '\n';
    if (const auto size = fd ? ::lseek(fd.get(), 0, SEEK_END) : 0;
        size > 0 && ::pread(fd.get(), &last, 1, size - 1) == 1 && last != '\n')
        text.insert(0, "\n");
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw Error(
            Kind::denied,
            "cannot remember the host key of {} in {}: {}",
            address.host,
            path.string(),
            text::lower(std::strerror(errno))
        );
}

} // namespace

std::string host_key_name(const Address& address) {
    std::string host = text::lower(address.host);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    return address.port == 22 ? host : fmt::format("[{}]:{}", host, address.port);
}

std::string changed_key_hint(const Address& address) {
    return fmt::format(
        "somebody may be in between; if the host was set up anew, forget its old key: "
        "ssh-keygen -f {} -R {}",
        text::shell_quote(address.known_hosts.string()),
        text::shell_quote(host_key_name(address))
    );
}

std::vector<HostKey> pinned_keys(std::string_view text, const Address& address) {
    const std::string name = host_key_name(address);
    std::vector<HostKey> keys;
    std::size_t number = 0;
    for (const auto& line : text::lines(text)) {
        ++number;
        std::istringstream words(line);
        std::string names;
        std::string type;
        std::string base64;
        if (!(words >> names >> type >> base64) || names.starts_with('#') || names.starts_with('@'))
            continue;
        const auto list = text::split(names, ',');
        const auto blob = base64_decode(base64);
        if (blob && std::find(list.begin(), list.end(), name) != list.end())
            keys.push_back({.type = type, .blob = *blob, .line = number});
    }
    return keys;
}

std::vector<HostKey> pinned_keys(const Address& address) {
    std::ifstream file(address.known_hosts, std::ios::binary);
    const std::string text(
        (std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>()
    );
    return pinned_keys(text, address);
}

void check_host_key(const Address& address, std::string_view blob) {
    if (address.known_hosts.empty())
        return;
    const auto pinned = pinned_keys(address);
    if (pinned.empty()) {
        pin(address, blob);
        return;
    }
    const auto same = [blob](const HostKey& key) { return key.blob == blob; };
    if (std::any_of(pinned.begin(), pinned.end(), same))
        return;
    // The key exchange asked for the pinned types only, so a key of another type is a change too.
    const auto of_type = [type = type_of(blob)](const HostKey& key) { return key.type == type; };
    const auto found = std::find_if(pinned.begin(), pinned.end(), of_type);
    const auto& old = found == pinned.end() ? pinned.front() : *found;
    throw Error(
        Kind::denied,
        "the host key of {} has changed: it is {} now and was {}",
        host_key_name(address),
        fingerprint(blob),
        fingerprint(old.blob)
    )
        .hint("{}", changed_key_hint(address));
}

} // namespace orch::ssh
