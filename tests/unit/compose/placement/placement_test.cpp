#include "compose/placement/placement.hpp"
#include "lib/base/text.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

#include <regex>

namespace placement = orch::compose::placement;

using orch::text::join;
using placement::Wish;
using Texts = std::vector<std::string>;

namespace {

/// a and b have ssd, c has not; a is in rack r1, the others in r2.
placement::Cluster cluster() {
    const std::map<std::string, std::string> debian{
        {"operatingsystem", "Debian GNU/Linux 12 (bookworm)"}, {"storagedriver", "overlay2"}};
    const std::map<std::string, std::string> alpine{
        {"operatingsystem", "Alpine Linux v3.19"}, {"storagedriver", "btrfs"}};
    return {
        {.id = "ida",
         .name = "a",
         .os = "linux",
         .engine_labels = {{"storage", "ssd"}, {"zone", "north"}},
         .node_labels = {{"rack", "r1"}, {"zone", "x"}},
         .attributes = debian,
         .containers = {{"c1", "other_db_1", {{"tier", "db"}}}, {"c2", "lonely", {}}},
         .images = {"sha256:01", "busybox:latest", "busybox"}},
        {.id = "idb",
         .name = "b",
         .os = "linux",
         .engine_labels = {{"storage", "ssd"}},
         .node_labels = {{"rack", "r2"}},
         .attributes = debian,
         .containers = {{"c3", "other_web_1", {{"tier", "web"}}}},
         .images = {"sha256:02", "redis:7", "redis"}},
        {.id = "idc",
         .name = "c",
         .os = "linux",
         .engine_labels = {{"storage", "SSD"}},
         .node_labels = {{"rack", "r2"}},
         .attributes = alpine}};
}

placement::Hints hints(const Texts& texts) {
    placement::Hints result;
    for (const auto& text : texts) {
        const auto colon = text.find(':');
        const auto family = text.substr(0, colon);
        const auto expression = placement::parse_expression(text.substr(colon + 1));
        if (family == "constraint")
            result.constraints.push_back(expression);
        else if (family == "affinity")
            result.affinities.push_back(expression);
        else
            result.whitelists.push_back(orch::text::split(expression.value, '|'));
    }
    return result;
}

/// "constraints; at first; nodes", then the labels as "key@node". The digest in a label is left
/// out.
std::string summary(const placement::Placement& placement, std::size_t index = 0) {
    const auto& place = placement.places.at(index);
    auto text = join(place.constraints, " ") + "; " + join(place.at_first, " ") + "; " +
                join(place.nodes, " ");
    for (const auto& label : placement.labels)
        text += "; " + label.key + "@" + label.node;
    return std::regex_replace(text, std::regex("orch\\.m\\.[0-9a-f]{8}"), "orch.m");
}

struct Row {
    Texts hints;
    const char* expected;
    std::size_t warnings = 0;
};

const Row rows[] = {
    // what the engine itself can express
    {{}, "; ; a b c"},
    {{"constraint:node==b"}, "node.hostname==b; ; b"},
    {{"constraint:node!=b"}, "node.hostname!=b; ; a c"},
    {{"constraint:node==idb"}, "node.id==idb; ; b"},
    {{"constraint:node!=idb"}, "node.id!=idb; ; a c"},
    {{"constraint:rack==r1"}, "node.labels.rack==r1; ; a"},
    {{"constraint:rack==r2"}, "node.labels.rack==r2; ; b c"},
    {{"constraint:rack!=r2"}, "node.labels.rack!=r2; ; a"},
    {{"constraint:ostype==linux"}, "node.platform.os==linux; ; a b c"},
    {{"constraint:zone==x"}, "node.labels.zone==x; ; a"}, // the nodes' label wins
    {{"constraint:zone!=x"}, "node.labels.zone!=x; ; b c"},
    {{"constraint:rack==r2", "constraint:node!=c"}, "node.labels.rack==r2 node.hostname!=c; ; b"},
    // the engine does not know case: ssd and SSD would be the same
    {{"constraint:storage==ssd"}, "node.labels.orch.m==1; ; a b; orch.m@ida; orch.m@idb"},
    {{"constraint:storage==SSD"}, "node.id==idc; ; c"},
    {{"constraint:storage!=ssd"}, "node.id!=ida node.id!=idb; ; c"},
    // patterns
    {{"constraint:node==*"}, "; ; a b c"},
    {{"constraint:node==/./"}, "; ; a b c"},
    {{"constraint:node==/^[ab]$/"}, "node.labels.orch.m==1; ; a b; orch.m@ida; orch.m@idb"},
    {{"constraint:node==[ab]"}, "node.labels.orch.m==1; ; a b; orch.m@ida; orch.m@idb"},
    {{"constraint:node!=c*"}, "node.id!=idc; ; a b"},
    {{"constraint:node!=/[bc]/"}, "node.id!=idb node.id!=idc; ; a"},
    {{"constraint:rack==r*"}, "; ; a b c"},
    {{"constraint:rack==*1"}, "node.id==ida; ; a"},
    {{"constraint:storage==/(?i)ssd/"}, "; ; a b c"},
    {{"constraint:node==a|b"}, "node.labels.orch.m==1; ; a b; orch.m@ida; orch.m@idb"},
    // what only the engines know
    {{"constraint:operatingsystem==*Debian*"},
     "node.labels.orch.m==1; ; a b; orch.m@ida; orch.m@idb"},
    {{"constraint:operatingsystem==Alpine*"}, "node.id==idc; ; c"},
    {{"constraint:operatingsystem!=Alpine*"}, "node.id!=idc; ; a b"},
    {{"constraint:storagedriver==btrfs"}, "node.id==idc; ; c"},
    // a label that nobody has
    {{"constraint:color!=red"}, "; ; a b c", 1},
    {{"constraint:color==*"}, "; ; a b c", 1},
    // soft ones hold at first, or are dropped together
    {{"constraint:rack==~r1"}, "; node.labels.rack==r1; a"},
    {{"constraint:node!=~a"}, "; node.hostname!=a; b c"},
    {{"constraint:storage==~nvme"}, "; ; a b c", 1},
    {{"constraint:rack==~r1", "constraint:storage==~nvme"}, "; ; a b c", 2},
    {{"constraint:rack==r2", "constraint:node==~b"}, "node.labels.rack==r2; node.hostname==b; b"},
    {{"constraint:rack==r2", "constraint:node==~a"}, "node.labels.rack==r2; ; b c", 1},
    {{"constraint:color==~red"}, "; ; a b c", 1},
    // what is there already
    {{"affinity:container==lonely"}, "node.id==ida; ; a"},
    {{"affinity:container==c3"}, "node.id==idb; ; b"},
    {{"affinity:container==other_*"}, "node.labels.orch.m==1; ; a b; orch.m@ida; orch.m@idb"},
    {{"affinity:container!=lonely"}, "node.id!=ida; ; b c"},
    {{"affinity:container!=other_*"}, "node.id!=ida node.id!=idb; ; c"},
    {{"affinity:container==~lonely"}, "; node.id==ida; a"},
    {{"affinity:container==~ghost"}, "; ; a b c", 1},
    {{"affinity:container!=ghost"}, "; ; a b c"},
    {{"affinity:tier==db"}, "node.id==ida; ; a"},
    {{"affinity:tier!=db"}, "node.id!=ida; ; b c"},
    {{"affinity:tier!=/./"}, "node.id!=ida node.id!=idb; ; c"},
    {{"affinity:image==redis"}, "node.id==idb; ; b"},
    {{"affinity:image==redis:7"}, "node.id==idb; ; b"},
    {{"affinity:image==sha256:01"}, "node.id==ida; ; a"},
    {{"affinity:image==~redis"}, "; node.id==idb; b"},
    {{"affinity:image!=redis"}, "node.id!=idb; ; a c"},
    {{"affinity:image==~postgres"}, "; ; a b c", 1},
    // white lists
    {{"whitelist:node==a|c"}, "node.labels.orch.m==1; ; a c; orch.m@ida; orch.m@idc"},
    {{"whitelist:any!=c"}, "node.id==idc; ; c"},
    {{"whitelist:node==a|b", "whitelist:node==b|c"},
     "node.labels.orch.m==1 node.labels.orch.m==1; ; b; orch.m@ida; orch.m@idb; orch.m@idb; "
     "orch.m@idc"},
};

struct Refusal {
    Texts hints;
    const char* condition;
};

const Refusal refusals[] = {
    {{"constraint:storage==nvme"}, "constraint:storage==nvme"},
    {{"constraint:node==d"}, "constraint:node==d"},
    {{"constraint:color==red"}, "constraint:color==red"},
    {{"constraint:executiondriver==native"}, "constraint:executiondriver==native"},
    {{"constraint:node!=*"}, "constraint:node!=*"},
    {{"constraint:node==/[/"}, "constraint:node==/[/"},
    {{"constraint:rack==r1", "constraint:node==b"}, "constraint:node==b"},
    {{"constraint:absent==.+"}, "constraint:absent==.+"},
    {{"affinity:container==ghost"}, "affinity:container==ghost"},
    {{"affinity:image==postgres"}, "affinity:image==postgres"},
    {{"affinity:tier==cache"}, "affinity:tier==cache"},
    {{"affinity:container==lonely", "constraint:rack==r2"}, "constraint:rack==r2"},
    {{"whitelist:node==d|e"}, "whitelist:node==d|e"},
};

placement::Placement place(const std::vector<Wish>& wishes) {
    return placement::place("shop", wishes, cluster());
}

} // namespace

