#include "compose/swarm/copy_image.hpp"

#include "compose/swarm/layers.hpp"
#include "lib/archive/tar_sieve.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/image_archives.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/group.hpp"
#include "lib/tasks/pipe.hpp"

#include <algorithm>
#include <atomic>
#include <list>
#include <optional>

namespace orch::compose::swarm {

namespace {

constexpr std::size_t buffered = 256 << 10;   // bytes per node
constexpr std::uint64_t told_every = 1 << 20; // bytes

enum class Send { what_is_missing, everything };

/// One node that takes the image.
class Receiver {
  public:
    Receiver(
        const ImageSource& source,
        const ImageTarget& target,
        std::chrono::milliseconds patience,
        progress::Sink& progress
    )
        : source_(source), target_(target), patience_(patience), progress_(progress) {}

    void begin(Send send, const std::stop_token& stop) {
        subject_ = source_.reference + " to " + target_.node;
        tell(progress::Status::working);
        if (send == Send::what_is_missing)
            known_ = members_that_are_there(stop);
        total_ = source_.image.size;
    }

    /// Called by the one who reads. False if this node takes no more.
    bool feed(std::string_view bytes) {
        try {
            if (!sieve_.feed(bytes))
                return false;
        } catch (const Error& error) {
            if (error.kind() != Kind::timeout)
                throw; // it is no archive, for nobody
            stalled_ = error;
            own_.request_stop();
            return false;
        }
        passed_ += bytes.size();
        if (passed_ - told_ >= told_every && !ended_) {
            told_ = passed_;
            tell(progress::Status::working);
        }
        return true;
    }

    void end(std::exception_ptr cause = nullptr) { pipe_.close(std::move(cause)); }

    /// Takes it in, on a thread of its own.
    void load(const std::stop_token& stop) {
        const std::stop_callback relay(stop, [this] { own_.request_stop(); });
        try {
            engine::ImageArchives(target_.engine.with(own_.get_token()))
                .load([&](std::span<char> buffer) { return pipe_.read(buffer); });
            pipe_.abandon(); // bytes behind the end of the archive
            ended_ = true;
            tell(progress::Status::done);
        } catch (const Error& error) {
            pipe_.abandon();
            if (stop.stop_requested())
                throw;
            failure = stalled_ ? stalled_ : error;
        } catch (...) {
            pipe_.abandon();
            throw;
        }
    }

    void tell_failure() {
        progress_.emit(
            {.id = subject_,
             .status = progress::Status::failed,
             .text = "Copying",
             .detail = failure->message()}
        );
    }

    [[nodiscard]] const ImageTarget& target() const { return target_; }

    std::optional<Error> failure;

  private:
    void tell(progress::Status status) {
        progress_.emit(
            {.id = subject_,
             .status = status,
             .text = "Copying",
             .amount =
                 progress::Amount{
                     status == progress::Status::done ? total_ : std::min(passed_, total_), total_},
             .detail = {}}
        );
    }

    /// What of the archive can stay away. A node that cannot say gets everything.
    std::set<std::string> members_that_are_there(const std::stop_token& stop) {
        const auto& layers = source_.image.layers;
        std::size_t known = 0;
        try {
            auto engine = target_.engine.with(stop);
            engine::ImageArchives archives(engine);
            if (archives.in_containerd())
                return {};
            for (const auto& id : archives.ids())
                if (const auto image = engine.inspect_image(id))
                    known = std::max(known, common_layers(layers, image->layers));
        } catch (const Error& error) {
            if (error.kind() == Kind::cancelled)
                throw;
            log::debug("compose", "{}: {}", target_.node, error.message());
            return {};
        }
        return members_of_layers(layers, known);
    }

