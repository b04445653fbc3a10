#include "lib/base/base64.hpp"
#include "lib/fs/files.hpp"
#include "tests/unit/drivers/amazonec2/scene.hpp"

#include <doctest/doctest.h>

using orch::Kind;
using orch::drivers::Power;
using orch::drivers::Record;
using orch::drivers::State;
using orch::test::Ec2;
using orch::test::error_of;

namespace {

/// What docker-machine 0.16 has left in a store.
Record old_record() {
    return Record::parse(R"({
        "IPAddress": "203.0.113.9", "MachineName": "web1", "SSHUser": "ubuntu", "SSHPort": 22,
        "SSHKeyPath": "/store/machines/web1/id_rsa", "StorePath": "/store", "SwarmMaster": false,
        "SwarmHost": "tcp://0.0.0.0:3376", "SwarmDiscovery": "", "Id": "9f1d", "AccessKey": "AKIAOLD",
        "SecretKey": "old-secret", "SessionToken": "", "Region": "eu-west-1", "AMI": "ami-0",
        "SSHKeyID": 0, "ExistingKey": false, "KeyName": "web1", "InstanceId": "i-1",
        "InstanceType": "t2.micro", "PrivateIPAddress": "172.31.0.9", "SecurityGroupId": "sg-9",
        "SecurityGroupName": "docker-machine", "OpenPorts": null, "Tags": "", "RetryCount": 5,
        "RequestSpotInstance": false, "UsePrivateIP": false, "Endpoint": "", "Surprise": {"a": [1]}})"
    );
}

} // namespace

