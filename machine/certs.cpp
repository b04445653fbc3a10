#include "machine/certs.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/pair_files.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace orch::machine {

namespace {

using std::chrono::system_clock;
namespace stdfs = std::filesystem;

constexpr auto renew_before = std::chrono::hours(24 * 30);

PairFiles authority_files(const AuthOptions& auth) { return {auth.ca_cert, auth.ca_key}; }

PairFiles client_files(const AuthOptions& auth) { return {auth.client_cert, auth.client_key}; }

system_clock::time_point end_of(const std::string& pem, const stdfs::path& file) {
    try {
        return tls::inspect(pem, file.string()).not_after;
    } catch (Error& error) {
        throw error.hint(
            "restore it, or move it and its key away to have a new authority made; all its "
            "machines need regenerate-certs then"
        );
    }
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

/// Machines that were imported have the authority's certificate, seldom its key; that is enough as
/// long as nothing has to be signed.
tls::Pair read_authority(const PairFiles& files) {
    return stdfs::exists(files.key) ? read_pair(files)
                                    : tls::Pair{fs::read_file(files.certificate), {}};
}

void require_key(const tls::Pair& authority, const PairFiles& files) {
    if (authority.key.empty())
        throw Error(
            Kind::not_found,
            "no new certificate can be made: the key of the certificate authority is missing: {}",
            files.key.string()
        )
            .hint(
                "restore it, or move {} away to have a new authority made. For an imported "
                "machine, "
                "renew the certificates in the store that it came from and import it again, or "
                "export it there with --with-ca-key",
                files.certificate.string()
            );
}

tls::Pair
make_authority(const PairFiles& files, const std::string& owner, const std::string& id, Job& job) {
    job.progress.emit({.id = id, .text = "Creating CA: " + files.certificate.string()});
    auto pair = tls::make_authority(owner);
    replace_pair(files, pair);
    return pair;
}

void make_client(
    const PairFiles& files,
    const tls::Pair& authority,
    const std::string& owner,
    const std::string& id,
    Job& job
) {
    job.progress.emit(
        {.id = id, .text = "Creating client certificate: " + files.certificate.string()}
    );
    replace_pair(files, tls::make_client(authority, owner + ".<bootstrap>"));
}

tls::Pair
ensure_ca(const PairFiles& files, const std::string& owner, const std::string& machine, Job& job) {
    finish_replacing(files);
    refuse_lone_key(files, "certificate authority");
    if (stdfs::exists(files.certificate)) {
        auto pair = read_authority(files);
        if (end_of(pair.certificate, files.certificate) >= system_clock::now()) {
            if (pair.key.empty() || tls::match(pair))
                return pair;
            throw Error(
                Kind::conflict,
                "the key {} is not that of the certificate authority {}",
                files.key.string(),
                files.certificate.string()
            )
                .hint("restore the right one, or have a new authority made: orch machine "
                      "regenerate-certs --client-certs");
        }
        require_key(pair, files);
        job.progress.emit(
            {.id = machine, .text = "CA certificate is outdated and needs to be regenerated"}
        );
    }
    return make_authority(files, owner, machine, job);
}

/// Files that are damaged are no good; they are made anew like missing ones.
template <class Check>
bool holds(Check&& check) {
    try {
        return check();
    } catch (const Error& error) {
        if (error.kind() != Kind::invalid && error.kind() != Kind::not_found)
            throw;
        return false;
    }
}

bool client_is_good(const PairFiles& files, const tls::Pair& authority) {
    return holds([&] {
        const auto pair = read_pair(files);
        return tls::match(pair) &&
               tls::why_untrusted(pair.certificate, authority.certificate, system_clock::now())
                   .empty();
    });
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
    return holds([&] {
        const auto pair = read_pair(files);
        const auto info = tls::inspect(pair.certificate, files.certificate.string());
        // An authority that ends soon is no reason: every provision would restart the engine.
        return tls::match(pair) && covers(info, hosts) && (info.client_auth || !also_client) &&
               info.not_after >= system_clock::now() + renew_before &&
               tls::why_untrusted(pair.certificate, authority, system_clock::now()).empty();
    });
}

/// What the docker client of a machine needs, read in one go.
struct ClientFiles {
    std::string authority;
    tls::Pair client;
};

ClientFiles read_client_files(const AuthOptions& auth) {
    return {fs::read_file(auth.ca_cert), read_pair(client_files(auth))};
}

void write_if_different(const stdfs::path& file, const std::string& content, unsigned mode) {
    if (!stdfs::exists(file) || fs::read_file(file) != content)
        fs::write_atomic(file, content, mode);
}

/// Into the directory where the docker client looks for them.
void write_client_files(const ClientFiles& files, const stdfs::path& dir) {
    write_if_different(dir / "ca.pem", files.authority, 0644);
    write_if_different(dir / "key.pem", files.client.key, 0600);
    write_if_different(dir / "cert.pem", files.client.certificate, 0644);
}

/// Calls `visit` for every machine of the authority that can be read.
template <class Visit>
void each_machine_of(const Store& store, const AuthOptions& auth, Visit&& visit) {
    for (const auto& name : store.names()) {
        try {
            const auto machine = store.load(name);
            if (machine.auth.ca_cert == auth.ca_cert)
                visit(machine);
        } catch (const Error& error) {
            log::debug("machine", "{}: {}", name, error.message());
        }
    }
}

/// Only where the authority is the same: elsewhere the old files still fit the old engine.
void update_copies(const Store& store, const AuthOptions& auth) {
    const auto files = read_client_files(auth);
    each_machine_of(store, auth, [&](const Machine& machine) {
        const auto dir = store.machine_dir(machine.name);
        if (machine.auth.client_cert == auth.client_cert && stdfs::exists(dir / "ca.pem") &&
            fs::read_file(dir / "ca.pem") == files.authority)
            write_client_files(files, dir);
    });
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
    const auto authority = ensure_ca(authority_files(auth), owner, machine, job);
    const auto client = client_files(auth);
    finish_replacing(client);
    refuse_lone_key(client, "client");
    if (client_is_good(client, authority))
        return;
    require_key(authority, authority_files(auth));
    if (stdfs::exists(client.certificate))
        job.progress.emit(
            {.id = machine, .text = "Client certificate is outdated and needs to be regenerated"}
        );
    make_client(client, authority, owner, machine, job);
}

void require_authority_key(const AuthOptions& auth) {
    const auto files = authority_files(auth);
    require_key(read_authority(files), files);
}

bool renew_client(const Store& store, const AuthOptions& auth, const std::string& owner, Job& job) {
    const auto lock = store.lock_certs(job.stop);
    const auto ca = authority_files(auth);
    finish_replacing(ca);
    refuse_lone_key(ca, "certificate authority");
    bool keep = false;
    if (stdfs::exists(ca.certificate)) {
        const auto pair = read_authority(ca);
        require_key(pair, ca);
        keep = end_of(pair.certificate, ca.certificate) >= system_clock::now() + renew_before &&
               tls::match(pair);
    }
    const auto authority = keep ? read_pair(ca) : make_authority(ca, owner, "", job);
    finish_replacing(client_files(auth));
    make_client(client_files(auth), authority, owner, "", job);
    if (keep)
        update_copies(store, auth);
    return !keep;
}

void ensure_server_certificate(
    const Store& store,
    const Machine& machine,
    const std::string& owner,
    const std::vector<std::string>& hosts
) {
    const PairFiles server{machine.auth.server_cert, machine.auth.server_key};
    finish_replacing(server);
    const auto files = [&] {
        const auto lock = store.lock_certs({}); // somebody may be replacing them
        return read_client_files(machine.auth);
    }();
    write_client_files(files, store.machine_dir(machine.name));
    if (!server_is_good(server, files.authority, hosts, machine.swarm.master))
        renew_server_certificate(store, machine, owner, hosts);
}

void renew_server_certificate(
    const Store& store,
    const Machine& machine,
    const std::string& owner,
    const std::vector<std::string>& hosts
) {
    const auto files = authority_files(machine.auth);
    const auto authority = [&] {
        const auto lock = store.lock_certs({});
        return read_authority(files);
    }();
    require_key(authority, files);
    replace_pair(
        {machine.auth.server_cert, machine.auth.server_key},
        tls::make_server(authority, owner + "." + machine.name, hosts, machine.swarm.master)
    );
}

std::vector<std::string> certificate_hosts(const Machine& machine, const drivers::Reach& reach) {
    auto hosts = machine.auth.server_sans;
    for (const auto& host :
         {reach.address,
          reach.cluster,
          machine.name,
          std::string("localhost"),
          std::string("127.0.0.1")})
        if (!host.empty() && std::find(hosts.begin(), hosts.end(), host) == hosts.end())
            hosts.push_back(host);
    return hosts;
}

std::vector<std::string> machines_left_behind(const Store& store, const AuthOptions& auth) {
    std::vector<std::string> names;
    const auto authority = fs::read_file(auth.ca_cert);
    each_machine_of(store, auth, [&](const Machine& machine) {
        if (!stdfs::exists(machine.auth.server_cert))
            return; // never had an engine of ours
        const bool good = holds([&] {
            const auto certificate = fs::read_file(machine.auth.server_cert);
            return tls::why_untrusted(certificate, authority, system_clock::now()).empty();
        });
        if (!good)
            names.push_back(machine.name);
    });
    return names;
}

} // namespace orch::machine
