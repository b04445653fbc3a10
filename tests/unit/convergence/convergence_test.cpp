// Whatever becomes of an `up`, the next one makes it right: cut off or refused at every single
// call.
#include "lib/base/error.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>

namespace compose = orch::compose;
namespace test = orch::test;
using test::Lines;

namespace {

enum class Fault {
    cut_before, // orch dies before the engine gets the call
    cut_after,  // ... and after it had its effect
    refused,    // the engine answers 500
    lost,       // the call had its effect, its answer is lost
};

/// Something happens to the nth request.
class Faulty : public orch::http::Client {
  public:
    Faulty(orch::http::Client& engine, std::stop_source source, int nth, Fault fault)
        : engine_(engine), source_(std::move(source)), left_(nth), fault_(fault) {}

    orch::http::Response
    send(const orch::http::Request& request, const std::stop_token& stop) override {
        if (left_.fetch_sub(1) != 0)
            return engine_.send(request, stop);
        met = true;
        if (fault_ == Fault::refused)
            return {.status = 500, .headers = {}, .body = R"({"message": "out of order"})"};
        if (fault_ != Fault::cut_before)
            engine_.send(request, {});
        if (fault_ == Fault::lost)
            throw orch::http::NoAnswer(orch::Kind::network, "the engine", "connection reset", true);
        source_.request_stop();
        throw orch::Error(orch::Kind::cancelled, "interrupted");
    }

    std::atomic<bool> met = false;

  private:
    orch::http::Client& engine_;
    std::stop_source source_;
    std::atomic<int> left_;
    Fault fault_;
};

/// What is there before, and what `up` then is asked for.
struct Case {
    const char* name;
    std::function<void(test::Scene&)> before;
    compose::UpOptions options{};
};

test::Scene make_scene() {
    auto cache = test::service("cache");
    cache.volumes_from.push_back({"db", "rw", true});
    return test::Scene({test::service("db"), test::service("web", {"db"}), cache});
}

void change_db(test::Scene& scene) {
    scene.up();
    scene.at("db").environment["MODE"] = "new";
}

std::vector<Case> cases() {
    return {
        {"nothing is there", [](test::Scene&) {}},
        {"db is to be another one", change_db},
        {"db is to be another one and was stopped",
         [](test::Scene& scene) {
             change_db(scene);
             scene.engine.stop_container("p_db_1", std::chrono::seconds(0));
         }},
        {"all are made anew",
         [](test::Scene& scene) { scene.up(); },
         {.what = {.recreate = compose::Recreate::always}}},
        {"more are wanted",
         [](test::Scene& scene) { scene.up(); },
         {.what = {.scale = {{"web", 3}}}}},
        {"less are wanted",
         [](test::Scene& scene) {
             scene.up({.what = {.scale = {{"web", 3}}}});
         },
         {.what = {.scale = {{"web", 1}}}}},
    };
}

/// The anonymous volume of the first db; empty if there is no container.
std::string volume_of_db(test::Scene& scene) {
    const auto container = scene.engine.inspect_container("p_db_1");
    if (container)
        for (const auto& mount : container->mounts)
            if (mount.destination == "/data")
                return mount.name;
    return {};
}

/// What an `up` leaves, as lines. Numbers of containers are left out: gaps are not filled again.
Lines look_at(test::Scene& scene) {
    Lines lines{std::to_string(scene.fake.volumes().size()) + " volumes"};
    for (const auto& container : scene.fake.containers()) {
        const auto name = container.name.substr(0, container.name.rfind('_'));
        lines.push_back(name + " " + container.state + " " + container.posted["Env"].dump());
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

/// Up with a fault at the nth request; whether there was one.
bool disturbed_up(
    test::Scene& scene, const Case& each, std::size_t parallel, int nth, Fault fault
) {
    std::stop_source source;
    Faulty faulty(scene.fake, source, nth, fault);
    orch::engine::Engine engine(faulty, {.socket = "/engine.sock"}, source.get_token());
    orch::Job job{source.get_token(), scene.recorder};
    auto options = each.options;
    options.how.parallel = parallel;
    try {
        compose::up(scene.project, engine, options, job);
    } catch (const orch::Error&) {
        CHECK(faulty.met);
    }
    return faulty.met;
}

void check_case(const Case& each, std::size_t parallel, Fault fault) {
    auto calm = make_scene();
    each.before(calm);
    calm.up(each.options);
    const auto goal = look_at(calm);
    int nth = 0;
    for (bool met = true; met; ++nth) {
        CAPTURE(nth);
        REQUIRE(nth < 200);
        auto scene = make_scene();
        each.before(scene);
        const auto volume = volume_of_db(scene);

        met = disturbed_up(scene, each, parallel, nth, fault);
        scene.up(each.options);

        CHECK(look_at(scene) == goal);
        if (!volume.empty())
            CHECK(volume_of_db(scene) == volume);
        auto again = each.options;
        again.what.recreate = compose::Recreate::changed;
        CHECK_FALSE(scene.up(again).changed);
    }
    CHECK(nth > 3); // the fault had calls to meet
}

void check_all(Fault fault) {
    for (const auto& each : cases())
        for (const std::size_t parallel : {1, 8}) {
            CAPTURE(std::string(each.name));
            CAPTURE(parallel);
            check_case(each, parallel, fault);
        }
}

} // namespace

TEST_CASE("convergence: orch dies before any one call") { check_all(Fault::cut_before); }

TEST_CASE("convergence: orch dies after any one call") { check_all(Fault::cut_after); }

TEST_CASE("convergence: the engine refuses any one call") { check_all(Fault::refused); }

TEST_CASE("convergence: the answer to any one call is lost") { check_all(Fault::lost); }
