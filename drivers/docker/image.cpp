#include "drivers/docker/image.hpp"

#include "drivers/docker/wishes.hpp"
#include "lib/archive/tar_write.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/lock.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/core.h>

#include <chrono>
#include <deque>
#include <map>

namespace orch::drivers::docker {

namespace {

constexpr std::chrono::minutes build_patience{30}; // for the one who builds it already
constexpr std::size_t shown_lines = 8;             // of a failed build
constexpr std::string_view recipe_label = "orch.recipe";

// The distribution's engine is inside, so that a create needs neither time nor the internet for it.
// Units are masked or changed for these reasons: consoles and kernel settings belong to the
// computer, not to a container; host keys are made at the first start, so that no two machines
// share them; nobody has to wait for the end of the boot to log in.
constexpr std::string_view recipe = R"(FROM debian:12-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    systemd systemd-sysv dbus openssh-server sudo iproute2 iptables ca-certificates curl procps kmod \
    docker.io \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /etc/ssh/ssh_host_* \
 && : > /etc/machine-id
RUN useradd --create-home --uid 1000 --gid docker --shell /bin/bash docker \
 && echo 'docker ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/orch \
 && chmod 0440 /etc/sudoers.d/orch
RUN cd /etc/systemd/system \
 && for unit in console-getty.service getty@.service autovt@.service serial-getty@.service \
        systemd-udevd.service systemd-sysctl.service systemd-modules-load.service \
        systemd-binfmt.service proc-sys-fs-binfmt_misc.automount dev-hugepages.mount \
        sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
        apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service; do \
        ln -sf /dev/null "$unit"; \
    done \
 && mkdir ssh.service.d \
 && printf '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n' \
        > ssh.service.d/host-keys.conf \
 && ln -sf /dev/null /etc/tmpfiles.d/systemd-nologin.conf
COPY orch-init /usr/local/sbin/orch-init
ENV container=docker
STOPSIGNAL SIGRTMIN+3
CMD ["/usr/local/sbin/orch-init"]
)";

// The first process: without --privileged the cgroup tree is read-only, but the engine inside makes
// groups of its own; and volumes that its containers share need shared mounts.
constexpr std::string_view first_process = R"(#!/bin/sh
while read -r _ dir type _; do
    case $type in
    cgroup | cgroup2) mount -o remount,bind,rw "$dir" ;;
    esac
done < /proc/self/mounts
mount --make-rshared /
exec /sbin/init "$@"
)";

std::string recipe_sum() {
    return tls::sha256_hex(std::string(recipe) + std::string(first_process)).substr(0, 12);
}

/// An image of that name which orch did not build is the user's choice.
bool is_there(engine::Engine& engine, const std::string& reference) {
    const auto image = engine.inspect_image(reference);
    if (!image)
        return false;
    const auto built_from = image->labels.find(recipe_label.data());
    return built_from == image->labels.end() || built_from->second == recipe_sum();
}

/// What the engine is doing, on the machine's own line.
class Steps {
  public:
    Steps(std::string machine, std::string title, Job& job)
        : machine_(std::move(machine)), title_(std::move(title)), job_(job) {
        job_.progress.emit({.id = machine_, .text = title_ + "..."});
    }

    void take(const engine::StreamEvent& event) {
        if (event.total != 0)
            show_layer(event);
        const auto said = event.stream.empty() ? event.status : event.stream;
        const std::string line(text::trim(said));
        if (line.empty() || event.total != 0)
            return;
        last_.push_back(line);
        if (last_.size() > shown_lines)
            last_.pop_front();
        if (line.starts_with("Step ")) // "Step 2/9 : RUN ..."
            job_.progress.emit(
                {.id = machine_, .text = title_ + ": step " + line.substr(5, line.find(' ', 5) - 5)}
            );
    }

    /// The failure with the last lines: its message alone rarely says why.
    [[nodiscard]] Error
    failure(std::string_view verb, const std::string& image, const Error& cause) const {
        Error error(cause.kind(), "cannot {} the image {}: {}", verb, image, cause.message());
        for (const auto& line : last_)
            error.detail(line);
        return error;
    }

  private:
    void show_layer(const engine::StreamEvent& event) {
        layers_[event.id] = {event.current, event.total};
        progress::Amount all;
        for (const auto& [id, layer] : layers_) {
            all.current += layer.current;
            all.total += layer.total;
        }
        job_.progress.emit({.id = machine_, .text = title_ + "...", .amount = all});
    }

    std::string machine_;
    std::string title_;
    Job& job_;
    std::map<std::string, progress::Amount> layers_; // what is being loaded
    std::deque<std::string> last_;
};

void build(engine::Engine& engine, const std::string& image, const std::string& machine, Job& job) {
    Steps steps(machine, fmt::format("Building image {}", image), job);
    const auto dockerfile = fmt::format("{}LABEL {}={}\n", recipe, recipe_label, recipe_sum());
    const auto tar = archive::tar_of({
        {.path = "Dockerfile", .content = dockerfile},
        {.path = "orch-init", .content = std::string(first_process), .mode = 0755},
    });
    std::string_view rest = tar;
    const auto context = [&rest](std::span<char> buffer) {
        const auto count = rest.copy(buffer.data(), buffer.size());
        rest.remove_prefix(count);
        return count;
    };
    try {
        engine.build_image({.tag = image, .force_rm = true}, context, [&](const auto& event) {
            steps.take(event);
        });
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        throw steps.failure("build", image, error)
            .hint("the engine needs Docker Hub and Debian's servers for that; --docker-image takes "
                  "an image that is there already");
    }
}

void pull(engine::Engine& engine, const std::string& image, const std::string& machine, Job& job) {
    Steps steps(machine, fmt::format("Pulling image {}", image), job);
    try {
        engine.pull_image(image, "", [&](const auto& event) { steps.take(event); });
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        throw steps.failure("pull", image, error).hint("is its name right? ({})", image);
    }
}

fs::Lock wait_for_turn(
    const std::filesystem::path& lock,
    const std::string& image,
    const std::string& machine,
    Job& job
) {
    try {
        return {lock, std::chrono::milliseconds(0), job.stop};
    } catch (const Error& error) {
        if (error.kind() != Kind::conflict)
            throw;
    }
    job.progress.emit({.id = machine, .text = fmt::format("Waiting for image {}...", image)});
    return {lock, build_patience, job.stop};
}

} // namespace

void ensure_image(
    engine::Engine& engine,
    const std::string& image,
    const std::filesystem::path& lock,
    const std::string& machine,
    Job& job
) {
    if (is_there(engine, image))
        return;
    const auto turn = wait_for_turn(lock, image, machine, job);
    if (is_there(engine, image)) // somebody else was faster
        return;
    if (image == default_image)
        build(engine, image, machine, job);
    else
        pull(engine, image, machine, job);
}

} // namespace orch::drivers::docker
