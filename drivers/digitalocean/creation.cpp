#include "drivers/digitalocean/creation.hpp"

#include "drivers/digitalocean/wishes.hpp"
#include "drivers/kit/cloud.hpp"
#include "drivers/kit/key.hpp"
#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"

namespace orch::drivers::digitalocean {

namespace {

using std::chrono::seconds;

constexpr seconds start_patience{300};

} // namespace

void Creation::run() {
    make_key();
    if (wants_firewall(values_))
        make_firewall(); // before the droplet, which is never open without it
    make_droplet();
    wait_until_active();
}

void Creation::make_key() {
    if (const auto& given = values_.text("digitalocean-ssh-key-fingerprint"); !given.empty()) {
        const auto id = account_.key(given);
        if (!id)
            throw Error(Kind::not_found, "digitalocean: the account has no SSH key {}", given)
                .hint("name one with --digitalocean-ssh-key-fingerprint");
        if (const auto& path = values_.text("digitalocean-ssh-key-path"); !path.empty())
            import_key(access_, path, record_);
        return note("SSHKeyID", *id);
    }
    say("Creating SSH key...");
    const auto line = kit::make_key(access_, record_);
    const auto fingerprint = kit::md5_fingerprint(line);
    note("OwnKeyFingerprint", fingerprint); // it finds the key even if the next answer is lost
    note("SSHKeyID", account_.make_key(access_.machine, line, fingerprint));
}

/// Tags must be there before a firewall names them.
void Creation::make_firewall() {
    say("Creating firewall...");
    note("Firewall", true); // from here on there may be one
    account_.make_tag(group_tag);
    account_.make_tag(mark_of(record_));
    note("FirewallID", account_.make_firewall(firewall_body(request_, record_)));
}

void Creation::make_droplet() {
    say("Creating Digital Ocean droplet...");
    note("DropletID", account_.make_droplet(droplet_body(values_, record_), mark_of(record_)));
}

void Creation::wait_until_active() {
    say("Waiting for IP address to be assigned to the Droplet...");
    const auto id = kit::number(record_, "DropletID");
    const auto attempt = [&]() -> std::optional<bool> {
        const auto droplet = account_.droplet(id);
        if (!droplet)
            throw Error(Kind::not_found, "digitalocean: the droplet was removed while it started");
        note_addresses(*droplet, record_);
        const auto state = state_of(*droplet);
        if (state == State::running && !kit::text(record_, "IPAddress").empty())
            return true;
        if (state == State::error || state == State::saved || account_.create_failed(id))
            throw Error(Kind::remote, "digitalocean: the droplet failed to start")
                .hint("orch machine rm removes it; then try again, perhaps in another region");
        return std::nullopt;
    };
    kit::wait_for(access_, job_, seconds(3), start_patience, "the start of the droplet", attempt);
    save_(record_);
}

} // namespace orch::drivers::digitalocean
