#include "lib/base/error.hpp"
#include "lib/tasks/clock.hpp"
#include "lib/tasks/group.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace tasks = orch::tasks;

TEST_CASE("group: runs every task, never more than the limit at a time") {
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    tasks::Group group(3, {});
    for (int i = 0; i < 40; ++i) {
        group.spawn([&](const std::stop_token&) {
            const int now = ++running;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
            }
            std::this_thread::yield();
            --running;
            ++done;
        });
    }
    group.wait();
    CHECK(done == 40);
    CHECK(most <= 3);
}

TEST_CASE("group: the first failure stops the siblings and comes out of wait") {
    tasks::SystemClock clock;
    tasks::Group group(2, {});
    group.spawn([&](const std::stop_token& stop) { clock.sleep(std::chrono::hours(1), stop); });
    group.spawn([](const std::stop_token&) { throw orch::Error(orch::Kind::remote, "first"); });
    CHECK_THROWS_WITH_AS(group.wait(), "first", orch::Error);
}

TEST_CASE("group: with finish_others the siblings end their work") {
    std::atomic<int> done{0};
    tasks::Group group(1, {}, tasks::OnFailure::finish_others);
    group.spawn([](const std::stop_token&) { throw orch::Error(orch::Kind::remote, "first"); });
    for (int i = 0; i < 5; ++i)
        group.spawn([&](const std::stop_token&) { ++done; });
    CHECK_THROWS_WITH_AS(group.wait(), "first", orch::Error);
    CHECK(done == 5);
}

TEST_CASE("group: tasks may spawn tasks") {
    std::atomic<int> done{0};
    tasks::Group group(2, {});
    group.spawn([&](const std::stop_token&) {
        group.spawn([&](const std::stop_token&) { ++done; });
        ++done;
    });
    group.wait();
    CHECK(done == 2);
}

TEST_CASE("group: a stop from outside reaches the tasks") {
    tasks::SystemClock clock;
    std::stop_source source;
    tasks::Group group(1, source.get_token());
    group.spawn([&](const std::stop_token& stop) { clock.sleep(std::chrono::hours(1), stop); });
    source.request_stop();
    try {
        group.wait();
        FAIL("wait returned");
    } catch (const orch::Error& error) {
        CHECK(error.kind() == orch::Kind::cancelled);
    }
}
