#include "lib/fs/files.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/certs.hpp"
#include "machine/pair_files.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/redate.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tls_server.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

namespace machine = orch::machine;
namespace tls = orch::tls;
namespace stdfs = std::filesystem;

using orch::Kind;
using orch::fs::read_file;
using orch::test::error_of;
using std::chrono::system_clock;

namespace {

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    machine::Store store{dir.path() / "store"};
    machine::AuthOptions auth = store.default_auth("web1");

    void ensure() { machine::ensure_authority(store, auth, "ada", "web1", fake.job); }

    bool renew() { return machine::renew_client(store, auth, "ada", fake.job); }

    [[nodiscard]] tls::Pair authority() const {
        return machine::read_pair({auth.ca_cert, auth.ca_key});
    }

    [[nodiscard]] tls::Pair client() const {
        return machine::read_pair({auth.client_cert, auth.client_key});
    }

    /// The authority with other dates, and a client of it.
    void redate_authority(int days) const {
        const auto changed = orch::test::redate(authority(), authority(), days);
        orch::fs::write_atomic(auth.ca_cert, changed.certificate, 0644);
    }

    [[nodiscard]] machine::Machine save(const std::string& name, bool master = false) const {
        machine::Machine made;
        made.name = name;
        made.driver = "generic";
        made.auth = store.default_auth(name);
        made.swarm.master = master;
        store.save(made);
        return made;
    }

    void serve(const machine::Machine& made) const {
        machine::ensure_server_certificate(store, made, "ada", {"192.0.2.7", made.name});
    }

    [[nodiscard]] bool fits() const {
        return tls::match(client()) &&
               tls::why_untrusted(
                   client().certificate, authority().certificate, system_clock::now()
               )
                   .empty();
    }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "certs: what is good stays, byte for byte") {
    ensure();
    const auto ca = authority();
    const auto mine = client();
    ensure();
    CHECK(authority().certificate == ca.certificate);
    CHECK(client().certificate == mine.certificate);
    CHECK(fits());
}

TEST_CASE_FIXTURE(
    Fixture, "certs: an expired client certificate is made anew, the authority stays"
) {
    ensure();
    const auto ca = authority();
    orch::fs::write_atomic(
        auth.client_cert, orch::test::redate(client(), ca, -1).certificate, 0644
    );
    ensure();
    CHECK(authority().certificate == ca.certificate);
    CHECK(fits());
}

TEST_CASE_FIXTURE(Fixture, "certs: an expired authority is made anew, and the client with it") {
    ensure();
    redate_authority(-1);
    const auto old = authority();
    ensure();
    CHECK(authority().certificate != old.certificate);
    CHECK(fits());
}

