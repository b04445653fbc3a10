#include "lib/ssh/transfer.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

namespace orch::ssh {

namespace {

constexpr int missing = 44; // of our own scripts; no common program ends like this

// A broken connection looks like the end of the input: only the size tells that all of it came.
constexpr std::string_view put_script = R"sh(
umask 077
if [ -d "$1" ]; then echo "it is a directory" >&2; exit 1; fi
temporary="$1.$$.tmp"
cat > "$temporary" &&
    [ "$(wc -c < "$temporary")" -eq "$2" ] &&
    chmod "$3" "$temporary" &&
    mv -f "$temporary" "$1" && exit 0
rm -f "$temporary"
exit 1)sh";

constexpr std::string_view get_script = R"sh(
if [ ! -e "$1" ]; then exit 44; fi
exec cat < "$1")sh";

process::Outcome run_script(
    Shell& shell,
    std::string_view script,
    std::vector<std::string> words,
    std::string input,
    const std::stop_token& stop
) {
    words.insert(words.begin(), {"sh", "-c", std::string(script), "sh"});
    return shell.run({.line = text::shell_join(words), .input = std::move(input)}, stop);
}

std::string reason(const process::Outcome& outcome) {
    const auto first = text::lines(outcome.err);
    return first.empty() ? fmt::format("exit code {}", outcome.code) : first.front();
}

} // namespace

void write_remote_file(
    Shell& shell,
    std::string_view content,
    const std::string& path,
    unsigned mode,
    const std::stop_token& stop
) {
    const auto outcome = run_script(
        shell,
        put_script,
        {path, std::to_string(content.size()), fmt::format("{:o}", mode)},
        std::string(content),
        stop
    );
    if (!outcome.ok())
        throw Error(Kind::remote, "cannot write {}: {}", path, reason(outcome));
}

std::string read_remote_file(Shell& shell, const std::string& path, const std::stop_token& stop) {
    auto outcome = run_script(shell, get_script, {path}, {}, stop);
    if (outcome.code == missing)
        throw Error(Kind::not_found, "there is no file {}", path);
    if (!outcome.ok())
        throw Error(Kind::remote, "cannot read {}: {}", path, reason(outcome));
    return std::move(outcome.out);
}

} // namespace orch::ssh
