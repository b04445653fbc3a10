#include "machine/certs.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tls/certificate.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace orch::machine {

namespace {

using std::chrono::system_clock;
namespace stdfs = std::filesystem;

constexpr auto renew_before = std::chrono::hours(24 * 30);

struct PairFiles {
    stdfs::path certificate;
    stdfs::path key;
};

tls::Pair read_pair(const PairFiles& files) {
    return {.certificate = fs::read_file(files.certificate), .key = fs::read_file(files.key)};
}

/// The key first: a certificate on disk then always has its key.
void write_pair(const PairFiles& files, const tls::Pair& pair) {
    fs::make_private_dir(files.key.parent_path());
    fs::make_private_dir(files.certificate.parent_path());
    fs::write_atomic(files.key, pair.key, 0600);
    fs::write_atomic(files.certificate, pair.certificate, 0644);
}

/// Machines that were imported have the authority's certificate, seldom its key.
tls::Pair read_authority(const PairFiles& files) {
    tls::Pair pair{.certificate = fs::read_file(files.certificate), .key = {}};
    if (stdfs::exists(files.key))
        pair.key = fs::read_file(files.key);
    return pair;
}

void require_authority_key(
    const tls::Pair& authority, const PairFiles& files, const std::string& machine
) {
    if (authority.key.empty())
        throw Error(
            Kind::not_found,
            "no new certificate can be made for {0}: the key {1} of its certificate authority is "
            "not "
            "here",
            machine,
            files.key.string()
        )
            .hint(
                "renew it in the store that made {0} and import it again, or export it there with "
                "--with-ca-key",
                machine
            );
}

bool expired(const std::string& pem, const stdfs::path& file) {
    return tls::inspect(pem, file.string()).not_after < system_clock::now();
}

void refuse_lone_key(const PairFiles& files, std::string_view what) {
    if (!stdfs::exists(files.key) || stdfs::exists(files.certificate))
        return;
    throw Error(Kind::conflict, "{} key already exists: {}", what, files.key.string())
        .hint(
            "its certificate {} is missing; restore it, or move the key away to have both made "
            "anew",
            files.certificate.string()
        );
}

tls::Pair
ensure_ca(const PairFiles& files, const std::string& owner, const std::string& machine, Job& job) {
    refuse_lone_key(files, "certificate authority");
    if (stdfs::exists(files.certificate)) {
        auto pair = read_authority(files);
        if (!expired(pair.certificate, files.certificate))
            return pair;
        require_authority_key(pair, files, machine);
        job.progress.emit(
            {.id = machine, .text = "CA certificate is outdated and needs to be regenerated"}
        );
    }
    job.progress.emit({.id = machine, .text = "Creating CA: " + files.certificate.string()});
    auto pair = tls::make_authority(owner);
    write_pair(files, pair);
    return pair;
}

bool client_is_good(const PairFiles& files, const tls::Pair& authority) {
    if (!stdfs::exists(files.certificate))
        return false;
    const auto pair = read_pair(files);
    return tls::match(pair) &&
           tls::why_untrusted(pair.certificate, authority.certificate, system_clock::now()).empty();
}

bool covers(const tls::Info& info, const std::vector<std::string>& hosts) {
    return std::all_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
        return std::find(info.hosts.begin(), info.hosts.end(), host) != info.hosts.end();
    });
}

bool server_is_good(
    const PairFiles& files,
    const std::string& authority,
    const std::vector<std::string>& hosts,
    bool also_client
) {
    if (!stdfs::exists(files.certificate) || !stdfs::exists(files.key))
        return false;
    const auto pair = read_pair(files);
    const auto info = tls::inspect(pair.certificate, files.certificate.string());
    return tls::match(pair) && covers(info, hosts) && (info.client_auth || !also_client) &&
           tls::why_untrusted(pair.certificate, authority, system_clock::now() + renew_before)
               .empty();
}

void copy_if_different(const stdfs::path& from, const stdfs::path& to, unsigned mode) {
    const auto content = fs::read_file(from);
    if (stdfs::exists(to) && fs::read_file(to) == content)
        return;
    fs::write_atomic(to, content, mode);
}

} // namespace

void ensure_authority(
    const Store& store,
    const AuthOptions& auth,
    const std::string& owner,
    const std::string& machine,
    Job& job
) {
    const auto lock = store.lock_certs(job.stop);
    const auto authority = ensure_ca({auth.ca_cert, auth.ca_key}, owner, machine, job);
    const PairFiles client{auth.client_cert, auth.client_key};
    refuse_lone_key(client, "client");
    if (client_is_good(client, authority))
        return;
    require_authority_key(authority, {auth.ca_cert, auth.ca_key}, machine);
    if (stdfs::exists(client.certificate))
        job.progress.emit(
            {.id = machine, .text = "Client certificate is outdated and needs to be regenerated"}
        );
    job.progress.emit(
        {.id = machine, .text = "Creating client certificate: " + client.certificate.string()}
    );
    write_pair(client, tls::make_client(authority, owner + ".<bootstrap>"));
}

void ensure_server_certificate(
    const Store& store,
    const Machine& machine,
    const std::string& owner,
    const std::vector<std::string>& hosts
) {
    const auto& auth = machine.auth;
    const auto dir = store.machine_dir(machine.name);
    copy_if_different(auth.ca_cert, dir / "ca.pem", 0644);
    copy_if_different(auth.client_cert, dir / "cert.pem", 0644);
    copy_if_different(auth.client_key, dir / "key.pem", 0600);
    const PairFiles server{auth.server_cert, auth.server_key};
    if (server_is_good(server, fs::read_file(auth.ca_cert), hosts, machine.swarm.master))
        return;
    const PairFiles authority_files{auth.ca_cert, auth.ca_key};
    const auto authority = read_authority(authority_files);
    require_authority_key(authority, authority_files, machine.name);
    const auto organization = owner + "." + machine.name;
    write_pair(server, tls::make_server(authority, organization, hosts, machine.swarm.master));
}

} // namespace orch::machine