TEST_CASE("placement: one service and the nodes") {
    for (const auto& row : rows) {
        CAPTURE(join(row.hints, " "));
        const auto placed = place({{.service = "web", .hints = hints(row.hints)}});
        CHECK(summary(placed) == row.expected);
        CHECK(placed.warnings.size() == row.warnings);
    }
}

TEST_CASE("placement: what cannot be met is known before anything is changed") {
    for (const auto& row : refusals) {
        CAPTURE(join(row.hints, " "));
        const auto error =
            orch::test::error_of([&] { place({{.service = "web", .hints = hints(row.hints)}}); });
        CHECK(
            error.message() ==
            "Service \"web\": Unable to find a node that satisfies the following conditions: [" +
                std::string(row.condition) + "]"
        );
        CHECK(error.details().size() == 3);
    }
    const auto error = orch::test::error_of([] {
        place({{.service = "web", .hints = hints({"constraint:rack==r1", "constraint:node==b"})}});
    });
    CHECK(
        error.details() ==
        Texts{
            "a: ruled out by constraint:node==b",
            "b: ruled out by constraint:rack==r1",
            "c: ruled out by constraint:rack==r1"}
    );
    CHECK(orch::test::error_of([] {
              placement::place("shop", {{.service = "web"}}, {});
          }).message() == "No nodes available in the cluster");
}

