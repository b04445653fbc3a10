#include "cmd/options.hpp"
#include "cmd/ui/help_page.hpp"
#include "cmd/verb.hpp"
#include "tests/unit/cmd/harness.hpp"

#include <doctest/doctest.h>

#include <array>

namespace orch::cmd {

namespace {

struct Made {
    std::string driver = "none";
    std::string address;
    std::string token;
    int timeout = 10;
    std::vector<std::string> names;
};

Made made;

void add_make(CLI::App& verb, Session& session) {
    auto* const driver = verb.add_option("-d,--driver", made.driver, "How to make it");
    from_env(driver->capture_default_str()->type_name("DRIVER"), "MACHINE_DRIVER", session);
    verb.add_option("--generic-ip-address", made.address, "Address of the host")
        ->group(driver_section("generic"));
    verb.add_option("--cloud-token", made.token, "Token")->group(driver_section("cloud"));
    from_env(verb.add_option("-t,--timeout", made.timeout, "Seconds"), "TIMEOUT", session)
        ->capture_default_str();
    verb.add_option("names", made.names, "The machines")->required();
    verb.footer("Examples:\n  orch machine make web1");
}

constexpr std::array verbs{Verb{"make", "Make a machine", "Commands", add_make}};

struct Tree : test::RecordedSession {
    explicit Tree(test::Variables variables = {})
        : RecordedSession(Persona::docker_machine, std::move(variables)),
          root("", "docker-machine") {
        made = {};
        root.set_help_flag("-h,--help", "Show this help and exit");
        add_verbs(root, session, verbs);
        verb = find_verb(root, "make");
        grow(*verb, session);
    }

    CLI::App root;
    CLI::App* verb = nullptr;

    std::string help(const std::vector<std::string>& words) {
        try {
            root.parse(std::vector<std::string>(words.rbegin(), words.rend()));
        } catch (const CLI::CallForHelp&) {
            return ui::help_page(*verb, session);
        }
        return "no help was called for";
    }
};

} // namespace

TEST_CASE("options: help of a verb, whole") {
    Tree tree;
    CHECK(
        tree.help({"make", "--help"}) ==
        "Usage: docker-machine make [OPTIONS] [arg...]\n"
        "\n"
        "Make a machine\n"
        "\n"
        "Arguments:\n"
        "  NAMES   The machines\n"
        "\n"
        "Options:\n"
        "  -h, --help            Show this help and exit\n"
        "  -d, --driver DRIVER   How to make it [$MACHINE_DRIVER] "
        "(default: none)\n"
        "  -t, --timeout N       Seconds [$TIMEOUT] (default: 10)\n"
        "\n"
        "Examples:\n"
        "  docker-machine make web1\n"
    );
}

TEST_CASE("options: help shows the options of the chosen driver alone") {
    Tree generic;
    const auto page = generic.help({"make", "-d", "generic", "--help"});
    CHECK(page.find("Options of driver generic:\n") != std::string::npos);
    CHECK(page.find("--generic-ip-address") != std::string::npos);
    CHECK(page.find("--cloud-token") == std::string::npos);
    Tree variable(test::Variables{{"MACHINE_DRIVER", "cloud"}});
    CHECK(variable.help({"make", "--help"}).find("--cloud-token") != std::string::npos);
}

TEST_CASE("options: a variable is the default, the option wins, what does not fit is ignored") {
    Tree variable({{"MACHINE_DRIVER", "cloud"}, {"TIMEOUT", "30"}});
    CHECK(made.driver == "cloud");
    CHECK(made.timeout == 30);
    variable.root.parse("make --driver generic web1");
    CHECK(made.driver == "generic");
    const Tree wrong({{"MACHINE_DRIVER", ""}, {"TIMEOUT", "soon"}});
    CHECK(made.driver == "none");
    CHECK(made.timeout == 10);
}

} // namespace orch::cmd
