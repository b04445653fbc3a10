#include "lib/base/error.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/drivers/google/scene.hpp"

namespace drivers = orch::drivers;
using drivers::Power;
using drivers::State;
using orch::Kind;
using orch::test::error_of;
using orch::test::GoogleScene;
using Json = GoogleScene::Json;

namespace {

struct Scene : GoogleScene {
    const std::string get_instance = std::string("GET ") + instance_path;
    const std::string get_disk = std::string("GET ") + disk_path;
    const std::string operations = "GET zones/us-central1-a/operations";
    const std::string insert = "POST zones/us-central1-a/instances";

    /// The instance is there from the second look on.
    void ready_to_create() {
        everything_there();
        on("GET global/firewalls/docker-machines",
           200,
           {{"network", "n/default"}, {"allowed", {{{"IPProtocol", "all"}}}}});
        on(insert, 200, done());
        on(get_instance, 200, instance());
        on(operations, 200, Json::object());
    }

    drivers::Record create(const std::map<std::string, std::string>& given = {}) {
        return driver.create(
            request_with(given), [&](const drivers::Record& now) { saved.push_back(now); }, job
        );
    }

    std::vector<drivers::Record> saved;
};

std::string query_of(const orch::http::Request& request) {
    return request.url.substr(request.url.find('?') + 1);
}

} // namespace

TEST_CASE_FIXTURE(Scene, "google: a project is required, by docker-machine's words") {
    const auto error = error_of([&] { driver.check(request_with({{"google-project", ""}}), job); });
    CHECK(error.kind() == Kind::usage);
    CHECK(error.message() == "no Google Cloud Project name specified (--google-project)");
    CHECK(requests.empty());
}

TEST_CASE_FIXTURE(Scene, "google: a check that finds nothing wrong makes nothing") {
    everything_there();
    driver.check(request_with(), job);
    for (const auto& call : calls)
        CHECK(call.starts_with("GET "));
}

TEST_CASE_FIXTURE(Scene, "google: what is not there is named with its option") {
    everything_there();
    const std::pair<const char*, const char*> cases[] = {
        {"google-zone", "us-central1-z"},
        {"google-machine-type", "e9-huge"},
        {"google-machine-image", "debian-99"},
        {"google-disk-type", "pd-none"},
        {"google-network", "nowhere"},
        {"google-subnetwork", "nowhere"},
        {"google-address", "nothing"},
    };
    for (const auto& row : cases) {
        const auto& option = row.first;
        const auto& value = row.second;
        CAPTURE(option);
        const auto error = error_of([&] { driver.check(request_with({{option, value}}), job); });
        CHECK(error.kind() == Kind::not_found);
        CHECK(error.message().find(value) != std::string::npos);
        CHECK(error.hint() == std::string("name one with --") + option);
    }
}

TEST_CASE_FIXTURE(Scene, "google: a project that may not be seen is docker-machine's error") {
    refuse("GET ", 403, "forbidden");
    const auto error = error_of([&] { driver.check(request_with(), job); });
    CHECK(error.kind() == Kind::denied);
    CHECK(error.message().starts_with("Project with ID \"p1\" not found. "));
}

