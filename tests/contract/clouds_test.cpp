// What every driver of a cloud promises, against the FAKE of that cloud (tests/fakes/cloud), whose
// servers are nothing but entries.
#include "drivers/registry.hpp"
#include "lib/fs/files.hpp"
#include "lib/http/curl_client.hpp"
#include "lib/json/json.hpp"
#include "lib/log/log.hpp"
#include "tests/contract/fake_cloud.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <mutex>
#include <sys/stat.h>
#include <thread>

namespace drivers = orch::drivers;
namespace http = orch::http;
using orch::drivers::State;
using orch::test::FakeCloud;

namespace {

constexpr int clouds = 6;

/// A computer that reaches the fake; its clock runs as fast as anybody sleeps.
struct Account : orch::test::FakeWorld {
    explicit Account(const std::string& driver) : cloud(driver) {
        http.handler = [this](const http::Request& request) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2)); // the fake has work to do
            return curl.send(request, {});
        };
        orch::log::set_writer([this](std::string_view, std::string_view line) {
            const std::scoped_lock lock(mutex);
            log += line;
        });
    }

    ~Account() { orch::log::set_writer({}); }

    /// What is there and was not there before, or costs money.
    [[nodiscard]] std::string left() {
        const auto answer = curl.send({.url = cloud.url() + "/double/left"}, {});
        std::string names;
        const auto left = orch::json::parse(answer.body, "left");
        for (const auto& [kind, things] : left.items())
            for (const auto& thing : things)
                names += kind + " " + thing.get<std::string>() + "; ";
        return names;
    }

    void settle() { curl.send({.url = cloud.url() + "/double/settle"}, {}); }

    FakeCloud cloud;
    http::CurlClient curl;
    std::mutex mutex;
    std::string log;
};

/// Calls `body` with each driver of a cloud.
void for_each_cloud(const std::function<void(const drivers::Row&, Account&)>& body) {
    int count = 0;
    const auto all = drivers::builtin_registry({});
    for (const auto& known : all.rows()) {
        if (!FakeCloud::exists(known.info.name))
            continue;
        ++count;
        CAPTURE(known.info.name);
        Account account(known.info.name);
        const auto registry = drivers::builtin_registry(account.cloud.environment());
        body(*registry.find(known.info.name), account);
    }
    CHECK(count == clouds);
}

/// Every file below the directory, with its permission bits, that holds the text.
std::vector<std::string> files_with(const std::filesystem::path& dir, const std::string& text) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir))
        if (entry.is_regular_file() &&
            orch::fs::read_file(entry.path()).find(text) != std::string::npos) {
            struct stat status {};

            REQUIRE(::stat(entry.path().c_str(), &status) == 0);
            found.push_back(
                fmt::format("{} {:o}", entry.path().filename().string(), status.st_mode & 0777U)
            );
        }
    return found;
}

} // namespace

TEST_CASE(
    "contract: a cloud's server from create to remove; the secret is in one private file alone"
) {
    for_each_cloud([](const drivers::Row& row, Account& account) {
        const orch::test::TempDir dir;
        const auto driver = row.make(
            {.world = account.world, .dir = dir.path(), .store = dir.path(), .machine = "web1"}
        );
        const drivers::Request request{.values = account.cloud.values(row.info)};
        driver->check(request, account.job);
        CHECK(account.left().empty());

        std::vector<drivers::Record> saved;
        auto record = driver->create(
            request, [&](const auto& each) { saved.push_back(each); }, account.job
        );
        REQUIRE(saved.size() >= 2);
        CHECK(driver->host_id(saved.front()).empty());
        const auto id = driver->host_id(record);
        CHECK_FALSE(id.empty());
        for (const auto* field :
             {"IPAddress", "MachineName", "SSHUser", "SSHPort", "SSHKeyPath", "StorePath"}) {
            CAPTURE(field);
            CHECK(record.contains(field));
        }
        CHECK(driver->reach(record).url == "tcp://127.0.0.1:2376");
        CHECK(driver->refresh(record, account.job) == State::running);

        for (const auto& each : saved)
            CHECK(each.dump().find(account.cloud.secret()) == std::string::npos);
        CHECK(account.log.find(account.cloud.secret()) == std::string::npos);
        for (const auto& file : files_with(dir.path(), account.cloud.secret()))
            CHECK(file == "credentials.json 600");

        // A later command, which has no variables and reads what the disk has.
        const auto bare = drivers::builtin_registry(account.cloud.without_secrets(row.info));
        const auto later = bare.find(row.info.name)
                               ->make(
                                   {.world = account.world,
                                    .dir = dir.path(),
                                    .store = dir.path(),
                                    .machine = "web1"}
                               );
        auto read_back = drivers::Record::parse(record.dump());
        CHECK(later->refresh(read_back, account.job) == State::running);
        CHECK_THROWS(driver->check(request, account.job)); // the name is taken now

        later->power(read_back, drivers::Power::kill, account.job);
        account.settle();
        CHECK(later->refresh(read_back, account.job) == State::stopped);
        later->power(read_back, drivers::Power::start, account.job);
        account.settle();
        CHECK(later->refresh(read_back, account.job) == State::running);
        CHECK(later->host_id(read_back) == id);

        later->remove(read_back, account.job);
        account.settle();
        CHECK(account.left().empty());
        CHECK(later->refresh(read_back, account.job) == State::not_found);
        CHECK_NOTHROW(later->remove(read_back, account.job));
    });
}

TEST_CASE("contract: whatever was saved last, remove leaves nothing at the cloud") {
    for_each_cloud([](const drivers::Row& row, Account& account) {
        const orch::test::TempDir dir;
        struct Killed {};
        for (std::size_t calls = 1, done = 0; done == 0; ++calls) {
            CAPTURE(calls);
            const auto driver = row.make(
                {.world = account.world, .dir = dir.path(), .store = dir.path(), .machine = "web1"}
            );
            const drivers::Request request{.values = account.cloud.values(row.info)};
            driver->check(request, account.job);
            std::optional<drivers::Record> saved;
            std::size_t sent = 0;
            const auto serve = account.http.handler;
            // The call comes to the cloud, its answer comes to nobody.
            account.http.handler = [&](const http::Request& each) {
                auto answer = serve(each);
                if (++sent == calls)
                    throw Killed{};
                return answer;
            };
            try {
                driver->create(
                    request, [&](const auto& each) { saved = each; }, account.job
                );
                done = 1;
            } catch (const Killed&) {
            }
            account.http.handler = serve;
            account.settle();
            if (saved)
                driver->remove(*saved, account.job);
            account.settle();
            CHECK(account.left() == "");
        }
    });
}