TEST_CASE_FIXTURE(Ec2, "amazonec2: a create asks for what a machine of today needs") {
    const auto record =
        create({{"tags", "team,a"}, {"userdata", dir.write("u", "#!/bin/sh\n").string()}});
    const auto form = last("RunInstances");
    const orch::test::Form expected{
        {"ImageId", "ami-1"},
        {"InstanceType", "t3.small"},
        {"KeyName", "web1"},
        {"ClientToken", record["Id"]},
        {"NetworkInterface.1.SubnetId", "subnet-b"}, // the zone that has the type
        {"NetworkInterface.1.SecurityGroupId.1", "sg-1"},
        {"NetworkInterface.1.AssociatePublicIpAddress", "true"},
        {"BlockDeviceMapping.1.DeviceName", "/dev/sda1"},
        {"BlockDeviceMapping.1.Ebs.VolumeSize", "16"},
        {"BlockDeviceMapping.1.Ebs.VolumeType", "gp3"},
        {"BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true"},
        {"MetadataOptions.HttpTokens", "required"},
        {"MetadataOptions.HttpPutResponseHopLimit", "2"},
        {"TagSpecification.1.ResourceType", "instance"},
        {"TagSpecification.1.Tag.1.Key", "Name"},
        {"TagSpecification.1.Tag.1.Value", "web1"},
        {"TagSpecification.2.ResourceType", "volume"},
        {"TagSpecification.2.Tag.5.Key", "team"},
        {"TagSpecification.2.Tag.5.Value", "a"},
        {"UserData", orch::base64::encode("#!/bin/sh\n")},
    };
    for (const auto& row : expected) {
        const auto& name = row.first;
        const auto& value = row.second;
        CAPTURE(name);
        CHECK(form.contains(name));
        if (form.contains(name))
            CHECK(form.at(name) == value);
    }
    CHECK(form.count("InstanceMarketOptions.MarketType") == 0);
    CHECK(record["InstanceId"] == "i-1");
    CHECK(record["SSHUser"] == "ubuntu");
    CHECK(record["Zone"] == "b");
    CHECK(record["IPAddress"] == "198.51.100.7");
    CHECK(driver().reach(record).cluster == "10.0.0.7");
    CHECK(driver().host_id(record) == "i-1");
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: requests are signed for the region, and go nowhere else") {
    create(
        {{"region", "eu-west-1"},
         {"session-token", "tok"},
         {"zone", "b"},
         {"subnet-id", "subnet-b"}}
    );
    for (const auto& request : requests) {
        REQUIRE(request.aws);
        CHECK(request.aws->region == "eu-west-1");
        CHECK(request.aws->key_id == "access");
        CHECK(request.headers.at("X-Amz-Security-Token") == "tok");
        CHECK(request.url == "https://" + request.aws->service + ".eu-west-1.amazonaws.com/");
    }
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: every id is saved as soon as it is known, and no secret") {
    create();
    REQUIRE(saved.size() >= 5);
    CHECK_FALSE(saved.front()["Id"].get<std::string>().empty());
    CHECK(saved.front()["InstanceId"] == "");
    bool launching = false;
    for (const auto& each : saved) {
        launching = launching || each.contains("Launching");
        CHECK(each.dump().find("secret\"") == std::string::npos);
    }
    CHECK(launching);
    CHECK_FALSE(saved.back().contains("Launching"));
    const auto kept = orch::fs::read_file(dir / "credentials.json");
    CHECK(kept.find("\"amazonec2-secret-key\": \"secret\"") != std::string::npos);
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: the spot market, private addresses, IPv6, encryption") {
    create(
        {{"request-spot-instance", "true"},
         {"spot-price", "0.02"},
         {"private-address-only", "true"},
         {"ipv6-address-count", "2"},
         {"kms-key", "alias/a"},
         {"iam-instance-profile", "worker"}}
    );
    const auto form = last("RunInstances");
    CHECK(form.at("InstanceMarketOptions.MarketType") == "spot");
    CHECK(form.at("InstanceMarketOptions.SpotOptions.MaxPrice") == "0.02");
    CHECK(form.at("TagSpecification.3.ResourceType") == "spot-instances-request");
    CHECK(form.at("NetworkInterface.1.AssociatePublicIpAddress") == "false");
    CHECK(form.at("NetworkInterface.1.Ipv6AddressCount") == "2");
    CHECK(form.at("BlockDeviceMapping.1.Ebs.Encrypted") == "true");
    CHECK(form.at("BlockDeviceMapping.1.Ebs.KmsKeyId") == "alias/a");
    CHECK(form.at("IamInstanceProfile.Name") == "worker");
    CHECK(saved.back()["IPAddress"] == "10.0.0.7");
    auto record = saved.back();
    CHECK(error_of([&] { driver().power(record, Power::stop, job); }).kind() == Kind::unsupported);
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: the image of a parameter; else the newest of its publisher") {
    refusals.erase("GetParameters");
    answers["GetParameters"] =
        R"({"Parameters": [{"Name": "/aws/service/debian/release/13/latest/amd64", "Value": "ami-7"}]})";
    answers["DescribeImages"] =
        "<imagesSet>" + image("ami-7", "debian-13-amd64-1", "x86_64") + "</imagesSet>";
    CHECK(create({{"ami", "debian-13"}})["SSHUser"] == "admin");
    CHECK(last("RunInstances").at("ImageId") == "ami-7");

    answers["DescribeImages"] = "<imagesSet>" + image("ami-1", "ubuntu", "x86_64") +
                                image("ami-3", "ubuntu", "x86_64") +
                                image("ami-2", "ubuntu", "x86_64") + "</imagesSet>";
    CHECK(create({{"ami", "ubuntu-26.04"}})["SSHUser"] == "ubuntu");
    CHECK(last("DescribeImages").at("ImageId.1") == "ami-3");
    CHECK(create({{"ami", "ami-1"}, {"ssh-user", "core"}})["SSHUser"] == "core");
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: what does not fit is refused before anything is made") {
    struct Row {
        std::map<std::string, std::string> given;
        const char* words;
    };

    const Row rows[] = {
        {{{"keypair-name", "k"}},
         "using --amazonec2-keypair-name also requires --amazonec2-ssh-keypath"},
        {{{"insecure-transport", "true"}},
         "using --amazonec2-insecure-transport also requires --amazonec2-endpoint"},
        {{{"tags", "a,b,c"}}, "Tags are not key value in pairs. 3 elements found"},
        {{{"open-port", "x"}}, "--amazonec2-open-port takes PORT"},
        {{{"ami", "windows"}}, "--amazonec2-ami takes"},
        {{{"device-name", "/dev/xvda"}}, "the root disk of image ubuntu-24.04 is /dev/sda1"},
        {{{"root-size", "4"}}, "image ubuntu-24.04 needs a disk of 8 GB"},
        {{{"access-key", ""}}, "amazonec2 driver requires the --amazonec2-access-key option"},
        {{{"subnet-id", "subnet-b"}, {"vpc-id", "vpc-2"}},
         "SubnetId: subnet-b does not belong to VpcId: vpc-2"},
        {{{"userdata", dir.write("big", std::string(16385, 'x')).string()}},
         "the provider takes 16384"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.words);
        const auto error = error_of([&] { driver().check(request(row.given), job); });
        CHECK(error.message().find(row.words) != std::string::npos);
    }
    for (const auto* action : {"ImportKeyPair", "CreateSecurityGroup", "RunInstances"}) {
        CAPTURE(action);
        CHECK((count(action) == 0 || last(action).contains("DryRun")));
    }
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: what the account lacks is refused with the option to change") {
    const auto refused = [&](const std::map<std::string, std::string>& given = {}) {
        return error_of([&] { driver().check(request(given), job); }).message();
    };
    CHECK(refused() == "nothing was thrown");
    answers["DescribeKeyPairs"] = "<keySet><item><keyName>web1</keyName></item></keySet>";
    CHECK(refused().starts_with("There is already a keypair with the name web1."));
    answers["DescribeKeyPairs"] = "<keySet/>";
    answers["DescribeVpcs"] = "<vpcSet/>";
    CHECK(
        refused() == "amazonec2 driver requires either the --amazonec2-subnet-id or "
                     "--amazonec2-vpc-id option or an AWS Account with a default vpc-id"
    );
    answers["DescribeInstanceTypeOfferings"] = "<instanceTypeOfferingSet/>";
    CHECK(
        refused({{"vpc-id", "vpc-1"}}).find("is in a zone that has t3.small") != std::string::npos
    );
    answers["DescribeSubnets"] = "<subnetSet/>";
    CHECK(
        refused({{"vpc-id", "vpc-1"}, {"zone", "z"}}) ==
        "unable to find a subnet that is both in the zone us-east-1z and belonging to VPC ID vpc-1"
    );
    answers["DescribeImages"] = "<imagesSet>" + image("ami-1", "x", "arm64") + "</imagesSet>";
    CHECK(refused().find("is for arm64, instance type t3.small is x86_64") != std::string::npos);
    refusals["DescribeInstanceTypes"] = "UnauthorizedOperation";
    const auto error = error_of([&] { driver().check(request(), job); });
    CHECK(
        error.message().find("UnauthorizedOperation: the words (HTTP 400, request-id req-1)") !=
        std::string::npos
    );
    CHECK(error.hint().find("orch-drivers(7)") != std::string::npos);
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: states, and the address that the last start gave") {
    auto record = old_record();
    const std::pair<const char*, State> rows[] = {
        {"pending", State::starting},
        {"running", State::running},
        {"stopping", State::stopping},
        {"shutting-down", State::stopping},
        {"stopped", State::stopped},
        {"terminated", State::not_found},
    };
    for (const auto& row : rows) {
        const auto& name = row.first;
        const auto& state = row.second;
        CAPTURE(name);
        answers["DescribeInstances"] = reservation(instance(name));
        CHECK(driver().refresh(record, job) == state);
    }
    CHECK(driver().reach(record).url == "tcp://198.51.100.7:2376");
    refusals["DescribeInstances"] = "InvalidInstanceID.NotFound";
    CHECK(driver().refresh(record, job) == State::not_found);
}

