#include "drivers/digitalocean/digitalocean.hpp"

namespace orch::drivers::digitalocean {

namespace {

constexpr auto text = OptionKind::text;
constexpr auto integer = OptionKind::integer;
constexpr auto flag = OptionKind::flag;
constexpr auto list = OptionKind::list;

// docker-machine's names, variables and defaults; image and size are today's.
std::vector<Option> options() {
    return {
        {.name = "digitalocean-access-token",
         .env = "DIGITALOCEAN_ACCESS_TOKEN",
         .kind = text,
         .help = "API token with the right to write",
         .secret = true},
        {.name = "digitalocean-ssh-user",
         .env = "DIGITALOCEAN_SSH_USER",
         .kind = text,
         .fallback = "root",
         .help = "SSH user"},
        {.name = "digitalocean-ssh-port",
         .env = "DIGITALOCEAN_SSH_PORT",
         .kind = integer,
         .fallback = "22",
         .help = "SSH port"},
        {.name = "digitalocean-ssh-key-fingerprint",
         .env = "DIGITALOCEAN_SSH_KEY_FINGERPRINT",
         .kind = text,
         .help = "MD5 fingerprint of a key of the account to use in the place of a new one"},
        {.name = "digitalocean-ssh-key-path",
         .env = "DIGITALOCEAN_SSH_KEY_PATH",
         .kind = text,
         .help = "Private key that belongs to it"},
        {.name = "digitalocean-image",
         .env = "DIGITALOCEAN_IMAGE",
         .kind = text,
         .fallback = "debian-13-x64",
         .help = "Image by slug or id",
         .choices = {"debian-13-x64", "debian-12-x64", "ubuntu-26-04-x64", "ubuntu-24-04-x64"},
         .open_ended = true},
        {.name = "digitalocean-region",
         .env = "DIGITALOCEAN_REGION",
         .kind = text,
         .fallback = "nyc3",
         .help = "Region",
         .choices =
             {"nyc1",
              "nyc2",
              "nyc3",
              "sfo3",
              "ams3",
              "fra1",
              "lon1",
              "sgp1",
              "tor1",
              "blr1",
              "syd1"},
         .open_ended = true},
        {.name = "digitalocean-size",
         .env = "DIGITALOCEAN_SIZE",
         .kind = text,
         .fallback = "s-1vcpu-2gb",
         .help = "Size",
         .choices = {"s-1vcpu-1gb", "s-1vcpu-2gb", "s-2vcpu-2gb", "s-2vcpu-4gb", "s-4vcpu-8gb"},
         .open_ended = true},
        {.name = "digitalocean-ipv6",
         .env = "DIGITALOCEAN_IPV6",
         .kind = flag,
         .help = "An IPv6 address too"},
        {.name = "digitalocean-private-networking",
         .env = "DIGITALOCEAN_PRIVATE_NETWORKING",
         .kind = flag,
         .help = "Accepted and without effect: every droplet is in a private network"},
        {.name = "digitalocean-vpc-uuid",
         .env = "DIGITALOCEAN_VPC_UUID",
         .kind = text,
         .help = "That network; without it the region's default"},
        {.name = "digitalocean-backups",
         .env = "DIGITALOCEAN_BACKUPS",
         .kind = flag,
         .help = "Automatic backups"},
        {.name = "digitalocean-monitoring",
         .env = "DIGITALOCEAN_MONITORING",
         .kind = flag,
         .help = "The provider's monitoring agent"},
        {.name = "digitalocean-userdata",
         .env = "DIGITALOCEAN_USERDATA",
         .kind = text,
         .help = "File with text for cloud-init"},
        {.name = "digitalocean-tags",
         .env = "DIGITALOCEAN_TAGS",
         .kind = text,
         .help = "Tags of the droplet, separated by commas"},
        {.name = "digitalocean-firewall",
         .env = "DIGITALOCEAN_FIREWALL",
         .kind = flag,
         .help =
             "A firewall of its own, which lets in SSH, the engine and swarm; without it a droplet "
             "is open"},
        {.name = "digitalocean-open-port",
         .env = "DIGITALOCEAN_OPEN_PORT",
         .kind = list,
         .help = "PORT or PORT/PROTOCOL that the firewall lets in, too; makes one"},
        {.name = "digitalocean-open-cidr",
         .env = "DIGITALOCEAN_OPEN_CIDR",
         .kind = list,
         .help = "ADDRESS/BITS that the firewall lets in; without it everybody; makes one"},
        {.name = "digitalocean-endpoint",
         .env = "DIGITALOCEAN_ENDPOINT",
         .kind = text,
         .fallback = "https://api.digitalocean.com/v2",
         .help = "URL of the API"},
    };
}

} // namespace

Info info() {
    return {
        .name = "digitalocean",
        .summary = "A droplet at DigitalOcean",
        .options = options(),
        .while_stopped = "DigitalOcean bills a droplet that is off like one that runs; only orch "
                         "machine rm ends that",
    };
}

} // namespace orch::drivers::digitalocean