TEST_CASE("placement: services that want to be together get one node") {
    const auto placed = place(
        {{.service = "db"},
         {.service = "web", .hints = hints({"affinity:container==shop_db_1"}), .replicas = 3}}
    );
    // c is the emptiest
    CHECK(summary(placed, 0) == "node.labels.orch.g.shop.db==1; ; c; orch.g.shop.db@idc");
    CHECK(summary(placed, 1) == "node.labels.orch.g.shop.db==1; ; c; orch.g.shop.db@idc");
}

TEST_CASE("placement: a group's node meets the hints of all of them") {
    const auto group = [](const Texts& of_db, const Texts& of_web) {
        return summary(place(
            {{.service = "db", .hints = hints(of_db)},
             {.service = "web", .hints = hints(of_web), .with = {"db"}}}
        ));
    };
    CHECK(group({}, {}) == "node.labels.orch.g.shop.db==1; ; c; orch.g.shop.db@idc");
    CHECK(
        group({"constraint:storage==ssd"}, {"constraint:rack==r2"}) ==
        "node.labels.orch.g.shop.db==1; ; b; orch.g.shop.db@idb"
    );
    CHECK(
        group({"constraint:node==a"}, {"constraint:rack==~r2"}) ==
        "node.labels.orch.g.shop.db==1; ; a; orch.g.shop.db@ida"
    );
    CHECK(
        group({}, {"constraint:rack==~r1"}) ==
        "node.labels.orch.g.shop.db==1; ; a; orch.g.shop.db@ida"
    );
    const auto error =
        orch::test::error_of([&] { group({"constraint:node==a"}, {"constraint:node==b"}); });
    CHECK(
        error.message() == "Services \"web\" and \"db\" must share a node, and no node may run both"
    );
    CHECK(error.details() == Texts{"db may run on: a", "web may run on: b"});
}

TEST_CASE("placement: a group stays where it is as long as it may") {
    auto nodes = cluster();
    nodes[0].node_labels["orch.g.shop.db"] = "1";
    const std::vector<Wish> wishes{{.service = "db"}, {.service = "web", .with = {"db"}}};
    CHECK(placement::place("shop", wishes, nodes).places[1].nodes == Texts{"a"});
    auto moved = wishes;
    moved[0].hints = hints({"constraint:rack==r2"});
    CHECK(placement::place("shop", moved, nodes).places[1].nodes == Texts{"c"});
}

TEST_CASE("placement: groups grow over chains, labels and globs") {
    const auto placed = place(
        {{.service = "data", .labels = {{"com.docker.compose.service", "data"}}},
         {.service = "db", .with = {"data"}},
         {.service = "php", .hints = hints({"affinity:com.docker.compose.service==data"})},
         {.service = "web", .hints = hints({"affinity:container==*_php_*"})},
         {.service = "alone"}}
    );
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(placed.places[i].constraints == Texts{"node.labels.orch.g.shop.data==1"});
    CHECK(placed.places[4].constraints.empty());
    CHECK(placed.labels.size() == 1);
}