TEST_CASE_FIXTURE(
    Ec2, "amazonec2: a machine of docker-machine goes on with what its record holds"
) {
    auto record = old_record();
    driver().refresh(record, job);
    CHECK(requests.back().aws->secret_key == "old-secret");
    CHECK(requests.back().url == "https://ec2.eu-west-1.amazonaws.com/");
    CHECK(record["Surprise"] == Record{{"a", {1}}});
    CHECK(driver().reach(record).ssh.user == "ubuntu");
    driver().power(record, Power::kill, job);
    CHECK(last("StopInstances").at("Force") == "true");
    answers["DescribeInstances"] = reservation(instance("terminated"));
    driver().remove(record, job);
    CHECK(last("TerminateInstances").at("InstanceId.1") == "i-1");
    CHECK(last("DeleteKeyPair").at("KeyName") == "web1");
    CHECK_FALSE(std::filesystem::exists(dir / "credentials.json"));
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: remove finds by the mark what nobody has noted") {
    answers["DescribeInstances"] = reservation(instance("running"));
    answers["DescribeKeyPairs"] = "<keySet><item><keyName>web1</keyName></item></keySet>";
    const Record record{{"MachineName", "web1"}, {"Id", "mark"}, {"Launching", true}};
    variables["AWS_ACCESS_KEY_ID"] = "a";
    variables["AWS_SECRET_ACCESS_KEY"] = "b";
    driver().remove(record, job);
    CHECK(last("TerminateInstances").at("InstanceId.1") == "i-1");
    CHECK(last("DescribeKeyPairs").at("Filter.1.Name") == "tag:orch-create");
    CHECK(last("DescribeKeyPairs").at("Filter.1.Value.1") == "mark");
    CHECK(count("DeleteKeyPair") == 1);
    CHECK_NOTHROW(driver().remove({{"IPAddress", "192.0.2.7"}}, job)); // nothing was begun
}

