#include "lib/tasks/pacer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using orch::tasks::Pacer;
using std::chrono::hours;
using std::chrono::milliseconds;

TEST_CASE("pacer: a task waits until one of those before it has ended") {
    Pacer pacer(2, hours(1));
    const auto first = pacer.begin();
    const auto second = pacer.begin();
    std::atomic<bool> begun{false};
    std::jthread third([&] {
        pacer.begin();
        begun = true;
    });
    std::this_thread::sleep_for(milliseconds(20));
    CHECK_FALSE(begun);
    pacer.end(second);
    third.join();
    CHECK(begun);
    pacer.end(first);
}

TEST_CASE("pacer: tasks that only wait hold up nobody") {
    Pacer pacer(1, milliseconds(1));
    for (int i = 0; i < 20; ++i)
        pacer.begin(); // none of them ends
    CHECK(pacer.begin() == 20);
}
