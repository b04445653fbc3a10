#include "machine/provision/host.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/progress/sink.hpp"
#include "machine/provision/scripts.hpp"

#include <fmt/core.h>

namespace orch::machine::provision {

namespace {

constexpr std::size_t shown_lines = 12; // of a failed script's output

} // namespace

Host::Host(const Machine& machine, ssh::Shell& shell, Job& job)
    : machine_(machine), shell_(shell), job_(job) {}

void Host::say(std::string text) const {
    job_.progress.emit({.id = machine_.name, .text = std::move(text)});
}

void Host::note(std::string text) const {
    job_.progress.emit(
        {.id = machine_.name, .status = progress::Status::note, .text = std::move(text)}
    );
}

void Host::warn(std::string text) const {
    job_.progress.emit(
        {.id = machine_.name, .status = progress::Status::warning, .text = std::move(text)}
    );
}

Facts Host::facts() const {
    const auto outcome = shell_.run(
        {.line = "sh -s", .input = std::string(facts_script()), .timeout = std::chrono::minutes(2)},
        job_.stop
    );
    return parse_facts(outcome.out);
}

void Host::wait_for_first_boot() const {
    say("Waiting for cloud-init to finish...");
    // Exit code 2: done, with a complaint that hindered nothing.
    constexpr std::string_view wait =
        "state=$(cloud-init status --wait --long 2>&1) || [ $? = 2 ] ||\n"
        "    printf '%s\n' \"$state\" | sed 's/^[.]*//'";
    const auto outcome = shell_.run(
        {.line = "sh -s", .input = std::string(wait), .timeout = std::chrono::minutes(30)},
        job_.stop
    );
    if (const auto words = text::trim(outcome.out); !words.empty())
        warn(fmt::format(
            "cloud-init did not do all it was told: {}",
            text::replace_all(std::string(words), "\n", " ")
        ));
}

std::string Host::script(
    const Facts& facts,
    std::string_view doing_what,
    std::string content,
    std::chrono::milliseconds limit
) const {
    const ssh::Command command{
        .line = facts.become_root + "sh -s",
        .input = std::move(content),
        .timeout = limit,
        .on_output = [&](std::string_view chunk) { show_last_line(chunk); },
    };
    auto outcome = shell_.run(command, job_.stop);
    if (outcome.ok()) {
        for (const auto& line : text::lines(outcome.out))
            if (line.starts_with(note_marker))
                note(line.substr(note_marker.size()));
        return std::move(outcome.out);
    }
    Error error(
        Kind::remote, "{} failed on {} (exit code {})", doing_what, machine_.name, outcome.code
    );
    const auto lines = text::lines(outcome.err.empty() ? outcome.out : outcome.err);
    const auto skip = lines.size() > shown_lines ? lines.size() - shown_lines : 0;
    for (auto i = skip; i < lines.size(); ++i)
        error.detail(lines[i]);
    throw error;
}

void Host::show_last_line(std::string_view chunk) const {
    const auto lines = text::lines(chunk);
    if (lines.empty() || lines.back().starts_with("@@orch"))
        return;
    // It comes and goes, and is no line of a log.
    job_.progress.emit({.parent = machine_.name, .text = lines.back()});
}

} // namespace orch::machine::provision
