#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/base/fd.hpp"
#include "lib/fs/failure.hpp"
#include "lib/progress/sink.hpp"
#include "machine/bundle.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace orch::cmd::machine {

namespace {

struct Options {
    std::string file;
    std::string as;
};

/// The file, or standard input for "-".
Fd open_input(const std::string& file, const Session& session) {
    if (file == "-" && session.console.in_is_terminal())
        throw Error(Kind::usage, "an archive is not read from a terminal")
            .hint("name a file, or redirect the input");
    Fd fd(file == "-" ? ::dup(STDIN_FILENO) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        throw fs::failure("read", file, errno);
    return fd;
}

std::size_t read_some(const Fd& fd, std::span<char> buffer, const std::string& file) {
    for (;;) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count >= 0)
            return static_cast<std::size_t>(count);
        if (errno != EINTR)
            throw fs::failure("read", file, errno);
    }
}

int run_import(const Options& options, Session& session) {
    const Fleet fleet(session);
    const auto source = options.file == "-" ? std::string("standard input") : options.file;
    const auto fd = open_input(options.file, session);
    const auto sink = session.progress(ui::Layout::machines);
    Job job{session.stop, *sink};
    const auto made = orch::machine::import_machines(
        [&](std::span<char> buffer) { return read_some(fd, buffer, source); },
        source,
        options.as,
        fleet.context(),
        job
    );
    for (const auto& note : made.notes)
        sink->emit({.id = "import", .status = progress::Status::note, .text = note});
    for (const auto& name : made.names)
        sink->emit({.id = name, .status = progress::Status::done, .text = "Imported"});
    return 0;
}

} // namespace

void add_import(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    verb.add_option("FILE", options->file, "What export wrote, or - for standard input")
        ->required();
    verb.add_option("--as", options->as, "Another name for the one machine in it");
    choose(verb, session, [options, &session] { return run_import(*options, session); });
}

} // namespace orch::cmd::machine
