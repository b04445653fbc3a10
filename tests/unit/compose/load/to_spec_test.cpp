// Files of version 1 as the Compose Specification has them: NAME.yml becomes NAME.spec, and with
// the bridge kept NAME.bridge. Whether a program accepts them: tests/e2e/compose_config.sh.
#include "compose/load/load.hpp"
#include "compose/load/to_spec.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/yaml/node.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>

namespace load = orch::compose::load;
namespace stdfs = std::filesystem;

namespace {

const stdfs::path folder = stdfs::path(ORCH_TEST_DATA) / "compose" / "spec";

std::string converted(const std::string& file, bool keep_bridge) {
    load::Source source;
    source.files = {file};
    source.project_name = "shop";
    source.working_dir = folder;
    source.read_profiles = false;
    const auto result =
        load::load(source, orch::os::Environment({{"HOME", "/home/user"}, {"TAG", "3.2"}}));
    return load::to_spec(result.project, {.keep_bridge = keep_bridge});
}

/// The keys of services that the Compose Specification has, as far as version 1 needs them.
const std::set<std::string> known_keys = {
    "build",          "cap_add",     "cap_drop",     "cgroup_parent",  "command",
    "container_name", "cpu_quota",   "cpu_shares",   "cpuset",         "depends_on",
    "deploy",         "devices",     "dns",          "dns_search",     "domainname",
    "entrypoint",     "environment", "expose",       "external_links", "extra_hosts",
    "hostname",       "image",       "ipc",          "labels",         "links",
    "logging",        "mac_address", "mem_limit",    "mem_swappiness", "memswap_limit",
    "network_mode",   "networks",    "pid",          "ports",          "privileged",
    "read_only",      "restart",     "security_opt", "shm_size",       "stdin_open",
    "stop_signal",    "tty",         "ulimits",      "user",           "volumes",
    "volumes_from",   "working_dir"};

void check_keys(const std::string& text) {
    const auto document = orch::yaml::parse(text, "spec");
    const std::set<std::string> top{"name", "services", "networks", "volumes"};
    for (const auto& entry : document.root.entries)
        CHECK_MESSAGE(top.contains(entry.key.scalar), entry.key.scalar);
    const auto* services = document.root.find("services");
    REQUIRE(services != nullptr);
    for (const auto& service : services->entries)
        for (const auto& entry : service.value.entries) {
            CHECK_MESSAGE(known_keys.contains(entry.key.scalar), entry.key.scalar);
            const bool both = service.value.find("network_mode") != nullptr &&
                              service.value.find("networks") != nullptr;
            CHECK_FALSE(both);
        }
}

} // namespace

TEST_CASE("to_spec: every service has its form in the Compose Specification, changes in comments") {
    for (const bool keep_bridge : {false, true}) {
        const auto text = converted("everything.yml", keep_bridge);
        const auto expected = folder / (keep_bridge ? "everything.bridge" : "everything.spec");
        CHECK(
            orch::text::replace_all(text, folder.parent_path().string(), "DATA") ==
            orch::fs::read_file(expected)
        );
        check_keys(text);
    }
}

TEST_CASE("to_spec: what needs no word about the network gets none") {
    const auto text = converted("hosted.yml", false);
    CHECK(text.find("are on a network") == std::string::npos);
    CHECK(
        text.substr(text.find("name:")) ==
        "name: shop\nservices:\n  only:\n    image: busybox\n    network_mode: host\n"
    );
}

TEST_CASE("to_spec: all keys of version 1 convert") {
    check_keys(converted("../good/all_keys.yml", false));
    check_keys(converted("../good/all_keys.yml", true));
}
