#include "drivers/digitalocean/wishes.hpp"

#include "drivers/kit/cloud.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

namespace orch::drivers::digitalocean {

namespace {

constexpr std::size_t most_user_data = 65536;

std::string user_data_of(const Values& values) {
    constexpr auto option = "digitalocean-userdata";
    return kit::user_data_in(option, values.text(option), most_user_data);
}

std::vector<std::string> tags_of(const Values& values) {
    std::vector<std::string> tags;
    for (const auto& tag : text::split(values.text("digitalocean-tags"), ','))
        if (const auto trimmed = text::trim(tag); !trimmed.empty())
            tags.emplace_back(trimmed);
    return tags;
}

/// Letters, digits and some signs: https://docs.digitalocean.com/reference/api/reference/tags/
void check_tag(const std::string& tag) {
    const auto fits = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == ':' || c == '-' || c == '_';
    };
    if (tag.size() > 255 || !std::all_of(tag.begin(), tag.end(), fits))
        throw Error(
            Kind::usage,
            "--digitalocean-tags takes letters, digits, ':', '-' and '_' in a tag, not \"{}\"",
            tag
        );
}

void check_name(const std::string& machine) {
    if (machine.size() > 255 || std::isalnum(static_cast<unsigned char>(machine.back())) == 0)
        throw Error(
            Kind::usage, "digitalocean: a droplet's name ends in a letter or a digit: {}", machine
        )
            .hint("choose another name for the machine");
}

void check_key(const Values& values) {
    const auto& path = values.text("digitalocean-ssh-key-path");
    const auto& fingerprint = values.text("digitalocean-ssh-key-fingerprint");
    if (path.empty())
        return;
    if (fingerprint.empty())
        throw Error(
            Kind::usage, "--digitalocean-ssh-key-path requires --digitalocean-ssh-key-fingerprint"
        );
    if (!std::filesystem::exists(path))
        throw Error(Kind::not_found, "SSH key does not exist: \"{}\"", path);
    if (!std::filesystem::exists(path + ".pub"))
        return;
    if (const auto own = kit::md5_fingerprint(fs::read_file(path + ".pub")); own != fingerprint)
        throw Error(
            Kind::usage, "the key {} has the fingerprint {}, not {}", path, own, fingerprint
        )
            .hint("--digitalocean-ssh-key-fingerprint names the account's key of that file");
}

/// "203.0.113.0/24", "2001:db8::/32" or one address.
void check_cidr(const std::string& cidr) {
    const auto fits = [](unsigned char c) {
        return std::isxdigit(c) != 0 || c == '.' || c == ':' || c == '/';
    };
    const bool address = cidr.find_first_of(".:") != std::string::npos;
    if (!address || !std::all_of(cidr.begin(), cidr.end(), fits))
        throw Error(Kind::usage, "--digitalocean-open-cidr takes ADDRESS/BITS, not \"{}\"", cidr);
}

Error no_such(std::string_view what, const std::string& wish, std::string_view option) {
    Error error(Kind::not_found, "digitalocean: there is no {} {} for this account", what, wish);
    return error.hint("name one with --{}", option);
}

bool holds(const Json& object, const char* key, const std::string& wish) {
    const auto values = object.value(key, Json::array());
    return std::find(values.begin(), values.end(), wish) != values.end();
}

void check_region(Account& account, const Values& values) {
    const auto& wish = values.text("digitalocean-region");
    const auto& size = values.text("digitalocean-size");
    for (const auto& region : account.list("regions")) {
        if (region.value("slug", "") != wish)
            continue;
        if (!region.value("available", true))
            throw Error(Kind::conflict, "digitalocean: region {} takes no new droplets now", wish)
                .hint("choose another --digitalocean-region");
        if (!holds(region, "sizes", size))
            throw no_such("size", fmt::format("{} in {}", size, wish), "digitalocean-size");
        return;
    }
    throw Error(Kind::not_found, "digitalocean requires a valid region: there is no {}", wish)
        .hint("name one with --digitalocean-region");
}

void check_image(Account& account, const Values& values) {
    const auto& image = values.text("digitalocean-image");
    const auto& region = values.text("digitalocean-region");
    const auto found = account.find("look at image " + image, "/images/" + http::escape(image));
    if (!found)
        throw no_such("image", image, "digitalocean-image");
    if (const auto& one = found->at("image");
        one.contains("regions") && !holds(one, "regions", region))
        throw no_such("image", fmt::format("{} in {}", image, region), "digitalocean-image");
}

void check_network(Account& account, const Values& values) {
    const auto& vpc = values.text("digitalocean-vpc-uuid");
    const auto& region = values.text("digitalocean-region");
    if (vpc.empty())
        return;
    const auto found = account.find("look at VPC " + vpc, "/vpcs/" + http::escape(vpc));
    if (!found)
        throw no_such("VPC", vpc, "digitalocean-vpc-uuid");
    if (const auto place = found->at("vpc").value("region", ""); place != region)
        throw Error(
            Kind::conflict, "digitalocean: VPC {} is in {}, the droplet in {}", vpc, place, region
        )
            .hint("a droplet and its network are in one region");
}

/// A token of the user's own making may not read the account: then the create tells.
void check_limit(Account& account) {
    std::optional<Json> found;
    try {
        found = account.find("look at the account", "/account");
    } catch (const kit::Refused& error) {
        if (error.status() != 403)
            throw;
    }
    if (!found)
        return;
    const auto& about = found->at("account");
    if (about.value("status", "") == "locked")
        throw Error(
            Kind::denied,
            "digitalocean: the account is locked: {}",
            about.value("status_message", "")
        );
    const auto most = about.value("droplet_limit", 0LL);
    if (const auto count = account.list("droplets").size();
        most > 0 && count >= static_cast<std::size_t>(most))
        throw Error(
            Kind::conflict, "digitalocean: the droplet limit of the account is {}, all in use", most
        )
            .hint("remove a droplet, or ask DigitalOcean for a higher limit");
}

} // namespace

