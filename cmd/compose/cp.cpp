#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"
#include "compose/copy.hpp"
#include "lib/os/wakeup.hpp"
#include "lib/tasks/clock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace orch::cmd::compose {

namespace {

struct Options {
    orch::compose::CopyOptions copy;
    std::string from;
    std::string to;
};

/// The next bytes of standard input; a stop request ends the wait for them.
std::size_t read_input(std::span<char> buffer, const os::Wakeup& wakeup, const Session& session) {
    for (;;) {
        std::array<pollfd, 2> ready{{{STDIN_FILENO, POLLIN, 0}, {wakeup.fd(), POLLIN, 0}}};
        if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
            throw Error(Kind::invalid, "cannot read standard input: {}", std::strerror(errno));
        tasks::check(session.stop);
        if (ready[0].revents == 0)
            continue;
        const auto size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (size >= 0)
            return static_cast<std::size_t>(size);
        if (errno != EINTR && errno != EAGAIN)
            throw Error(Kind::invalid, "cannot read standard input: {}", std::strerror(errno));
    }
}

int run_cp(const Options& options, Session& session) {
    auto copy = options.copy;
    copy.from = orch::compose::copy_place(options.from);
    copy.to = orch::compose::copy_place(options.to);
    if (copy.to.path == "-" && copy.to.service.empty() && session.console.out_is_terminal())
        throw Error(Kind::usage, "a tar stream is nothing for a terminal")
            .hint("orch compose cp {} - | tar xf -", options.from);
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const os::Wakeup wakeup(session.stop);
    copy.input = [&](std::span<char> buffer) { return read_input(buffer, wakeup, session); };
    copy.output = [&](std::string_view bytes) { session.console.out(bytes); };
    orch::compose::copy(project, hosts_of(session, engine), copy, job);
    return 0;
}

std::vector<Candidate> places(Session& session) {
    std::vector<Candidate> candidates;
    for (const auto& service : load_project(session).services)
        candidates.push_back({service.name + ":", service.image});
    return candidates;
}

} // namespace

void add_cp(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto& copy = options->copy;
    auto* const from = verb.add_option("FROM", options->from, "SERVICE:PATH, a path, or - for tar");
    auto* const to = verb.add_option("TO", options->to, "A path, SERVICE:PATH, or - for tar");
    for (auto* const option : {from, to}) {
        option->required();
        session.completions.add(*option, [&session] { return places(session); });
    }
    verb.add_flag("-a,--archive", copy.keep_owner, "Keep who files belong to");
    verb.add_flag("-L,--follow-link", copy.follow_link, "Copy what a link points to");
    verb.add_flag("--all", copy.oneoffs, "To the containers of run, too");
    verb.add_option("--index", copy.index, "Number of the container (from: 1, to: all)");
    choose(verb, session, [options, &session] { return run_cp(*options, session); });
}

} // namespace orch::cmd::compose
