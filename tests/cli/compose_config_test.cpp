// orch compose config and convert: what is printed, in every format.
#include "lib/fs/files.hpp"
#include "lib/process/system_runner.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/engine_server.hpp"
#include "tests/support/fake_engine.hpp"

#include <doctest/doctest.h>

namespace {

struct Fixture {
    orch::test::Scratch scratch;
    orch::test::FakeEngine engine;
    orch::test::EngineServer server{engine, scratch.path("docker.sock")};

    Fixture() {
        write(
            "docker-compose.yml",
            "web:\n  image: busybox:${TAG}\n  links: [\"db:database\"]\n  volumes: "
            "[\"data:/data\"]\n"
            "db:\n  image: redis\n"
        );
        write(".env", "TAG=1.36\n");
    }

    void write(const std::string& name, const std::string& text) {
        orch::fs::write_atomic(scratch.path(name), text, 0644);
    }

    orch::process::Outcome config(std::vector<std::string> words, std::string verb = "config") {
        auto environment = scratch.environment();
        environment["DOCKER_HOST"] = "unix://" + scratch.path("docker.sock");
        std::vector<std::string> argv{"env", "-i"};
        for (const auto& [name, value] : environment)
            argv.push_back(name + "=" + value);
        for (const auto& word : {scratch.program("orch"), std::string("compose"), verb})
            argv.push_back(word);
        argv.insert(argv.end(), words.begin(), words.end());
        return orch::process::SystemRunner().run(
            {.argv = argv, .dir = scratch.path(""), .timeout = std::chrono::seconds(30)}, {}
        );
    }
};

constexpr auto v1 = "db:\n"
                    "  image: redis\n"
                    "web:\n"
                    "  image: busybox:1.36\n"
                    "  links:\n"
                    "  - db:database\n"
                    "  volumes:\n"
                    "  - data:/data:rw\n";

} // namespace

TEST_CASE_FIXTURE(Fixture, "config: the file in its final form; convert is the same word") {
    CHECK(config({}).out == v1);
    CHECK(config({"--format", "yaml"}).out == v1);
    CHECK(config({}, "convert").out == v1);
    CHECK(config({"-q"}).out == "");
    CHECK(
        config({"--format", "json"}).out == "{\n"
                                            "  \"db\": {\n"
                                            "    \"image\": \"redis\"\n"
                                            "  },\n"
                                            "  \"web\": {\n"
                                            "    \"image\": \"busybox:1.36\",\n"
                                            "    \"links\": [\n"
                                            "      \"db:database\"\n"
                                            "    ],\n"
                                            "    \"volumes\": [\n"
                                            "      \"data:/data:rw\"\n"
                                            "    ]\n"
                                            "  }\n"
                                            "}\n"
    );
}

TEST_CASE_FIXTURE(Fixture, "config: names and hashes") {
    CHECK(config({"--services"}).out == "db\nweb\n");
    CHECK(config({"--volumes"}).out == "data\n");
    CHECK(config({"--images"}).out == "busybox:1.36\nredis\n");
    const auto all = config({"--hash", "*"}).out;
    CHECK(all.size() == std::string("db \nweb \n").size() + 2 * 64);
    CHECK(all.find(config({"--hash", "web"}).out) != std::string::npos);
    CHECK(config({"--hash", "db,web"}).out == all);
    const auto nobody = config({"--hash", "nobody"});
    CHECK(nobody.code == 1);
    CHECK(nobody.err.find("No such service: nobody") != std::string::npos);
    CHECK(config({"--services", "--images"}).code == 2);
    CHECK(config({"--environment"}).out.find("TAG=1.36\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "config: what is written to a file loads again with the same hashes") {
    const auto hashes = config({"--hash", "*"}).out;
    for (const std::string format : {"v1", "json"}) {
        CHECK(config({"--format", format, "-o", "out.yml"}).out == "");
        orch::process::Outcome again = config({"-f", "out.yml"});
        CHECK(again.out == v1);
        CHECK(config({"-f", "out.yml", "--hash", "*"}).out == hashes);
    }
}

TEST_CASE_FIXTURE(Fixture, "config: variables stay as they stand if that is wished") {
    const auto outcome = config({"--no-interpolate"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.find("  image: \"busybox:${TAG}\"\n") != std::string::npos);
    CHECK(config({"--no-interpolate", "--services"}).out == "db\nweb\n");
    CHECK(config({"--no-interpolate", "--format", "spec"}).code == 2);
    write(
        "docker-compose.yml",
        "web:\n  image: $IMAGE\n  ports: [\"$PORT:80\"]\n  privileged: $YES\n  mem_limit: ${MEM}\n"
        "  volumes: [\"./a:/a\", \"$DIR:/b\"]\n  ulimits: {nofile: $N}\n  links: [nobody]\n"
    );
    const auto refused = config({"--no-interpolate"});
    CHECK(refused.code == 0); // links are not followed
    CHECK(refused.out.find("- \"$PORT:80\"\n") != std::string::npos);
    CHECK(refused.out.find("/a:/a\n") != std::string::npos);
    CHECK(refused.out.find("- \"$DIR:/b\"\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "config: images by their digests, asked of the registry") {
    engine.offer_image("redis");
    const auto missing = config({"--resolve-image-digests"});
    CHECK(missing.code == 1);
    CHECK(missing.err.find("busybox") != std::string::npos);
    engine.offer_image("busybox:1.36");
    const auto pinned = config({"--resolve-image-digests"});
    CHECK(pinned.code == 0);
    CHECK(pinned.out.find("  image: busybox@sha256:") != std::string::npos);
    CHECK(pinned.out.find("  image: redis@sha256:") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "config: a file for docker compose, with what changes in comments") {
    const auto spec = config({"-p", "shop", "--format", "spec"});
    CHECK(spec.code == 0);
    const auto body = spec.out.substr(spec.out.find("name: shop\n"));
    CHECK(
        body == "name: shop\n"
                "services:\n"
                "  db:\n"
                "    image: redis\n"
                "    # database is a name for every service of the project now, not only for those "
                "that link.\n"
                "    networks:\n"
                "      default:\n"
                "        aliases:\n"
                "        - database\n"
                "  web:\n"
                "    # Linked to in version 1, which also gave names like db_1 and shop_db_1.\n"
                "    depends_on:\n"
                "    - db\n"
                "    image: busybox:1.36\n"
                "    volumes:\n"
                "    - data:/data:rw\n"
                "volumes:\n"
                "  data:\n"
                "    # Version 1 made it when it was missing; here it must be there: docker volume "
                "create data.\n"
                "    external: true\n"
                "    name: data\n"
    );
    const auto bridge = config({"--format", "spec", "--keep-bridge"}).out;
    CHECK(
        bridge.find("    links:\n    - db:database\n    network_mode: bridge\n") !=
        std::string::npos
    );
    CHECK(config({"--keep-bridge"}).code == 2);
}
