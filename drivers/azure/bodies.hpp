// What orch asks the Resource Manager for, as JSON; pure.
#pragma once

#include "drivers/azure/arm.hpp"
#include "drivers/driver.hpp"

#include <string>
#include <utility>
#include <vector>

namespace orch::drivers::azure {

/// Where a machine's resources are, by its record.
class Place {
  public:
    explicit Place(const Record& record);

    [[nodiscard]] std::string subscription() const { return "/subscriptions/" + subscription_; }

    [[nodiscard]] std::string group() const { return group(group_); }

    [[nodiscard]] std::string group(const std::string& name) const;

    /// "virtualMachines", "web1"
    [[nodiscard]] std::string compute(const std::string& kind, const std::string& name) const;
    [[nodiscard]] std::string network(const std::string& kind, const std::string& name) const;

    /// The path of something a user named: "NAME", "GROUP:NAME", or a whole id.
    [[nodiscard]] std::string
    wished(const std::string& provider, const std::string& kind, const std::string& wish) const;

    /// What belongs to the machine alone; ids that the record has come first.
    [[nodiscard]] std::string vm() const { return vm_; }

    [[nodiscard]] std::string disk() const { return disk_; }

    [[nodiscard]] std::string nic() const { return nic_; }

    [[nodiscard]] std::string ip() const { return ip_; }

    [[nodiscard]] std::string firewall() const { return firewall_; }

    /// What machines share.
    [[nodiscard]] std::string vnet() const { return vnet_; }

    [[nodiscard]] std::string subnet() const { return subnet_; }

    [[nodiscard]] std::string availability_set() const { return availability_set_; }

  private:
    std::string subscription_;
    std::string group_;
    std::string vm_;
    std::string disk_;
    std::string nic_;
    std::string ip_;
    std::string firewall_;
    std::string vnet_;
    std::string subnet_;
    std::string availability_set_;
};

/// "publisher:offer:sku:version" or the id of an image.
struct Image {
    std::string publisher;
    std::string offer;
    std::string sku;
    std::string version;
    std::string id;

    /// As the API wants it.
    [[nodiscard]] Json reference() const;
};

/// Throws Error(usage).
Image parse_image(const std::string& text);

/// "k=v,k2=v2", or as Rancher's driver has it: "k,v,k2,v2". Throws Error(usage).
std::vector<std::pair<std::string, std::string>> parse_tags(const std::string& text);

/// "West US" is "westus".
std::string plain_location(const std::string& text);

/// orch's own, and the user's if `all`.
Json tags_of(const Record& record, const std::vector<std::pair<std::string, std::string>>& more);

/// Whether the tags of something say that this machine's create made it.
bool has_mark(const Json& resource, const Record& record);

/// Whether orch made it for whatever machine.
bool is_orchs(const Json& resource);

Json firewall_body(const Record& record, const Request& request);
Json vnet_body(const Record& record, bool private_network);
Json subnet_body(const Record& record, bool private_network);
Json ip_body(const Record& record, const Values& values);

/// `firewall` is a path, or empty.
Json nic_body(const Record& record, const Values& values, const std::string& firewall);

/// `key` is a line of authorized_keys, `image` the settled one.
Json vm_body(
    const Record& record, const Values& values, const Image& image, const std::string& key
);

/// Of a virtual machine with its instanceView.
State state_of(const Json& vm);

} // namespace orch::drivers::azure
