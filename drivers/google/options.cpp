#include "drivers/google/google.hpp"

namespace orch::drivers::google {

namespace {

constexpr auto text = OptionKind::text;
constexpr auto integer = OptionKind::integer;
constexpr auto list = OptionKind::list;
constexpr auto flag = OptionKind::flag;

std::vector<Option> account_options() {
    return {
        {.name = "google-project",
         .env = "GOOGLE_PROJECT",
         .kind = text,
         .help = "Project's id; without it the one of the service account"},
        {.name = "google-application-credentials",
         .env = "GOOGLE_APPLICATION_CREDENTIALS",
         .kind = text,
         .help = "File with credentials, the key of a service account for example"},
        {.name = "google-auth-encoded-json",
         .env = "GOOGLE_AUTH_ENCODED_JSON",
         .env_else = "GOOGLE_APPLICATION_CREDENTIALS_ENCODED_JSON",
         .kind = text,
         .help = "The content of such a file, as it is or in base64",
         .secret = true},
        {.name = "google-endpoint",
         .env = "GOOGLE_ENDPOINT",
         .kind = text,
         .fallback = "https://compute.googleapis.com/compute/v1",
         .help = "URL of the API"},
    };
}

// The names and variables of docker-machine and of Rancher's; image, type and disk are today's.
std::vector<Option> instance_options() {
    return {
        {.name = "google-zone",
         .env = "GOOGLE_ZONE",
         .kind = text,
         .fallback = "us-central1-a",
         .help = "Zone",
         .choices =
             {"us-central1-a",
              "us-central1-b",
              "us-central1-c",
              "us-central1-f",
              "us-east1-b",
              "us-east4-a",
              "us-west1-a",
              "us-west2-a",
              "northamerica-northeast1-a",
              "southamerica-east1-a",
              "europe-west1-b",
              "europe-west2-a",
              "europe-west3-a",
              "europe-west4-a",
              "europe-west9-a",
              "europe-north1-a",
              "europe-central2-a",
              "asia-east1-a",
              "asia-northeast1-a",
              "asia-south1-a",
              "asia-southeast1-a",
              "australia-southeast1-a"},
         .open_ended = true},
        {.name = "google-machine-type",
         .env = "GOOGLE_MACHINE_TYPE",
         .kind = text,
         .fallback = "e2-medium",
         .help = "Machine type",
         .choices =
             {"e2-micro",
              "e2-small",
              "e2-medium",
              "e2-standard-2",
              "e2-standard-4",
              "n2-standard-2",
              "n2-standard-4",
              "c4-standard-2",
              "c4a-standard-1",
              "t2a-standard-1",
              "t2d-standard-1"},
         .open_ended = true},
        {.name = "google-machine-image",
         .env = "GOOGLE_MACHINE_IMAGE",
         .kind = text,
         .fallback = "ubuntu-2404-lts-amd64",
         .help = "Family of images, or PROJECT/global/images/IMAGE",
         .choices =
             {"ubuntu-2404-lts-amd64",
              "ubuntu-2404-lts-arm64",
              "ubuntu-2604-lts-amd64",
              "ubuntu-2604-lts-arm64",
              "debian-13",
              "debian-13-arm64",
              "debian-12"},
         .open_ended = true},
        {.name = "google-disk-size",
         .env = "GOOGLE_DISK_SIZE",
         .kind = integer,
         .fallback = "20",
         .help = "Disk size in GB"},
        {.name = "google-disk-type",
         .env = "GOOGLE_DISK_TYPE",
         .kind = text,
         .fallback = "pd-balanced",
         .help = "Disk type",
         .choices = {"pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"},
         .open_ended = true},
        {.name = "google-username",
         .env = "GOOGLE_USERNAME",
         .kind = text,
         .fallback = "docker-user",
         .help = "SSH user, which is made"},
        {.name = "google-service-account",
         .env = "GOOGLE_SERVICE_ACCOUNT",
         .kind = text,
         .fallback = "default",
         .help = "Service account of the instance, or none"},
        {.name = "google-scopes",
         .env = "GOOGLE_SCOPES",
         .kind = text,
         .fallback = "https://www.googleapis.com/auth/devstorage.read_only,"
                     "https://www.googleapis.com/auth/logging.write,"
                     "https://www.googleapis.com/auth/monitoring.write",
         .help = "What the instance may do by that account, comma-separated"},
        {.name = "google-preemptible",
         .env = "GOOGLE_PREEMPTIBLE",
         .kind = flag,
         .help = "A Spot VM: cheaper, and stopped when Google needs its room"},
        {.name = "google-use-existing",
         .env = "GOOGLE_USE_EXISTING",
         .kind = flag,
         .help = "Use the instance of that name that is there"},
        {.name = "google-userdata",
         .env = "GOOGLE_USERDATA",
         .kind = text,
         .help = "File with text for cloud-init"},
        {.name = "google-vm-labels",
         .env = "GOOGLE_VM_LABELS",
         .kind = text,
         .help = "Labels of instance and disk: NAME=VALUE,..."},
    };
}

std::vector<Option> network_options() {
    return {
        {.name = "google-network",
         .env = "GOOGLE_NETWORK",
         .kind = text,
         .fallback = "default",
         .help = "Network, by name or path"},
        {.name = "google-subnetwork",
         .env = "GOOGLE_SUBNETWORK",
         .kind = text,
         .help = "Subnetwork, by name or path"},
        {.name = "google-address",
         .env = "GOOGLE_ADDRESS",
         .kind = text,
         .help = "Static external address, by name or as it is",
         .per_machine = true},
        {.name = "google-tags",
         .env = "GOOGLE_TAGS",
         .kind = text,
         .help = "Further network tags, comma-separated"},
        {.name = "google-use-internal-ip",
         .env = "GOOGLE_USE_INTERNAL_IP",
         .kind = flag,
         .help = "Reach the instance by its internal address"},
        {.name = "google-use-internal-ip-only",
         .env = "GOOGLE_USE_INTERNAL_IP_ONLY",
         .kind = flag,
         .help = "No external address at all"},
        {.name = "google-open-port",
         .kind = list,
         .help = "PORT or PORT/PROTOCOL that the firewall lets through"},
        {.name = "google-open-cidr",
         .env = "GOOGLE_OPEN_CIDR",
         .kind = list,
         .help = "Addresses that the firewall lets through; without it all"},
        {.name = "google-external-firewall-rule-prefix",
         .env = "GOOGLE_EXTERNAL_FIREWALL_RULE_PREFIX",
         .kind = text,
         .help = "Begins the name of a firewall rule of its own for the open ports"},
        {.name = "google-internal-firewall-rule-prefix",
         .env = "GOOGLE_INTERNAL_FIREWALL_RULE_PREFIX",
         .kind = text,
         .help = "The same for the ports between machines"},
    };
}

std::vector<Option> options() {
    auto all = account_options();
    for (auto& group : {instance_options(), network_options()})
        all.insert(all.end(), group.begin(), group.end());
    return all;
}

} // namespace

Info info() {
    return {
        .name = "google",
        .summary = "An instance of Google Compute Engine",
        .options = options(),
        .while_stopped =
            "Google goes on to bill the disk and a static address; orch machine rm ends that",
    };
}

} // namespace orch::drivers::google