TEST_CASE_FIXTURE(Scene, "google: a name that is taken, and one that is not there") {
    everything_there();
    CHECK(error_of([&] {
              driver.check(request_with({{"google-use-existing", "true"}}), job);
          }).message() == "unable to find instance \"web1\" in zone \"us-central1-a\"");
    on(get_instance, 200, instance());
    const auto error = error_of([&] { driver.check(request_with(), job); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(error.message() == "instance \"web1\" already exists in zone \"us-central1-a\"");
}

TEST_CASE_FIXTURE(
    Scene, "google: a quota that is used up, an image for other processors, no subnetwork"
) {
    everything_there();
    answers.erase("GET regions/us-central1");
    on("GET regions/us-central1",
       200,
       {{"quotas", {{{"metric", "IN_USE_ADDRESSES"}, {"limit", 8.0}, {"usage", 8.0}}}}});
    CHECK(
        error_of([&] { driver.check(request_with(), job); }).message() ==
        "google: the quota of IN_USE_ADDRESSES in us-central1 is used up: 8 of 8"
    );
    CHECK_NOTHROW(driver.check(request_with({{"google-use-internal-ip-only", "true"}}), job));
    on("GET zones/us-central1-a/machineTypes/t2a-standard-1",
       200,
       {{"name", "t2a-standard-1"}, {"architecture", "ARM64"}});
    CHECK(
        error_of([&] {
            driver.check(request_with({{"google-machine-type", "t2a-standard-1"}}), job);
        }).message() ==
        "google: image ubuntu-2404-lts-amd64 is for X86_64, machine type t2a-standard-1 is ARM64"
    );
    on("GET global/networks/bare", 200, {{"autoCreateSubnetworks", false}});
    CHECK(error_of([&] {
              driver.check(request_with({{"google-network", "bare"}}), job);
          }).message() == "google: network bare requires --google-subnetwork");
}

TEST_CASE_FIXTURE(Scene, "google: a create saves its mark before anything is made, then the id") {
    ready_to_create();
    const auto record = create({{"google-open-port", "80"}});
    REQUIRE(saved.size() >= 3);
    const auto mark = saved.front()["CreateMark"].get<std::string>();
    CHECK(mark.size() == 16);
    CHECK(saved.front()["InstanceID"] == "");
    CHECK(record["InstanceID"] == "7");
    CHECK(record["IPAddress"] == "203.0.113.7");
    CHECK(record["MachineImage"] == "ubuntu-os-cloud/global/images/ubuntu-v7");
    CHECK(body_of(insert)["labels"]["orch-create"] == mark);
    CHECK(driver.host_id(record) == "7");
    CHECK(driver.reach(record).url == "tcp://203.0.113.7:2376");
    CHECK(driver.reach(record).cluster == "10.0.0.7");
    CHECK_FALSE(called("POST global/firewalls"));
}

TEST_CASE_FIXTURE(Scene, "google: a lost answer is asked for again under the same id") {
    ready_to_create();
    const auto second = answers[insert].front();
    answers[insert].front() = [](const auto&) -> orch::http::Response {
        throw orch::http::NoAnswer(Kind::network, "it", "connection reset", false, true);
    };
    answers[insert].push_back(second);
    create();
    std::vector<std::string> queries;
    for (std::size_t i = 0; i < calls.size(); ++i)
        if (calls[i] == insert)
            queries.push_back(query_of(requests[i]));
    REQUIRE(queries.size() == 2);
    CHECK(queries[0] == queries[1]);
    CHECK(queries[0].size() == std::string("requestId=").size() + 36);
}

TEST_CASE_FIXTURE(Scene, "google: an instance of the same name is ours by its mark alone") {
    ready_to_create();
    answers.erase(insert);
    refuse(insert, 409, "alreadyExists");
    const auto error = error_of([&] { create(); });
    CHECK(error.kind() == Kind::conflict);
    answers.erase(get_instance);
    answers[get_instance].push_back([&](const auto&) {
        const auto mark = saved.back()["CreateMark"].get<std::string>();
        return orch::http::Response{200, {}, instance("RUNNING", mark).dump()};
    });
    CHECK(create()["InstanceID"] == "7");
}

TEST_CASE_FIXTURE(Scene, "google: the error of an operation is told with advice") {
    ready_to_create();
    auto pending = done();
    pending["status"] = "RUNNING";
    answers.erase(insert);
    on(insert, 200, pending);
    auto failed = done();
    failed["error"] = {
        {"errors", {{{"code", "ZONE_RESOURCE_POOL_EXHAUSTED"}, {"message", "no room"}}}}};
    on("GET zones/us-central1-a/operations/op", 200, failed);
    const auto error = error_of([&] { create(); });
    CHECK(error.message() == "google: create instance: ZONE_RESOURCE_POOL_EXHAUSTED: no room");
    CHECK(error.hint().find("--google-zone") != std::string::npos);
    CHECK(saved.back()["InstanceID"] == "7"); // rm looks for it
}

TEST_CASE_FIXTURE(Scene, "google: a rule that lacks ports gets them, beside those it has") {
    ready_to_create();
    const std::string get_rule = "GET global/firewalls/docker-machines";
    answers.erase(get_rule);
    const Json some{{"IPProtocol", "tcp"}, {"ports", {"2376"}}};
    on(get_rule, 200, {{"network", "n/default"}, {"allowed", {some}}});
    on(get_rule, 200, {{"network", "n/default"}, {"allowed", {{{"IPProtocol", "all"}}}}});
    on("PATCH global/firewalls/docker-machines", 200, done());
    create();
    CHECK(
        body_of("PATCH global/firewalls/docker-machines")["allowed"] ==
        Json::array({some, {{"IPProtocol", "tcp"}, {"ports", {"22"}}}})
    );
}

TEST_CASE_FIXTURE(
    Scene, "google: an existing instance gets key and tag, though others change it too"
) {
    ready_to_create();
    auto there = instance("RUNNING", "other");
    there["tags"] = {{"fingerprint", "t1"}, {"items", {"web"}}};
    there["metadata"] = {{"fingerprint", "f1"}};
    answers.erase(get_instance);
    on(get_instance, 200, there);
    const auto post = std::string("POST ") + instance_path;
    on(post + "/setTags", 200, done());
    refuse(post + "/setMetadata", 412, "conditionNotMet");
    on(post + "/setMetadata", 200, done());
    const auto record = create({{"google-use-existing", "true"}});
    CHECK(record["InstanceID"] == "7");
    CHECK(body_of(post + "/setTags")["items"] == Json::array({"web", "docker-machine"}));
    CHECK(body_of(post + "/setMetadata")["fingerprint"] == "f1");
    CHECK(std::count(calls.begin(), calls.end(), post + "/setMetadata") == 2);
    CHECK_FALSE(called(insert));
}

TEST_CASE_FIXTURE(Scene, "google: Google's states are docker-machine's") {
    const std::pair<const char*, State> cases[] = {
        {"PROVISIONING", State::starting},
        {"STAGING", State::starting},
        {"RUNNING", State::running},
        {"STOPPING", State::stopping},
        {"TERMINATED", State::stopped},
        {"SUSPENDED", State::saved},
        {"REPAIRING", State::error},
    };
    for (const auto& row : cases) {
        const auto& status = row.first;
        const auto& state = row.second;
        CAPTURE(status);
        answers.clear();
        on(get_instance, 200, instance(status));
        auto its = record();
        CHECK(driver.refresh(its, job) == state);
        CHECK(its["IPAddress"] == (state == State::running ? "203.0.113.7" : ""));
    }
    answers.clear();
    auto its = record();
    CHECK(driver.refresh(its, job) == State::not_found);
    on(get_disk, 200, disk());
    CHECK(driver.refresh(its, job) == State::stopped);
    answers.clear();
    on(get_disk, 200, disk("other"));
    CHECK(driver.refresh(its, job) == State::not_found);
}

TEST_CASE_FIXTURE(Scene, "google: a start follows the address; what was suspended resumes") {
    const auto post = std::string("POST ") + instance_path;
    on(get_instance, 200, instance("TERMINATED"));
    on(get_instance, 200, instance());
    on(post + "/start", 200, done());
    auto its = record();
    its["IPAddress"] = "";
    driver.power(its, Power::start, job);
    CHECK(its["IPAddress"] == "203.0.113.7");
    answers.clear();
    on(get_instance, 200, instance("SUSPENDED"));
    on(post + "/resume", 200, done());
    driver.power(its, Power::start, job);
    CHECK(called(post + "/resume"));
}

TEST_CASE_FIXTURE(Scene, "google: an instance whose disk alone is left is made again with it") {
    auto its = record();
    its["SSHKeyPath"] = dir.write("machines/web1/id_rsa", "").string();
    dir.write("machines/web1/id_rsa.pub", "ssh-ed25519 AAAA\n");
    answers[get_instance].push_back([](const auto&) {
        return orch::http::Response{404, {}, "{}"};
    });
    on(get_instance, 200, instance());
    on(get_disk, 200, disk());
    on(insert, 200, done());
    driver.power(its, Power::start, job);
    const auto body = body_of(insert);
    CHECK(body["disks"][0]["source"] == std::string("projects/p1/") + disk_path);
    CHECK(body["disks"][0]["autoDelete"] == true);
    CHECK(its["IPAddress"] == "203.0.113.7");
}

TEST_CASE_FIXTURE(Scene, "google: rm takes instance and disk, and succeeds when they are gone") {
    on(operations, 200, Json::object());
    driver.remove(record(), job);
    CHECK_FALSE(called(std::string("DELETE ") + instance_path));
    on(get_instance, 200, instance());
    on(get_disk, 200, disk());
    for (const auto* path : {instance_path, disk_path})
        on(std::string("DELETE ") + path, 200, done());
    driver.remove(record(), job);
    CHECK(called(std::string("DELETE ") + instance_path));
    CHECK(called(std::string("DELETE ") + disk_path));
}

TEST_CASE_FIXTURE(Scene, "google: rm leaves what another create made under the same name") {
    on(operations, 200, Json::object());
    auto other = instance("RUNNING", "other");
    other["id"] = "9";
    on(get_instance, 200, other);
    on(get_disk, 200, disk("other"));
    driver.remove(record(), job);
    for (const auto& call : calls)
        CHECK(call.starts_with("GET "));
}

TEST_CASE_FIXTURE(Scene, "google: rm waits for a create whose answer was lost") {
    auto pending = done();
    pending["status"] = "RUNNING";
    pending["targetLink"] = std::string("https://x/projects/p1/") + instance_path;
    on(operations, 200, {{"items", Json::array()}, {"nextPageToken", "1"}});
    on(operations, 200, {{"items", {pending}}});
    on("GET zones/us-central1-a/operations/op", 200, done());
    auto its = record();
    its["InstanceID"] = "";
    driver.remove(its, job);
    CHECK(called("GET zones/us-central1-a/operations/op"));
    CHECK(query_of(requests[1]).find("pageToken=1") != std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "google: a record of docker-machine works, and its unknown keys stay") {
    drivers::Record old{
        {"IPAddress", ""},
        {"MachineName", "web1"},
        {"SSHUser", "docker-user"},
        {"Zone", "us-central1-a"},
        {"Project", "p1"},
        {"UseInternalIP", true},
        {"Future", 1},
    };
    on(get_instance, 200, instance("RUNNING", ""));
    on(get_disk, 200, disk(""));
    CHECK(driver.refresh(old, job) == State::running);
    CHECK(old["IPAddress"] == "10.0.0.7");
    CHECK(old["Future"] == 1);
    CHECK_FALSE(old.contains("InstanceID"));
    CHECK(driver.host_id(old) == "web1");
    for (const auto* path : {instance_path, disk_path})
        on(std::string("DELETE ") + path, 200, done());
    driver.remove(old, job);
    CHECK(called(std::string("DELETE ") + disk_path));
    CHECK_FALSE(called(operations));
}

TEST_CASE_FIXTURE(Scene, "google: an instance is adopted by name or id, and nothing is made") {
    on("GET zones/us-central1-a/instances/7", 200, instance("RUNNING", "other"));
    auto adopted = driver.adopt(request_with(), "7", job);
    CHECK(adopted["InstanceName"] == "web1");
    CHECK(driver.host_id(adopted) == "7");
    CHECK(adopted["IPAddress"] == "203.0.113.7");
    for (const auto& call : calls)
        CHECK(call.starts_with("GET "));
    on(get_instance, 200, instance("RUNNING", "other"));
    on(get_disk, 200, disk("other"));
    on(std::string("DELETE ") + instance_path, 200, done());
    driver.remove(adopted, job);
    CHECK(called(std::string("DELETE ") + instance_path));
    CHECK_FALSE(called(std::string("DELETE ") + disk_path)); // Google does, if it belongs to it
    CHECK(error_of([&] { driver.adopt(request_with(), "none", job); }).kind() == Kind::not_found);
}

TEST_CASE_FIXTURE(
    Scene, "google: credentials stay out of the record, the path of their file does not"
) {
    ready_to_create();
    const Json user{
        {"type", "authorized_user"},
        {"client_id", "c"},
        {"client_secret", "s"},
        {"refresh_token", "the-secret"},
        {"token_uri", "http://metadata.example.org/token"}};
    const auto file = dir.write("key.json", user.dump());
    create({{"google-application-credentials", file.string()}});
    CHECK(saved.front()["CredentialsFile"] == file.string());
    CHECK(saved.front().dump().find("the-secret") == std::string::npos);
    CHECK(orch::fs::read_file(machine_dir / "credentials.json") == "{}\n");

    // What the shell of a later command has does not count.
    drivers::google::Driver later(
        {.world = world, .dir = machine_dir, .store = dir.path(), .machine = "web1"},
        orch::os::Environment({{"GOOGLE_AUTH_ENCODED_JSON", "{}"}, {"HOME", dir.path().string()}})
    );
    auto record = saved.back();
    CHECK(later.refresh(record, job) == State::running);
    orch::fs::write_atomic(file, "{}", 0600);
    CHECK_THROWS_WITH_AS(
        later.refresh(record, job),
        ("the credentials in " + file.string() + " are of an unknown type: \"\"").c_str(),
        orch::Error
    );
    std::filesystem::remove(file);
    CHECK(
        error_of([&] { later.refresh(record, job); })
            .message()
            .find("--google-auth-encoded-json") != std::string::npos
    );
}

TEST_CASE_FIXTURE(
    Scene, "google: credentials in a record of Rancher's are used, and not written anew"
) {
    const Json user{
        {"type", "authorized_user"},
        {"client_id", "c"},
        {"client_secret", "s"},
        {"refresh_token", "the-secret"},
        {"token_uri", "http://metadata.example.org/token"}};
    auto its = record();
    its["Auth"] = user.dump();
    on(get_instance, 200, instance());
    drivers::google::Driver later(
        {.world = world, .dir = machine_dir, .store = dir.path(), .machine = "web1"},
        orch::os::Environment({{"HOME", dir.path().string()}, {"NO_GCE_CHECK", "true"}})
    );
    CHECK(later.refresh(its, job) == State::running);
    CHECK_FALSE(std::filesystem::exists(machine_dir / "credentials.json"));
}