TEST_CASE_FIXTURE(Fixture, "certs: a key of another authority is refused, and mended when asked") {
    ensure();
    orch::fs::write_atomic(auth.ca_key, tls::make_authority("other").key, 0600);
    const auto error = error_of([&] { ensure(); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(error.hint().find("regenerate-certs --client-certs") != std::string::npos);
    CHECK(renew());
    CHECK(tls::match(authority()));
    CHECK(fits());
}

TEST_CASE_FIXTURE(Fixture, "certs: a lost key of the authority is an error that says so") {
    ensure();
    stdfs::remove(auth.ca_key);
    ensure(); // an imported machine has no such key, and needs none while its certificates are good
    for (const auto& error :
         {error_of([&] { machine::require_authority_key(auth); }), error_of([&] { renew(); })}) {
        CHECK(error.kind() == Kind::not_found);
        CHECK(error.message().find(auth.ca_key.string()) != std::string::npos);
    }
}

TEST_CASE_FIXTURE(Fixture, "certs: renewing makes a good client certificate anew too") {
    ensure();
    const auto before = client();
    const auto ca = authority();
    CHECK_FALSE(renew());
    CHECK(client().certificate != before.certificate);
    CHECK(client().key != before.key);
    CHECK(authority().certificate == ca.certificate);
    CHECK(fits());
}

TEST_CASE_FIXTURE(Fixture, "certs: renewing replaces an authority that ends within 30 days") {
    ensure();
    redate_authority(31);
    CHECK_FALSE(renew());
    redate_authority(29);
    CHECK(renew());
    CHECK(
        tls::inspect(authority().certificate, "ca").not_after >
        system_clock::now() + std::chrono::hours(24 * 3000)
    );
    CHECK(fits());
}

TEST_CASE_FIXTURE(Fixture, "certs: an old RSA authority is kept while it is valid") {
    ensure();
    orch::test::openssl({"genrsa", "-traditional", "-out", auth.ca_key, "2048"});
    orch::test::openssl(
        {"req",
         "-x509",
         "-new",
         "-key",
         auth.ca_key,
         "-subj",
         "/O=ada",
         "-days",
         "400",
         "-out",
         auth.ca_cert}
    );
    const auto ca = authority();
    CHECK_FALSE(renew());
    CHECK(authority().certificate == ca.certificate);
    CHECK(fits());
    const auto web1 = save("web1");
    serve(web1);
    CHECK(
        tls::why_untrusted(read_file(auth.server_cert), ca.certificate, system_clock::now()).empty()
    );
}

TEST_CASE_FIXTURE(Fixture, "certs: machines of the same authority get the new client certificate") {
    ensure();
    const auto web1 = save("web1");
    const auto web2 = save("web2");
    serve(web1);
    serve(web2);
    renew();
    for (const auto* name : {"web1", "web2"}) {
        const auto there = store.machine_dir(name);
        CHECK(read_file(there / "cert.pem") == client().certificate);
        CHECK(read_file(there / "key.pem") == client().key);
    }
    CHECK(machine::machines_left_behind(store, auth).empty());
}

TEST_CASE_FIXTURE(
    Fixture, "certs: with a new authority the others are named and left as they are"
) {
    ensure();
    const auto web1 = save("web1");
    const auto web2 = save("web2");
    serve(web1);
    serve(web2);
    const auto copy = read_file(store.machine_dir("web2") / "cert.pem");
    redate_authority(5);
    CHECK(renew());
    machine::renew_server_certificate(store, web1, "ada", {"192.0.2.7"});
    CHECK(machine::machines_left_behind(store, auth) == std::vector<std::string>{"web2"});
    CHECK(read_file(store.machine_dir("web2") / "cert.pem") == copy);
}

TEST_CASE_FIXTURE(Fixture, "certs: a swarm master's certificate is for a client too") {
    ensure();
    const auto bee = save("bee", true);
    serve(bee);
    auto info = tls::inspect(read_file(bee.auth.server_cert), "server.pem");
    CHECK(info.client_auth);
    CHECK(info.server_auth);
    machine::renew_server_certificate(store, bee, "ada", {"192.0.2.7"});
    info = tls::inspect(read_file(bee.auth.server_cert), "server.pem");
    CHECK(info.client_auth);
    const auto web1 = save("web1");
    serve(web1);
    CHECK_FALSE(tls::inspect(read_file(web1.auth.server_cert), "server.pem").client_auth);
}

TEST_CASE_FIXTURE(Fixture, "certs: a server certificate outlives an authority that ends soon") {
    ensure();
    redate_authority(10);
    const auto web1 = save("web1");
    serve(web1);
    const auto before = read_file(auth.server_cert);
    serve(web1);
    CHECK(read_file(auth.server_cert) == before);
    const auto soon = orch::test::redate(
        machine::read_pair({auth.server_cert, auth.server_key}), authority(), 20
    );
    orch::fs::write_atomic(auth.server_cert, soon.certificate, 0644);
    serve(web1);
    CHECK(read_file(auth.server_cert) != soon.certificate);
}

TEST_CASE_FIXTURE(Fixture, "certs: damaged leaves are made anew, a damaged authority is told") {
    ensure();
    const auto web1 = save("web1");
    serve(web1);
    for (const auto& file : {auth.client_cert, auth.client_key})
        orch::fs::write_atomic(file, "garbage\n", 0600);
    orch::fs::write_atomic(auth.server_cert, "garbage\n", 0644);
    CHECK(machine::machines_left_behind(store, auth) == std::vector<std::string>{"web1"});
    ensure();
    CHECK(fits());
    serve(web1);
    CHECK(machine::machines_left_behind(store, auth).empty());

    orch::fs::write_atomic(auth.ca_cert, "garbage\n", 0644);
    for (const auto& error : {error_of([&] { ensure(); }), error_of([&] { renew(); })}) {
        CHECK(error.kind() == Kind::invalid);
        CHECK(error.message().find(auth.ca_cert.string()) != std::string::npos);
        CHECK(error.hint().find("move it and its key away") != std::string::npos);
    }
}

TEST_CASE("certs: names for the server: what was asked for, then the address, each once") {
    machine::Machine web1;
    web1.name = "web1";
    web1.auth.server_sans = {"web.example.org", "192.0.2.7"};
    CHECK(
        machine::certificate_hosts(web1, {.address = "192.0.2.7"}) ==
        std::vector<std::string>{"web.example.org", "192.0.2.7", "web1", "localhost", "127.0.0.1"}
    );
    CHECK(machine::certificate_hosts(web1, {}).size() == 5);
    const auto both =
        machine::certificate_hosts(web1, {.address = "127.0.0.1", .cluster = "10.0.0.7"});
    CHECK(std::find(both.begin(), both.end(), "10.0.0.7") != both.end());
}

TEST_CASE("pair files: a replacement that was cut short is ended or taken back") {
    const orch::test::TempDir dir;
    const machine::PairFiles files{dir / "ca.pem", dir / "ca-key.pem"};
    const tls::Pair old{"old certificate\n", "old key\n"};
    const tls::Pair fresh{"new certificate\n", "new key\n"};
    machine::replace_pair(files, old);
    const auto left = [&] {
        return std::distance(stdfs::directory_iterator(dir.path()), stdfs::directory_iterator());
    };
    CHECK(left() == 2);

    // Killed before the new pair was complete.
    orch::fs::write_atomic(dir / "ca-key.pem.new", fresh.key, 0600);
    machine::finish_replacing(files);
    CHECK(machine::read_pair(files).key == old.key);
    CHECK(left() == 2);

    // Killed between the two files.
    orch::fs::write_atomic(dir / "ca-key.pem.new", fresh.key, 0600);
    orch::fs::write_atomic(dir / "ca.pem.new", fresh.certificate, 0644);
    orch::fs::write_atomic(files.key, fresh.key, 0600);
    machine::finish_replacing(files);
    CHECK(machine::read_pair(files).certificate == fresh.certificate);
    CHECK(machine::read_pair(files).key == fresh.key);
    CHECK((stdfs::status(files.key).permissions() & stdfs::perms::mask) == stdfs::perms(0600));
    CHECK(left() == 2);
}