void check_wishes(const Request& request, const std::string& machine) {
    const auto& values = request.values;
    check_name(machine);
    check_key(values);
    for (const auto& tag : tags_of(values))
        check_tag(tag);
    for (const auto& cidr : values.list("digitalocean-open-cidr"))
        check_cidr(cidr);
    kit::openings(request, 22, "digitalocean-open-port", values.list("digitalocean-open-port"));
    user_data_of(values);
}

void check_account(Account& account, const Values& values, const std::string& machine) {
    check_region(account, values);
    check_image(account, values);
    check_network(account, values);
    const auto& fingerprint = values.text("digitalocean-ssh-key-fingerprint");
    if (!fingerprint.empty() && !account.key(fingerprint))
        throw no_such("SSH key", fingerprint, "digitalocean-ssh-key-fingerprint");
    if (!account.list("droplets", "name=" + http::escape(machine)).empty())
        throw Error(Kind::conflict, "digitalocean: there is a droplet {} already", machine)
            .hint("choose another name for the machine, or remove the droplet");
    check_limit(account);
}

Json droplet_body(const Values& values, const Record& record) {
    auto tags = Json::array({group_tag, mark_of(record)});
    for (const auto& tag : tags_of(values))
        tags.push_back(tag);
    const auto& image = values.text("digitalocean-image");
    const bool by_id =
        !image.empty() && std::all_of(image.begin(), image.end(), [](unsigned char c) {
            return std::isdigit(c) != 0;
        });
    Json body{
        {"name", kit::text(record, "MachineName")},
        {"region", values.text("digitalocean-region")},
        {"size", values.text("digitalocean-size")},
        {"image", by_id ? Json(std::stoll(image)) : Json(image)},
        {"ssh_keys", Json::array({kit::number(record, "SSHKeyID")})},
        {"ipv6", values.flag("digitalocean-ipv6")},
        {"backups", values.flag("digitalocean-backups")},
        {"monitoring", values.flag("digitalocean-monitoring")},
        {"tags", tags},
    };
    if (const auto& vpc = values.text("digitalocean-vpc-uuid"); !vpc.empty())
        body["vpc_uuid"] = vpc;
    if (auto data = user_data_of(values); !data.empty())
        body["user_data"] = std::move(data);
    return body;
}

bool wants_firewall(const Values& values) {
    return values.flag("digitalocean-firewall") || !values.list("digitalocean-open-port").empty() ||
           !values.list("digitalocean-open-cidr").empty();
}

Json firewall_body(const Request& request, const Record& record) {
    const auto& values = request.values;
    const auto everybody = Json::array({"0.0.0.0/0", "::/0"});
    Json open(values.list("digitalocean-open-cidr"));
    if (open.empty())
        open = everybody;
    auto inbound = Json::array();
    for (const auto& opening : kit::openings(
             request,
             values.integer("digitalocean-ssh-port"),
             "digitalocean-open-port",
             values.list("digitalocean-open-port")
         )) {
        Json sources{{"tags", Json::array({group_tag})}};
        if (!opening.cluster)
            sources["addresses"] = open;
        inbound.push_back(
            {{"protocol", opening.protocol},
             {"ports", std::to_string(opening.port)},
             {"sources", std::move(sources)}}
        );
    }
    auto outbound = Json::array();
    for (const auto* protocol : {"tcp", "udp", "icmp"})
        outbound.push_back(
            {{"protocol", protocol},
             {"ports", "0"}, // all
             {"destinations", {{"addresses", everybody}}}}
        );
    return {
        {"name", firewall_name(record)},
        {"inbound_rules", std::move(inbound)},
        {"outbound_rules", std::move(outbound)},
        {"tags", Json::array({mark_of(record)})},
    };
}

} // namespace orch::drivers::digitalocean
