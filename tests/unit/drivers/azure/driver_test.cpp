#include "lib/fs/files.hpp"
#include "tests/unit/drivers/azure/scene.hpp"

namespace azure = orch::drivers::azure;
using orch::Kind;
using orch::drivers::Power;
using orch::drivers::Record;
using orch::drivers::State;
using orch::test::AzureScene;
using orch::test::error_of;

namespace {

struct Scene : AzureScene {
    std::vector<Record> saved;

    Record create(const std::map<std::string, std::string>& given = {}) {
        auto made = driver();
        return made.create(
            wish(given), [this](const Record& record) { saved.push_back(record); }, job
        );
    }

    orch::Error check_error(const std::map<std::string, std::string>& given) {
        auto made = driver();
        return error_of([&] { made.check(wish(given), job); });
    }
};

const Record old_record = {
    {"IPAddress", "198.51.100.7"},
    {"MachineName", "web1"},
    {"SSHUser", "docker-user"},
    {"SSHPort", 22},
    {"ClientID", "client-1"},
    {"ClientSecret", "old-secret"},
    {"Environment", "AzurePublicCloud"},
    {"SubscriptionID", "sub-1"},
    {"ResourceGroup", "docker-machine"},
    {"DockerPort", 2377},
    {"Location", "westus"},
    {"Size", "Standard_A2"},
    {"VirtualNetwork", "docker-machine-vnet"},
    {"SubnetName", "docker-machine"},
    {"AvailabilitySet", "docker-machine"},
    {"OpenPorts", nullptr},
    {"UsePrivateIP", false},
    {"NoPublicIP", false},
    {"DNSLabel", ""},
    {"StaticPublicIP", false},
};

} // namespace

TEST_CASE_FIXTURE(Scene, "azure: a create saves a mark first, and everything carries it") {
    const auto record = create();
    const auto mark = saved.front()["CreateMark"].get<std::string>();
    CHECK(mark.size() == 16);
    CHECK_FALSE(saved.front().contains("VMID"));
    for (const auto& path :
         {compute + "virtualMachines/web1",
          network + "networkInterfaces/web1-nic",
          network + "publicIPAddresses/web1-ip",
          network + "networkSecurityGroups/web1-firewall"}) {
        CAPTURE(path);
        REQUIRE(things.contains(path));
        CHECK(things[path]["tags"]["orch-create"] == mark);
        CHECK(things[path]["tags"]["orch-machine"] == "web1");
    }
    CHECK(things.contains(network + "virtualNetworks/docker-machine-vnet"));
    CHECK_FALSE(things.contains(compute + "availabilitySets/docker-machine"));
    CHECK(record["IPAddress"] == "203.0.113.5");
    CHECK(record["VMID"] == compute + "virtualMachines/web1");
    const auto reach = driver().reach(record);
    CHECK(reach.url == "tcp://203.0.113.5:2376");
    CHECK(reach.cluster == "192.168.0.4");
    CHECK(reach.ssh.user == "docker-user");
    CHECK(driver().host_id(record) == compute + "virtualMachines/web1");
}

TEST_CASE_FIXTURE(Scene, "azure: the secret is in one file, and in no record") {
    const auto record = create();
    CHECK(record.dump().find("top-secret") == std::string::npos);
    CHECK(
        orch::fs::read_file(dir.path() / "credentials.json").find("top-secret") != std::string::npos
    );
    CHECK(record["TenantID"] == "tenant-1");
}

TEST_CASE_FIXTURE(Scene, "azure: what was made is removed, and nothing of others") {
    auto record = create();
    things[network + "publicIPAddresses/web1-ip"]["tags"]["orch-create"] = "somebody else's";
    driver().remove(record, job);
    CHECK_FALSE(things.contains(compute + "virtualMachines/web1"));
    CHECK_FALSE(things.contains(network + "networkInterfaces/web1-nic"));
    CHECK_FALSE(things.contains(network + "networkSecurityGroups/web1-firewall"));
    CHECK(things.contains(network + "publicIPAddresses/web1-ip"));
    CHECK_FALSE(things.contains(network + "virtualNetworks/docker-machine-vnet"));
    CHECK(things.contains(group));
    CHECK_NOTHROW(driver().remove(record, job));
}

