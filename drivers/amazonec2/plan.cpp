#include "drivers/amazonec2/plan.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace orch::drivers::amazonec2 {

namespace {

/// An image by name: {} stands for the architecture as its publisher calls it.
struct NamedImage {
    std::string_view name;
    const char* parameter; // of SSM
    const char* owner;     // the publisher's account
    const char* title;     // of its images there
};

// https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
// https://wiki.debian.org/Cloud/AmazonEC2Image
constexpr NamedImage named_images[] = {
    {"ubuntu-24.04",
     "/aws/service/canonical/ubuntu/server/24.04/stable/current/{}/hvm/ebs-gp3/ami-id",
     "099720109477",
     "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{}-server-*"},
    {"ubuntu-26.04",
     "/aws/service/canonical/ubuntu/server/26.04/stable/current/{}/hvm/ebs-gp3/ami-id",
     "099720109477",
     "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{}-server-*"},
    {"debian-12", "/aws/service/debian/release/12/latest/{}", "136693071363", "debian-12-{}-*"},
    {"debian-13", "/aws/service/debian/release/13/latest/{}", "136693071363", "debian-13-{}-*"},
};

struct Login {
    std::string_view word; // in an image's name
    const char* user;
};

constexpr Login logins[] = {
    {"ubuntu", "ubuntu"},
    {"debian", "admin"},
    {"amzn", "ec2-user"},
    {"al2023", "ec2-user"},
    {"rhel", "ec2-user"},
    {"sles", "ec2-user"},
    {"fedora", "fedora"},
    {"rocky", "rocky"},
};

int number_in(const Json& object, const std::string& name) {
    const auto text = text_in(object, name);
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Error no_image(const std::string& wish, const Region& region) {
    return Error(Kind::not_found, "amazonec2: there is no image {} in {}", wish, region.name())
        .hint("name one with --amazonec2-ami: ubuntu-24.04, or an AMI of this region");
}

/// x86_64 or arm64.
std::string architecture_of(Region& region, const std::string& type) {
    try {
        const auto found = region.list(
            "look at instance type " + type,
            "DescribeInstanceTypes",
            {{"InstanceType.1", type}},
            "instanceTypeSet"
        );
        const auto all = found.empty()
                             ? std::vector<Json>()
                             : items(found.front().at("processorInfo"), "supportedArchitectures");
        for (const auto* each : {"x86_64", "arm64"})
            if (std::find(all.begin(), all.end(), Json(each)) != all.end())
                return each;
    } catch (const kit::Refused& refused) {
        if (refused.code() != "InvalidInstanceType" && refused.code() != "InvalidParameterValue")
            throw;
    }
    throw Error(
        Kind::not_found, "amazonec2: there is no instance type {} in {}", type, region.name()
    )
        .hint("choose another --amazonec2-instance-type, t3.small for example");
}

/// The newest image of a publisher.
std::string newest_image(Region& region, const NamedImage& named, const std::string& arch) {
    Fields fields{{"Owner.1", named.owner}};
    add_filter(fields, "name", {fmt::format(fmt::runtime(named.title), arch)});
    add_filter(fields, "state", {"available"});
    const auto found = region.list(
        fmt::format("look for image {}", named.name), "DescribeImages", fields, "imagesSet"
    );
    if (found.empty())
        throw no_image(std::string(named.name), region);
    const auto newest = std::max_element(found.begin(), found.end(), [](auto& a, auto& b) {
        return text_in(a, "creationDate") < text_in(b, "creationDate");
    });
    return text_in(*newest, "imageId");
}

std::string image_id(Region& region, const std::string& wish, const std::string& architecture) {
    if (wish.starts_with("ami-"))
        return wish;
    if (wish.starts_with('/')) {
        if (auto id = region.parameter(wish))
            return *std::move(id);
        throw no_image(wish, region);
    }
    for (const auto& named : named_images) {
        if (named.name != wish)
            continue;
        const std::string arch = architecture == "x86_64" ? "amd64" : "arm64";
        if (auto id = region.parameter(fmt::format(fmt::runtime(named.parameter), arch)))
            return *std::move(id);
        return newest_image(region, named, arch);
    }
    throw Error(
        Kind::usage,
        "--amazonec2-ami takes the name of an image, the id of an AMI (ami-...) or the path of a "
        "public parameter, not \"{}\"",
        wish
    );
}

Image choose_image(Region& region, const Values& values) {
    const auto& type = values.text("amazonec2-instance-type");
    const auto architecture = architecture_of(region, type);
    const auto& wish = values.text("amazonec2-ami");
    const auto shown = require_image(region, image_id(region, wish, architecture));
    auto image = read_image(shown);
    if (text_in(shown, "architecture") != architecture)
        throw Error(
            Kind::invalid,
            "amazonec2: image {} is for {}, instance type {} is {}",
            wish,
            text_in(shown, "architecture"),
            type,
            architecture
        )
            .hint("choose another --amazonec2-ami or --amazonec2-instance-type");
    const auto& device = values.text("amazonec2-device-name");
    if (!device.empty() && device != image.root_device)
        throw Error(
            Kind::invalid,
            "amazonec2: the root disk of image {} is {}, not {}",
            wish,
            image.root_device,
            device
        )
            .hint("leave --amazonec2-device-name out");
    if (values.integer("amazonec2-root-size") < image.root_size)
        throw Error(
            Kind::invalid, "amazonec2: image {} needs a disk of {} GB", wish, image.root_size
        )
            .hint("--amazonec2-root-size {}", image.root_size);
    return image;
}

/// The zones that have the instance type; nothing if that may not be asked.
std::optional<std::set<std::string>> zones_with(Region& region, const std::string& type) {
    Fields fields{{"LocationType", "availability-zone"}};
    add_filter(fields, "instance-type", {type});
    try {
        std::set<std::string> zones;
        for (const auto& offer : region.list(
                 "look for zones with " + type,
                 "DescribeInstanceTypeOfferings",
                 fields,
                 "instanceTypeOfferingSet"
             ))
            zones.insert(text_in(offer, "location"));
        return zones;
    } catch (const kit::Refused& refused) {
        if (refused.code() != "UnauthorizedOperation")
            throw;
        return std::nullopt;
    }
}

std::string default_vpc(Region& region) {
    Fields fields;
    add_filter(fields, "is-default", {"true"});
    const auto found = region.list("look for the default VPC", "DescribeVpcs", fields, "vpcSet");
    if (found.empty())
        throw Error(
            Kind::usage,
            "amazonec2 driver requires either the --amazonec2-subnet-id or --amazonec2-vpc-id "
            "option or an AWS Account with a default vpc-id"
        );
    return text_in(found.front(), "vpcId");
}

/// The subnet of --amazonec2-subnet-id.
Json require_subnet(Region& region, const Values& values) {
    const auto& id = values.text("amazonec2-subnet-id");
    std::vector<Json> found;
    try {
        found = region.list(
            "look at subnet " + id, "DescribeSubnets", {{"SubnetId.1", id}}, "subnetSet"
        );
    } catch (const kit::Refused& refused) {
        if (!refused.code().starts_with("InvalidSubnetI"))
            throw;
    }
    if (found.empty())
        throw Error(
            Kind::not_found,
            "The desired subnet could not be located in this region. Is '--amazonec2-subnet-id' or "
            "AWS_SUBNET_ID configured correctly?"
        );
    const auto& vpc = values.text("amazonec2-vpc-id");
    if (!vpc.empty() && text_in(found.front(), "vpcId") != vpc)
        throw Error(Kind::usage, "SubnetId: {} does not belong to VpcId: {}", id, vpc);
    return found.front();
}

/// The letter of a zone belongs to the region; a name of its own is taken as it is.
std::vector<std::string> zone_names(const Region& region, const std::string& wish) {
    return {region.name() + wish, wish};
}

Json choose_subnet(Region& region, const Values& values, const std::string& vpc) {
    const auto& zone = values.text("amazonec2-zone");
    Fields fields;
    add_filter(fields, "vpc-id", {vpc});
    if (!zone.empty())
        add_filter(fields, "availability-zone", zone_names(region, zone));
    auto found = region.list("look for subnets", "DescribeSubnets", fields, "subnetSet");
    if (found.empty() && !zone.empty())
        throw Error(
            Kind::not_found,
            "unable to find a subnet that is both in the zone {} and belonging to VPC ID {}",
            region.name() + zone,
            vpc
        )
            .hint("leave --amazonec2-zone out, or make a subnet there");
    const auto& type = values.text("amazonec2-instance-type");
    const auto zones = zones_with(region, type);
    std::erase_if(found, [&](const Json& subnet) {
        return zones && !zones->contains(text_in(subnet, "availabilityZone"));
    });
    if (found.empty())
        throw Error(
            Kind::not_found, "amazonec2: no subnet of VPC {} is in a zone that has {}", vpc, type
        )
            .hint("choose another --amazonec2-zone or --amazonec2-instance-type");
    const auto rank = [](const Json& subnet) {
        const bool usual = text_in(subnet, "defaultForAz") == "true";
        return std::pair(!usual, text_in(subnet, "availabilityZone"));
    };
    return *std::min_element(found.begin(), found.end(), [&](const auto& a, const auto& b) {
        return rank(a) < rank(b);
    });
}

} // namespace

Json require_image(Region& region, const std::string& id) {
    try {
        const auto found =
            region.list("look at image " + id, "DescribeImages", {{"ImageId.1", id}}, "imagesSet");
        if (!found.empty() && text_in(found.front(), "imageState") == "available")
            return found.front();
    } catch (const kit::Refused& refused) {
        if (!refused.code().starts_with("InvalidAMIID"))
            throw;
    }
    throw no_image(id, region);
}

Image read_image(const Json& shown) {
    Image image{
        .id = text_in(shown, "imageId"),
        .root_device = text_in(shown, "rootDeviceName"),
        .user = "ubuntu"};
    const auto name = text::lower(text_in(shown, "name"));
    const auto* const known =
        std::find_if(std::begin(logins), std::end(logins), [&](const Login& login) {
            return name.find(login.word) != std::string::npos;
        });
    if (known != std::end(logins))
        image.user = known->user;
    for (const auto& disk : items(shown, "blockDeviceMapping"))
        if (text_in(disk, "deviceName") == image.root_device)
            image.root_size = number_in(disk, "ebs/volumeSize");
    return image;
}

Plan make_plan(Region& region, const Values& values) {
    Plan plan;
    plan.image = choose_image(region, values);
    if (const auto& user = values.text("amazonec2-ssh-user"); !user.empty())
        plan.image.user = user;
    Json subnet;
    if (!values.text("amazonec2-subnet-id").empty()) {
        subnet = require_subnet(region, values);
        plan.vpc = text_in(subnet, "vpcId");
    } else {
        plan.vpc = values.text("amazonec2-vpc-id");
        if (plan.vpc.empty())
            plan.vpc = default_vpc(region);
        subnet = choose_subnet(region, values, plan.vpc);
    }
    plan.subnet = text_in(subnet, "subnetId");
    plan.zone = text_in(subnet, "availabilityZone");
    return plan;
}

} // namespace orch::drivers::amazonec2
