#include "drivers/azure/bodies.hpp"
#include "drivers/azure/creation.hpp"
#include "tests/unit/drivers/azure/scene.hpp"

namespace azure = orch::drivers::azure;
using orch::Kind;
using orch::drivers::State;
using orch::test::AzureScene;
using orch::test::error_of;

namespace {

struct Scene : AzureScene {
    orch::drivers::Request request = wish();

    orch::drivers::Record record(const std::map<std::string, std::string>& given = {}) {
        request = wish(given);
        return azure::draft(
            {.world = everything, .dir = dir.path(), .store = dir.path(), .machine = "web1"},
            request
        );
    }
};

} // namespace

TEST_CASE_FIXTURE(
    Scene, "azure bodies: the firewall opens what is asked for, to whom it is asked"
) {
    const auto draft = record({{"azure-open-port", "80,53/udp"}, {"azure-docker-port", "2377"}});
    request.swarm_master = true;
    request.swarm_discovery = "token://x";
    auto rules = azure::firewall_body(draft, request)["properties"]["securityRules"];
    std::vector<std::string> ports;
    for (const auto& rule : rules) {
        const auto& properties = rule["properties"];
        ports.push_back(
            properties["protocol"].get<std::string>() + " " +
            properties["destinationPortRange"].get<std::string>()
        );
        CHECK(properties["sourceAddressPrefix"] == "*");
    }
    CHECK(ports == std::vector<std::string>{"Tcp 22", "Tcp 2377", "Tcp 3376", "Tcp 80", "Udp 53"});
    const auto closed = record({{"azure-open-cidr", "192.0.2.0/24,198.51.100.0/24"}});
    rules = azure::firewall_body(closed, request)["properties"]["securityRules"];
    CHECK(rules[0]["properties"]["sourceAddressPrefixes"].size() == 2);
    CHECK_FALSE(rules[0]["properties"].contains("sourceAddressPrefix"));
}

TEST_CASE_FIXTURE(Scene, "azure bodies: a virtual machine goes with its disk and interface") {
    const auto draft = record();
    const auto body = azure::vm_body(
        draft, request.values, azure::parse_image("P:O:S:V"), "ssh-ed25519 AAA web1\n"
    );
    const auto& properties = body["properties"];
    CHECK(properties["storageProfile"]["osDisk"]["deleteOption"] == "Delete");
    CHECK(properties["storageProfile"]["osDisk"]["diskSizeGB"] == 30);
    CHECK(properties["storageProfile"]["imageReference"]["publisher"] == "P");
    CHECK(
        properties["networkProfile"]["networkInterfaces"][0]["properties"]["deleteOption"] ==
        "Delete"
    );
    const auto& login = properties["osProfile"];
    CHECK(login["adminUsername"] == "docker-user");
    CHECK_FALSE(login.contains("customData"));
    const auto& key = login["linuxConfiguration"]["ssh"]["publicKeys"][0];
    CHECK(key["path"] == "/home/docker-user/.ssh/authorized_keys");
    CHECK(key["keyData"] == "ssh-ed25519 AAA web1");
    CHECK_FALSE(properties.contains("priority"));
    CHECK_FALSE(properties.contains("availabilitySet"));
}

TEST_CASE_FIXTURE(Scene, "azure bodies: custom data, spot, zone, plan, set") {
    const auto file = dir.write("data", "#cloud-config\n").string();
    auto draft = record(
        {{"azure-custom-data", file},
         {"azure-spot", "true"},
         {"azure-spot-price", "0.05"},
         {"azure-availability-zone", "2"},
         {"azure-plan", "acme:docker:pro"},
         {"azure-disk-size", "0"},
         {"azure-tags", "color=blue"}}
    );
    const auto image = azure::parse_image("/subscriptions/s/images/i");
    auto body = azure::vm_body(draft, request.values, image, "key");
    CHECK(body["properties"]["osProfile"]["customData"] == "I2Nsb3VkLWNvbmZpZwo=");
    CHECK(body["properties"]["priority"] == "Spot");
    CHECK(body["properties"]["evictionPolicy"] == "Deallocate");
    CHECK(body["properties"]["billingProfile"]["maxPrice"] == 0.05);
    CHECK(
        body["properties"]["storageProfile"]["imageReference"]["id"] == "/subscriptions/s/images/i"
    );
    CHECK_FALSE(body["properties"]["storageProfile"]["osDisk"].contains("diskSizeGB"));
    CHECK(body["zones"] == azure::Json::array({"2"}));
    CHECK(body["plan"]["name"] == "pro");
    CHECK(body["tags"]["color"] == "blue");
    draft = record({{"azure-availability-set", "spread"}});
    body = azure::vm_body(draft, request.values, image, "key");
    CHECK(body["properties"]["availabilitySet"]["id"] == compute + "availabilitySets/spread");
}

TEST_CASE_FIXTURE(Scene, "azure bodies: a network of another group, an address of one's own") {
    const auto draft =
        record({{"azure-vnet", "theirs:net 1"}, {"azure-private-ip-address", "10.0.0.7"}});
    const auto body = azure::nic_body(draft, request.values, "/walls");
    const auto& settings = body["properties"]["ipConfigurations"][0]["properties"];
    CHECK(
        settings["subnet"]["id"] == subscription + "/resourceGroups/theirs/providers/"
                                                   "Microsoft.Network/virtualNetworks/net%201/"
                                                   "subnets/docker-machine"
    );
    CHECK(settings["privateIPAllocationMethod"] == "Static");
    CHECK(settings["privateIPAddress"] == "10.0.0.7");
    CHECK(body["properties"]["networkSecurityGroup"]["id"] == "/walls");
}

TEST_CASE("azure bodies: tags in both forms, locations as people write them, images") {
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    CHECK(azure::parse_tags("a=1,b=2") == Pairs{{"a", "1"}, {"b", "2"}});
    CHECK(azure::parse_tags("a,1,b,2") == Pairs{{"a", "1"}, {"b", "2"}});
    CHECK(azure::parse_tags("").empty());
    CHECK(azure::plain_location("West US 2") == "westus2");
    CHECK(error_of([] { azure::parse_image("ubuntu"); }).kind() == Kind::usage);
    CHECK(error_of([] { azure::parse_image("a:b::d"); }).kind() == Kind::usage);
}

TEST_CASE("azure bodies: states of a virtual machine") {
    const auto state = [](const std::string& power, const std::string& provisioning) {
        azure::Json vm{{"properties", {{"provisioningState", provisioning}}}};
        vm["properties"]["instanceView"]["statuses"] = {{{"code", "ProvisioningState/x"}}};
        if (!power.empty())
            vm["properties"]["instanceView"]["statuses"].push_back({{"code", "PowerState/" + power}}
            );
        return azure::state_of(vm);
    };
    CHECK(state("running", "Updating") == State::running);
    CHECK(state("starting", "Updating") == State::starting);
    CHECK(state("deallocating", "Updating") == State::stopping);
    CHECK(state("stopped", "Succeeded") == State::stopped);
    CHECK(state("deallocated", "Succeeded") == State::stopped);
    CHECK(state("", "Failed") == State::error);
    CHECK(state("", "Creating") == State::starting);
    CHECK(state("", "Deleting") == State::stopping);
    CHECK(state("", "Succeeded") == State::none);
}