    const ImageSource& source_;
    const ImageTarget& target_;
    const std::chrono::milliseconds patience_;
    progress::Sink& progress_;
    std::string subject_;
    std::set<std::string> known_; // members of the archive
    std::uint64_t passed_ = 0;    // bytes, with those left out
    std::uint64_t told_ = 0;
    std::uint64_t total_ = 0;
    std::atomic<bool> ended_ = false; // the node has all of it
    std::stop_source own_;            // ends its loading
    std::optional<Error> stalled_;    // set before that, by the one who reads
    tasks::Pipe pipe_{buffered};
    archive::TarSieve sieve_{
        [this](std::string_view name) { return !known_.contains(std::string(name)); },
        [this](std::string_view bytes) { return pipe_.write(bytes, patience_); }};
};

/// Reads once for all of them.
void read(const ImageSource& source, std::list<Receiver>& receivers, const std::stop_token& stop) {
    std::vector<Receiver*> listening;
    for (auto& receiver : receivers)
        listening.push_back(&receiver);
    std::exception_ptr failure;
    try {
        engine::ImageArchives(source.engine.with(stop))
            .save(source.reference, [&](std::string_view bytes) {
                std::erase_if(listening, [&](auto* receiver) { return !receiver->feed(bytes); });
                return !listening.empty();
            });
    } catch (...) {
        failure = std::current_exception();
    }
    for (auto& receiver : receivers)
        receiver.end(failure);
}

/// One reading and its receivers; those that failed say so.
void copy_at_once(
    const ImageSource& source,
    std::list<Receiver>& receivers,
    Send send,
    const std::stop_token& stop
) {
    tasks::Group group(receivers.size() + 1, stop);
    for (auto& receiver : receivers)
        group.spawn([&](const std::stop_token& token) { receiver.begin(send, token); });
    group.wait();
    for (auto& receiver : receivers)
        group.spawn([&](const std::stop_token& token) { receiver.load(token); });
    group.spawn([&](const std::stop_token& token) { read(source, receivers, token); });
    group.wait();
}

/// Returns the receivers that have failed.
std::list<Receiver> attempt(
    const ImageSource& source,
    const std::vector<const ImageTarget*>& targets,
    const CopyLimits& limits,
    Send send,
    Job& job
) {
    std::list<Receiver> failed;
    const auto parallel = std::max<std::size_t>(limits.parallel, 1);
    for (std::size_t begin = 0; begin < targets.size(); begin += parallel) {
        std::list<Receiver> receivers;
        for (auto i = begin; i < std::min(begin + parallel, targets.size()); ++i)
            receivers.emplace_back(source, *targets[i], limits.stalled, job.progress);
        copy_at_once(source, receivers, send, job.stop);
        for (auto receiver = receivers.begin(); receiver != receivers.end();) {
            const auto next = std::next(receiver);
            if (receiver->failure)
                failed.splice(failed.end(), receivers, receiver);
            receiver = next;
        }
    }
    return failed;
}

Error failure_of(const ImageSource& source, std::list<Receiver>& failed) {
    const auto& first = failed.front();
    Error error(
        first.failure->kind(),
        "cannot copy the image {} to {}: {}",
        source.reference,
        first.target().node,
        first.failure->message()
    );
    for (auto other = std::next(failed.begin()); other != failed.end(); ++other)
        error.detail("nor to " + other->target().node + ": " + other->failure->message());
    if (first.failure->message().find("no space left") != std::string::npos)
        error.hint("make room on {}: docker system prune", first.target().node);
    else if (!first.failure->hint().empty())
        error.hint("{}", first.failure->hint());
    return error;
}

} // namespace

void copy_image(
    const ImageSource& source,
    const std::vector<ImageTarget>& targets,
    const CopyLimits& limits,
    Job& job
) {
    std::vector<const ImageTarget*> all;
    for (const auto& target : targets)
        all.push_back(&target);
    auto failed = attempt(source, all, limits, Send::what_is_missing, job);
    if (failed.empty())
        return;
    std::vector<const ImageTarget*> again;
    for (const auto& receiver : failed) {
        log::debug(
            "compose", "{}: {}; once more", receiver.target().node, receiver.failure->message()
        );
        again.push_back(&receiver.target());
    }
    failed = attempt(source, again, limits, Send::everything, job);
    if (failed.empty())
        return;
    for (auto& receiver : failed)
        receiver.tell_failure();
    throw failure_of(source, failed);
}

} // namespace orch::compose::swarm
