#include "drivers/amazonec2/record.hpp"

#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

namespace orch::drivers::amazonec2 {

namespace {

constexpr std::size_t most_user_data = 16384;
constexpr auto hops = "2"; // so that containers reach the metadata service, too

struct StateRow {
    std::string_view name;
    State state;
};

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
constexpr StateRow states[] = {
    {"pending", State::starting},
    {"running", State::running},
    {"stopping", State::stopping},
    {"shutting-down", State::stopping},
    {"stopped", State::stopped},
    {"terminated", State::not_found},
};

const char* word(bool value) { return value ? "true" : "false"; }

/// Fields of the record that are options as they are.
void take_options(const Values& values, Record& record) {
    record["Region"] = values.text("amazonec2-region");
    record["AMI"] = values.text("amazonec2-ami");
    record["InstanceType"] = values.text("amazonec2-instance-type");
    record["SecurityGroupNames"] = values.list("amazonec2-security-group");
    record["SecurityGroupReadOnly"] = values.flag("amazonec2-security-group-readonly");
    record["OpenPorts"] = values.list("amazonec2-open-port");
    record["Tags"] = values.text("amazonec2-tags");
    record["DeviceName"] = values.text("amazonec2-device-name");
    record["RootSize"] = values.integer("amazonec2-root-size");
    record["VolumeType"] = values.text("amazonec2-volume-type");
    record["IamInstanceProfile"] = values.text("amazonec2-iam-instance-profile");
    record["VpcId"] = values.text("amazonec2-vpc-id");
    record["SubnetId"] = values.text("amazonec2-subnet-id");
    record["Zone"] = values.text("amazonec2-zone");
    record["RequestSpotInstance"] = values.flag("amazonec2-request-spot-instance");
    record["SpotPrice"] = values.text("amazonec2-spot-price");
    record["BlockDurationMinutes"] = values.integer("amazonec2-block-duration-minutes");
    record["PrivateIPOnly"] = values.flag("amazonec2-private-address-only");
    record["UsePrivateIP"] = values.flag("amazonec2-use-private-address");
    record["UseEbsOptimizedInstance"] = values.flag("amazonec2-use-ebs-optimized-instance");
    record["Monitoring"] = values.flag("amazonec2-monitoring");
    record["SSHPrivateKeyPath"] = values.text("amazonec2-ssh-keypath");
    record["RetryCount"] = values.integer("amazonec2-retries");
    record["Endpoint"] = values.text("amazonec2-endpoint");
    record["DisableSSL"] = values.flag("amazonec2-insecure-transport");
    record["UserDataFile"] = values.text("amazonec2-userdata");
    record["EncryptEbsVolume"] = values.flag("amazonec2-encrypt-ebs-volume");
    record["HttpEndpoint"] = values.text("amazonec2-http-endpoint");
    record["HttpTokens"] = values.text("amazonec2-http-tokens");
    record["HttpProtocolIpv6"] = values.text("amazonec2-http-protocol-ipv6");
    record["Ipv6AddressCount"] = values.integer("amazonec2-ipv6-address-count");
    record["Ipv6AddressOnly"] = values.flag("amazonec2-ipv6-address-only");
    record["EnablePrimaryIpv6"] = values.flag("amazonec2-enable-primary-ipv6");
    if (const auto& profile = values.text("amazonec2-profile"); !profile.empty())
        record["Profile"] = profile;
}

void add_network(const Record& record, Fields& fields) {
    const std::string nic = "NetworkInterface.1.";
    const bool only_v6 = record.value("Ipv6AddressOnly", false);
    const bool is_public = !record.value("PrivateIPOnly", false) && !only_v6;
    fields.insert(
        fields.end(),
        {{nic + "DeviceIndex", "0"},
         {nic + "SubnetId", kit::text(record, "SubnetId")},
         {nic + "AssociatePublicIpAddress", word(is_public)},
         {nic + "DeleteOnTermination", "true"}}
    );
    int count = 0;
    for (const auto& id : group_ids(record))
        fields.emplace_back(fmt::format("{}SecurityGroupId.{}", nic, ++count), id);
    const auto addresses = std::max(kit::integer(record, "Ipv6AddressCount", 0), only_v6 ? 1 : 0);
    if (addresses > 0)
        fields.emplace_back(nic + "Ipv6AddressCount", std::to_string(addresses));
    if (record.value("EnablePrimaryIpv6", false))
        fields.emplace_back(nic + "PrimaryIpv6", "true");
}

void add_disk(const Record& record, const Values& values, Fields& fields) {
    const std::string disk = "BlockDeviceMapping.1.";
    fields.insert(
        fields.end(),
        {{disk + "DeviceName", kit::text(record, "DeviceName")},
         {disk + "Ebs.VolumeSize", std::to_string(kit::integer(record, "RootSize", 16))},
         {disk + "Ebs.VolumeType", kit::text(record, "VolumeType")},
         {disk + "Ebs.DeleteOnTermination", "true"}}
    );
    const auto& key = values.text("amazonec2-kms-key");
    if (record.value("EncryptEbsVolume", false) || !key.empty())
        fields.emplace_back(disk + "Ebs.Encrypted", "true");
    if (!key.empty())
        fields.emplace_back(disk + "Ebs.KmsKeyId", key);
}

void add_metadata(const Record& record, Fields& fields) {
    const std::string options = "MetadataOptions.";
    fields.emplace_back(options + "HttpTokens", kit::text(record, "HttpTokens", "required"));
    fields.emplace_back(options + "HttpPutResponseHopLimit", hops);
    for (const auto* name : {"HttpEndpoint", "HttpProtocolIpv6"})
        if (auto value = kit::text(record, name); !value.empty())
            fields.emplace_back(options + name, std::move(value));
}

void add_spot(const Record& record, Fields& fields) {
    if (!record.value("RequestSpotInstance", false))
        return;
    const std::string market = "InstanceMarketOptions.";
    fields.emplace_back(market + "MarketType", "spot");
    fields.emplace_back(market + "SpotOptions.SpotInstanceType", "one-time");
    if (auto price = kit::text(record, "SpotPrice"); !price.empty())
        fields.emplace_back(market + "SpotOptions.MaxPrice", std::move(price));
    add_tags(fields, "spot-instances-request", tags_of(record));
}

} // namespace

Record draft(const Access& access, const Request& request) {
    const auto& values = request.values;
    auto record = kit::base_record(access);
    record["SSHUser"] = values.text("amazonec2-ssh-user");
    record["SSHPort"] = values.integer("amazonec2-ssh-port");
    kit::note_swarm(request, record);
    record["Id"] = kit::new_mark() + kit::new_mark(); // 32 digits, as docker-machine's
    take_options(values, record);
    record["SSHKeyID"] = 0;
    record["ExistingKey"] = !values.text("amazonec2-keypair-name").empty();
    record["KeyName"] = values.text("amazonec2-keypair-name");
    record["InstanceId"] = "";
    record["ReservationId"] = "";
    record["PrivateIPAddress"] = "";
    record["SecurityGroupId"] = "";
    record["SecurityGroupIds"] = Record::array();
    record["SecurityGroupName"] = "";
    return record;
}

Place place_of(const Record& record) {
    Place place{
        .region = kit::text(record, "Region", "us-east-1"),
        .endpoint = kit::text(record, "Endpoint"),
        .insecure = record.value("DisableSSL", false)};
    if (record.contains("RetryCount"))
        place.retries = kit::integer(record, "RetryCount", 0);
    return place;
}

std::vector<std::pair<std::string, std::string>> parse_tags(const std::string& text) {
    std::vector<std::pair<std::string, std::string>> tags;
    if (text.empty())
        return tags;
    const auto words = text::split(text, ',');
    if (words.size() % 2 != 0)
        throw Error(
            Kind::usage,
            "Tags are not key value in pairs. {} elements found in --amazonec2-tags",
            words.size()
        )
            .hint("--amazonec2-tags KEY,VALUE,KEY,VALUE");
    for (std::size_t i = 0; i < words.size(); i += 2)
        tags.emplace_back(text::trim(words[i]), text::trim(words[i + 1]));
    return tags;
}

std::vector<std::pair<std::string, std::string>> tags_of(const Record& record) {
    std::vector<std::pair<std::string, std::string>> tags{
        {"Name", kit::text(record, "MachineName")},
        {"orch", "1"},
        {"orch-machine", kit::text(record, "MachineName")},
        {"orch-create", kit::text(record, "Id")},
    };
    for (auto& wish : parse_tags(kit::text(record, "Tags"))) {
        const auto known = std::find_if(tags.begin(), tags.end(), [&](const auto& tag) {
            return tag.first == wish.first;
        });
        if (known == tags.end())
            tags.push_back(std::move(wish));
        else if (wish.first == "Name") // the others are how orch finds its own
            known->second = std::move(wish.second);
    }
    return tags;
}

std::vector<std::string> group_ids(const Record& record) {
    std::vector<std::string> ids;
    if (const auto found = record.find("SecurityGroupIds");
        found != record.end() && found->is_array())
        for (const auto& id : *found)
            if (id.is_string())
                ids.push_back(id.get<std::string>());
    const auto single = kit::text(record, "SecurityGroupId");
    if (!single.empty() && std::find(ids.begin(), ids.end(), single) == ids.end())
        ids.push_back(single);
    return ids;
}

State state_of(const Json& instance) {
    const auto name = text_in(instance, "instanceState/name");
    for (const auto& row : states)
        if (row.name == name)
            return row.state;
    return State::error;
}

void note_addresses(const Json& instance, Record& record) {
    const auto own = text_in(instance, "privateIpAddress");
    auto address = text_in(instance, "ipAddress");
    if (record.value("PrivateIPOnly", false) || record.value("UsePrivateIP", false))
        address = own;
    if (record.value("Ipv6AddressOnly", false))
        address = text_in(instance, "ipv6Address");
    if (!address.empty())
        record["IPAddress"] = address;
    if (!own.empty())
        record["PrivateIPAddress"] = own;
}

Fields launch_fields(const Record& record, const Values& values, const Image& image) {
    Fields fields{
        {"ImageId", image.id},
        {"MinCount", "1"},
        {"MaxCount", "1"},
        {"InstanceType", kit::text(record, "InstanceType")},
        {"Monitoring.Enabled", word(record.value("Monitoring", false))},
        {"EbsOptimized", word(record.value("UseEbsOptimizedInstance", false))},
        {"ClientToken", kit::text(record, "Id")},
    };
    if (auto key = kit::text(record, "KeyName"); !key.empty())
        fields.emplace_back("KeyName", std::move(key));
    add_network(record, fields);
    add_disk(record, values, fields);
    add_metadata(record, fields);
    for (const auto* resource : {"instance", "volume"})
        add_tags(fields, resource, tags_of(record));
    add_spot(record, fields);
    if (auto profile = kit::text(record, "IamInstanceProfile"); !profile.empty())
        fields.emplace_back("IamInstanceProfile.Name", std::move(profile));
    const auto file = values.text("amazonec2-userdata");
    if (const auto data = kit::user_data_in("amazonec2-userdata", file, most_user_data);
        !data.empty())
        fields.emplace_back("UserData", base64::encode(data));
    return fields;
}

void note_existing(const Json& instance, Record& record) {
    const auto zone = text_in(instance, "placement/availabilityZone");
    const auto region = kit::text(record, "Region");
    record["Id"] = ""; // nothing of it was made here
    record["ExistingKey"] = true;
    record["KeyName"] = text_in(instance, "keyName");
    record["InstanceId"] = text_in(instance, "instanceId");
    record["InstanceType"] = text_in(instance, "instanceType");
    record["AMI"] = text_in(instance, "imageId");
    record["VpcId"] = text_in(instance, "vpcId");
    record["SubnetId"] = text_in(instance, "subnetId");
    record["Zone"] = zone.starts_with(region) ? zone.substr(region.size()) : zone;
    record["DeviceName"] = text_in(instance, "rootDeviceName");
    record["RequestSpotInstance"] = text_in(instance, "instanceLifecycle") == "spot";
    record["SecurityGroupReadOnly"] = true;
    record["SecurityGroupNames"] = Record::array();
    for (const auto& group : items(instance, "groupSet")) {
        record["SecurityGroupIds"].push_back(text_in(group, "groupId"));
        record["SecurityGroupNames"].push_back(text_in(group, "groupName"));
    }
    if (text_in(instance, "ipAddress").empty() && !record.value("Ipv6AddressOnly", false))
        record["UsePrivateIP"] = state_of(instance) == State::running;
    note_addresses(instance, record);
}

} // namespace orch::drivers::amazonec2