TEST_CASE_FIXTURE(Scene, "azure: a network that is used, or that orch did not make, stays") {
    const auto record = create();
    const auto vnet = network + "virtualNetworks/docker-machine-vnet";
    things[vnet]["properties"]["subnets"][0]["properties"]["ipConfigurations"] = {{{"id", "x"}}};
    driver().remove(record, job);
    CHECK(things.contains(vnet));
    things[vnet] = {{"location", "westus"}, {"properties", {{"subnets", Json::array()}}}};
    driver().remove(record, job);
    CHECK(things.contains(vnet));
}

TEST_CASE_FIXTURE(Scene, "azure: what somebody begins to use meanwhile is no failure of rm") {
    const auto record = create();
    instead.emplace_back(
        "DELETE " + std::string(base) + network + "virtualNetworks",
        refuse(400, "InUseSubnetCannotBeDeleted")
    );
    CHECK_NOTHROW(driver().remove(record, job));
    CHECK(instead.empty());
}

TEST_CASE_FIXTURE(Scene, "azure: an interface that is held for three minutes is waited for") {
    const auto record = create();
    for (int i = 0; i < 3; ++i)
        instead.emplace_back(
            "DELETE " + std::string(base) + network + "networkInterfaces",
            refuse(400, "NicReservedForAnotherVm")
        );
    driver().remove(record, job);
    CHECK(instead.empty());
    CHECK_FALSE(things.contains(network + "networkInterfaces/web1-nic"));
}

TEST_CASE_FIXTURE(Scene, "azure: a virtual machine whose answer is lost is not made twice") {
    const auto vm = compute + "virtualMachines/web1";
    const auto handle = http.handler;
    int lost = 0;
    http.handler = [&](const orch::http::Request& request) {
        auto answer = handle(request);
        if (request.method == "PUT" && request.url.find(vm) != std::string::npos && lost++ == 0)
            throw orch::http::NoAnswer(Kind::network, "it", "connection reset", false, true);
        return answer;
    };
    CHECK(create()["VMID"] == vm);
    CHECK(lost == 1);
}