TEST_CASE("placement: a soft wish to be together gives way") {
    const auto placed = place(
        {{.service = "db", .hints = hints({"constraint:node==a"})},
         {.service = "web",
          .hints = hints({"constraint:node==b", "affinity:container==~shop_db_1"})}}
    );
    CHECK(placed.places[1].constraints == Texts{"node.hostname==b"});
    CHECK(placed.warnings.size() == 1);
}

TEST_CASE("placement: services that avoid each other") {
    const auto placed = place(
        {{.service = "db"},
         {.service = "web", .hints = hints({"affinity:container!=shop_db_1"}), .replicas = 2}}
    );
    CHECK(placed.places[0].nodes == Texts{"c"});
    CHECK(placed.places[1].constraints == Texts{"node.labels.orch.g.shop.db!=1"});
    CHECK(placed.places[1].nodes == Texts{"a", "b"});
}

TEST_CASE("placement: whoever has no choice keeps its node") {
    const auto placed = place(
        {{.service = "db"},
         {.service = "web",
          .hints = hints({"affinity:container!=shop_db_1", "constraint:node==c"})}}
    );
    CHECK(placed.places[0].nodes == Texts{"b"});
    CHECK(placed.places[1].nodes == Texts{"c"});
    const auto error = orch::test::error_of([] {
        place(
            {{.service = "db", .hints = hints({"constraint:node==c"})},
             {.service = "web",
              .hints = hints({"affinity:container!=shop_db_1", "constraint:node==c"})}}
        );
    });
    CHECK(
        error.message() == "Service \"web\" must stay away from db, and no other node may run it"
    );
}

TEST_CASE("placement: several tasks that are avoided leave room") {
    const auto placed = place(
        {{.service = "db", .replicas = 3},
         {.service = "web", .hints = hints({"affinity:container!=shop_db_*"})}}
    );
    CHECK(placed.places[0].nodes.size() == 2);
    CHECK(placed.places[1].nodes.size() == 1);
}

TEST_CASE("placement: tasks of one service apart from each other") {
    const auto spread = [](const char* hint, int replicas) {
        return place({{.service = "web", .hints = hints({hint}), .replicas = replicas}}).places[0];
    };
    CHECK(spread("affinity:container!=shop_web_*", 3).max_replicas == 1);
    CHECK(spread("affinity:container!=~shop_web_*", 5).max_replicas == 0);
    CHECK(spread("affinity:container!=~shop_web_*", 5).constraints.empty());
    const auto error = orch::test::error_of([&] { spread("affinity:container!=shop_web_*", 4); });
    CHECK(
        error.message() ==
        "Service \"web\" needs 4 nodes, one for each task: 3 of them can be placed, on a, b, c"
    );
}

TEST_CASE("placement: tasks that stay with each other share a node") {
    const auto placed = place(
        {{.service = "web", .hints = hints({"affinity:container==shop_web_*"}), .replicas = 2}}
    );
    CHECK(summary(placed) == "node.labels.orch.g.shop.web==1; ; c; orch.g.shop.web@idc");
}

TEST_CASE("placement: a port of the host needs a node for each task") {
    const auto ports = [](const Texts& texts, int replicas) {
        return orch::test::error_of([&] {
            place(
                {{.service = "web",
                  .hints = hints(texts),
                  .replicas = replicas,
                  .one_per_node = true}}
            );
        });
    };
    CHECK(ports({}, 3).message() == "nothing was thrown");
    CHECK(ports({}, 4).message().find("3 of them can be placed") != std::string::npos);
    CHECK(
        ports({"constraint:rack==r2"}, 3).message() ==
        "Service \"web\" needs 3 nodes, one for each task: 2 of them can be placed, on b, c"
    );
}

TEST_CASE("placement: numbers of containers mean nothing to an engine swarm") {
    const auto error = orch::test::error_of([] {
        place(
            {{.service = "web",
              .hints = hints({"affinity:com.docker.compose.container-number==1"})}}
        );
    });
    CHECK(error.kind() == orch::Kind::unsupported);
}

TEST_CASE("placement: the rulings say which nodes each hint leaves out") {
    const auto placed = place(
        {{.service = "web", .hints = hints({"constraint:rack==r2", "affinity:image==~postgres"})}}
    );
    const auto& rulings = placed.places[0].rulings;
    REQUIRE(rulings.size() == 2);
    CHECK(rulings[0].expression == "affinity:image==~postgres");
    CHECK(rulings[0].dropped);
    CHECK(rulings[1].expression == "constraint:rack==r2");
    CHECK(rulings[1].out == Texts{"a"});
}