TEST_CASE_FIXTURE(
    Ec2, "amazonec2: what was there before stays: keys, groups of an adopted instance"
) {
    answers["DescribeInstances"] = reservation(instance(
        "running",
        "<keyName>own</keyName><imageId>ami-1</imageId><vpcId>vpc-7</"
        "vpcId><groupSet><item><groupId>"
        "sg-7</groupId><groupName>mine</groupName></item></groupSet>"
    ));
    const auto record = driver().adopt(request(), "i-1", job);
    CHECK(record["InstanceId"] == "i-1");
    CHECK(record["SecurityGroupIds"] == Record{"sg-7"});
    CHECK(record["SSHUser"] == "ubuntu");
    CHECK(driver().reach(record).address == "198.51.100.7");
    for (const auto& [action, form] : calls)
        CHECK(action.starts_with("Describe"));
    answers["DescribeInstances"] = reservation(instance("terminated"));
    driver().remove(record, job);
    CHECK(count("TerminateInstances") == 1);
    CHECK(count("DeleteKeyPair") == 0);

    answers["DescribeInstances"] = reservation(instance("running") + instance("stopped"));
    const auto error = error_of([&] { driver().adopt(request(), "by-name", job); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(last("DescribeInstances").at("Filter.1.Name") == "tag:Name");
    answers["DescribeInstances"] = "<reservationSet/>";
    CHECK(error_of([&] { driver().adopt(request(), "i-9", job); }).kind() == Kind::not_found);
}

TEST_CASE_FIXTURE(Ec2, "amazonec2: an instance that is not shown yet is not taken for gone") {
    refusals["TerminateInstances"] = "InvalidInstanceID.NotFound";
    const auto serve = http.handler;
    http.handler = [&](const orch::http::Request& request) {
        auto answered = serve(request);
        if (count("TerminateInstances") == 2)
            refusals.erase("TerminateInstances");
        return answered;
    };
    answers["DescribeInstances"] = reservation(instance("terminated"));
    auto record = old_record();
    record["Launching"] = true; // its create was killed before it was seen
    driver().remove(record, job);
    CHECK(count("TerminateInstances") == 3);
}