TEST_CASE_FIXTURE(Scene, "azure: nobody's virtual machine is overwritten") {
    const auto vm = compute + "virtualMachines/web1";
    things[group] = Json::object();
    const auto handle = http.handler;
    http.handler = [&](const orch::http::Request& request) {
        if (request.method == "PUT" && request.url.find(vm) != std::string::npos)
            things[vm] = {{"tags", {{"orch-create", "another"}}}};
        return handle(request);
    };
    const auto error = error_of([&] { create(); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(things[vm]["tags"]["orch-create"] == "another");
    http.handler = handle;
    driver().remove(saved.back(), job);
    CHECK(things.contains(vm));
    CHECK_FALSE(things.contains(network + "networkInterfaces/web1-nic"));
}

TEST_CASE_FIXTURE(Scene, "azure: a subscription without virtual machines is told of them first") {
    const auto provider = subscription + "/providers/Microsoft.Compute";
    things[provider]["registrationState"] = "NotRegistered";
    const auto handle = http.handler;
    http.handler = [&](const orch::http::Request& request) {
        if (request.method == "POST" && request.url.find("/register?") != std::string::npos)
            things[provider]["registrationState"] = "Registered";
        return handle(request);
    };
    create();
    CHECK(count("POST", "/register?") == 1);
}

TEST_CASE_FIXTURE(Scene, "azure: a check makes nothing, and names what is wrong") {
    CHECK_NOTHROW(driver().check(wish(), job));
    CHECK(count("PUT", "") + count("DELETE", "") == 0);
    CHECK(count("POST", "") == count("POST", "/oauth2/"));
    const auto said = [&](const std::string& option, const std::string& value) {
        return check_error({{option, value}}).message();
    };
    CHECK(said("azure-location", "moon") == "azure: there is no location moon");
    CHECK(said("azure-size", "Standard_A2") == "azure: there is no size Standard_A2 in westus");
    CHECK(
        said("azure-image", "Canonical:UbuntuServer:16.04.0-LTS:latest").find("no image") !=
        std::string::npos
    );
    CHECK(said("azure-nsg", "walls").find("no network security group walls") != std::string::npos);
    CHECK(said("azure-ssh-user", "root").find("no user \"root\"") != std::string::npos);
    CHECK(said("azure-availability-zone", "3").find("zone 3") != std::string::npos);
    CHECK(
        said("azure-environment", "AzureGermanCloud").find("no environment") != std::string::npos
    );
    CHECK(
        check_error({{"azure-subscription-id", ""}}).message() ==
        "azure driver requires the \"azure-subscription-id\" option"
    );
    CHECK(check_error({{"azure-open-port", "80/icmp"}}).kind() == Kind::usage);
    CHECK(check_error({{"azure-tags", "a,b,c"}}).kind() == Kind::usage);
    CHECK(
        check_error({{"azure-spot-price", "cheap"}, {"azure-spot", "true"}}).kind() == Kind::usage
    );
    CHECK(check_error({{"azure-dns", "-x"}}).kind() == Kind::usage);
}

TEST_CASE_FIXTURE(Scene, "azure: a name that is taken, a quota that is used up, a closed account") {
    things[network + "publicIPAddresses/web1-ip"] = Json::object();
    CHECK(
        check_error({}).message() ==
        "azure: there is a public address web1-ip in resource group docker-machine already"
    );
    things.erase(network + "publicIPAddresses/web1-ip");
    const auto usages = subscription + "/providers/Microsoft.Compute/locations/westus/usages";
    things[usages]["value"][0] = quota("cores", 9, 10);
    CHECK(
        check_error({}).message().find("the quota of cores in westus is used up: 9 of 10") !=
        std::string::npos
    );
    things[usages]["value"][0] = quota("cores", 0, 10);
    things[subscription]["state"] = "Disabled";
    CHECK(check_error({}).message() == "azure: the subscription sub-1 is disabled");
}

TEST_CASE_FIXTURE(Scene, "azure: the default image is the one of the size's architecture") {
    create({{"azure-size", "Standard_B2ps_v2"}});
    const auto& properties = things[compute + "virtualMachines/web1"]["properties"];
    CHECK(properties["storageProfile"]["imageReference"]["sku"] == "server-arm64");
}

TEST_CASE_FIXTURE(Scene, "azure: power is an action of the virtual machine") {
    auto record = create();
    auto made = driver();
    const auto vm = compute + "virtualMachines/web1";
    made.power(record, Power::start, job);
    made.power(record, Power::stop, job);
    made.power(record, Power::restart, job);
    made.power(record, Power::kill, job);
    CHECK(count("POST", vm + "/start?") == 1);
    CHECK(count("POST", vm + "/powerOff?api-version") == 1);
    CHECK(count("POST", vm + "/restart?") == 1);
    CHECK(count("POST", vm + "/powerOff?skipShutdown=true&") == 1);
    record["DeallocateOnStop"] = true;
    made.power(record, Power::stop, job);
    CHECK(count("POST", vm + "/deallocate?") == 1);
}

TEST_CASE_FIXTURE(Scene, "azure: refresh follows an address, and tells what is gone") {
    auto record = create();
    auto made = driver();
    const auto vm = compute + "virtualMachines/web1";
    things[vm]["properties"]["instanceView"]["statuses"] = {{{"code", "PowerState/running"}}};
    things[network + "publicIPAddresses/web1-ip"]["properties"]["ipAddress"] = "203.0.113.99";
    CHECK(made.refresh(record, job) == State::running);
    CHECK(record["IPAddress"] == "203.0.113.99");
    things.erase(vm);
    CHECK(made.refresh(record, job) == State::not_found);
}

TEST_CASE_FIXTURE(Scene, "azure: a machine of docker-machine is found by its names") {
    things[compute + "virtualMachines/web1"] = {
        {"properties", {{"instanceView", {{"statuses", {{{"code", "PowerState/running"}}}}}}}}};
    things[network + "publicIPAddresses/web1-ip"] = {
        {"properties",
         {{"publicIPAllocationMethod", "Dynamic"},
          {"ipAddress", "203.0.113.5"},
          {"dnsSettings", {{"fqdn", "web1.westus.cloudapp.azure.com"}}}}}};
    things[network + "networkSecurityGroups/web1-firewall"] = Json::object();
    things[network + "virtualNetworks/docker-machine-vnet"] = Json::object();
    auto record = old_record;
    auto made = driver();
    CHECK(made.refresh(record, job) == State::running);
    CHECK(record["IPAddress"] == "web1.westus.cloudapp.azure.com");
    CHECK(made.reach(record).url == "tcp://web1.westus.cloudapp.azure.com:2377");
    CHECK(requests[1].body.find("client_secret=old-secret") != std::string::npos);
    made.remove(record, job);
    CHECK_FALSE(things.contains(compute + "virtualMachines/web1"));
    CHECK_FALSE(things.contains(network + "publicIPAddresses/web1-ip"));
    CHECK_FALSE(things.contains(network + "networkSecurityGroups/web1-firewall"));
    CHECK(things.contains(network + "virtualNetworks/docker-machine-vnet"));
    CHECK_FALSE(std::filesystem::exists(dir.path() / "credentials.json"));
}

TEST_CASE_FIXTURE(Scene, "azure: a machine of the classic model is refused, and can be forgotten") {
    auto record = old_record;
    record["ResourceGroup"] = "";
    const auto error = error_of([&] { driver().refresh(record, job); });
    CHECK(error.kind() == Kind::unsupported);
    CHECK(error.hint().find("rm --force") != std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "azure: adopting asks, makes nothing, and rm takes the machine alone") {
    const std::string other = subscription + "/resourceGroups/theirs/providers/";
    const auto vm = other + "Microsoft.Compute/virtualMachines/shop";
    const auto nic = other + "Microsoft.Network/networkInterfaces/nic-7";
    const auto ip = other + "Microsoft.Network/publicIPAddresses/ip-7";
    things[vm] = {
        {"id", vm},
        {"location", "westus"},
        {"properties",
         {{"hardwareProfile", {{"vmSize", "Standard_D2s_v5"}}},
          {"osProfile", {{"adminUsername", "ops"}}},
          {"networkProfile", {{"networkInterfaces", {{{"id", nic}}}}}}}}};
    things[nic] = {
        {"properties",
         {{"ipConfigurations",
           {{{"properties",
              {{"privateIPAddress", "10.0.0.9"}, {"publicIPAddress", {{"id", ip}}}}}}}}}}};
    things[ip] = {{"properties", {{"ipAddress", "203.0.113.77"}}}};
    auto made = driver();
    const auto record = made.adopt(wish(), "theirs/shop", job);
    CHECK(count("PUT", "") == 0);
    CHECK(record["IPAddress"] == "203.0.113.77");
    CHECK(record["SSHUser"] == "ops");
    CHECK(made.host_id(record) == vm);
    CHECK(made.reach(record).cluster == "10.0.0.9");
    CHECK(error_of([&] { made.adopt(wish(), "theirs/none", job); }).kind() == Kind::not_found);
    made.remove(record, job);
    CHECK_FALSE(things.contains(vm));
    CHECK(things.contains(nic));
    CHECK(things.contains(ip));
}

TEST_CASE_FIXTURE(Scene, "azure: a machine without a public address is reached inside") {
    const auto record = create({{"azure-no-public-ip", "true"}});
    CHECK(record["IPAddress"] == "192.168.0.4");
    CHECK_FALSE(things.contains(network + "publicIPAddresses/web1-ip"));
    const auto& vnet = things[network + "virtualNetworks/docker-machine-vnet"];
    CHECK(vnet["properties"]["subnets"][0]["properties"]["defaultOutboundAccess"] == true);
}

TEST_CASE_FIXTURE(Scene, "azure: machines of one account log in once") {
    auto record = create();
    const auto shared = std::make_shared<azure::Tokens>();
    const auto look = [&] {
        azure::Driver one(
            {.world = everything, .dir = dir.path(), .store = dir.path(), .machine = "web1"},
            orch::os::Environment(),
            shared
        );
        one.refresh(record, job);
    };
    const int before = tokens;
    look();
    look();
    CHECK(tokens == before + 1);
}
