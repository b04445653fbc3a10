#include "tests/support/fake_root.hpp"

#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/process/system_runner.hpp"

#include <filesystem>

namespace orch::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* tools[] = {
    "cat",
    "chmod",
    "cmp",
    "date",
    "grep",
    "head",
    "mkdir",
    "mktemp",
    "mv",
    "readlink",
    "rm",
    "sed",
    "sort",
    "stat",
    "tail",
    "tee",
    "touch",
    "tr",
    "sh"};

/// Installing curl or one of the engine's packages makes its program appear.
constexpr const char* package_manager = R"SH(
if [ -s "$root/locked" ]; then
    cat "$root/locked" >&2
    rm "$root/locked"
    exit 1
fi
for word; do
    case $word in
    -* | install | add | update | upgrade | yum | 300) continue ;;
    docker | docker.io | docker-ce | moby-engine)
        printf '#!/bin/sh\necho "Docker version 27.3.1, build ce12230"\n' > "$root/bin/dockerd"
        chmod +x "$root/bin/dockerd"
        ;;
    curl)
        printf '#!/bin/sh\necho "curl $*" >> "%s/calls"\n' "$root" > "$root/bin/curl"
        chmod +x "$root/bin/curl"
        ;;
    esac
    echo "$word" >> "$root/installed"
done
)SH";

} // namespace

FakeRoot::FakeRoot(const std::vector<std::string>& installed) {
    fs::create_directories(dir_ / "bin");
    for (const auto* tool : tools)
        fs::create_symlink(
            process::find_program(tool, "/usr/bin:/bin").value(), dir_ / "bin" / tool
        );
    write("/installed", text::join(installed, "\n") + "\n");
    write("/calls", "");
    write("/etc/hosts", "127.0.0.1\tlocalhost\n");
    write("/etc/hostname", "web1\n");
    program("sleep");
    program("uname", "", "[ \"$1\" = -m ] && echo x86_64 || echo web1; exit");
}

void FakeRoot::program(
    const std::string& name, const std::string& body, const std::string& questions
) {
    auto content = "#!/bin/sh\nroot=" + text::shell_quote(dir_.path().string()) + "\n";
    content += questions + "\necho \"" + name + "${*:+ $*}\" >> \"$root/calls\"\n" + body + "\n";
    write("/bin/" + name, content);
    make_executable("/bin/" + name);
}

void FakeRoot::package_managers(const std::string& locked) {
    write("/locked", locked);
    for (const auto* name : {"apt-get", "dnf", "yum", "zypper"})
        program(name, package_manager);
    program("dpkg-query", "", R"SH(
case $1 in
-W) grep -qx -e "$3" "$root/installed" && printf installed; exit ;;
-S) echo "$(cat "$root/owner"): $2"; exit ;;
esac)SH");
    program("rpm", "", R"SH(
case $1 in
-q) grep -qx -e "$2" "$root/installed" || { echo "package $2 is not installed"; exit 1; }; exit ;;
-qf) cat "$root/owner"; exit ;;
esac)SH");
    program("pacman", package_manager, R"SH(
case "$1" in
-Q) grep -qx -e "$2" "$root/installed"; exit ;;
-Qqo) cat "$root/owner"; exit ;;
esac)SH");
    program("apk", package_manager, R"SH(
case "$1 ${2-}" in
"info -e") grep -qx -e "$3" "$root/installed"; exit ;;
"info -W") echo "$3 is owned by $(cat "$root/owner")-26.1.5-r0"; exit ;;
esac)SH");
}

process::Outcome FakeRoot::run(const std::string& script) {
    const auto root = dir_.path().string();
    auto moved = text::replace_all(script, ":/usr/local/sbin:/usr/sbin:/sbin", "");
    for (const auto* top : {"etc", "var", "run", "proc", "sys"}) {
        const auto path = std::string("/") + top + "/";
        std::string result;
        for (std::size_t i = 0; i < moved.size(); ++i) {
            // Only where a path begins: not in the middle of another one or of a URL.
            const bool begins = moved.compare(i, path.size(), path) == 0 &&
                                (i == 0 || std::string_view(" \"'=!\n").find(moved[i - 1]) !=
                                               std::string_view::npos);
            if (begins)
                result += root;
            result += moved[i];
        }
        moved = std::move(result);
    }
    process::SystemRunner runner;
    return runner.run(
        {.argv = {"/bin/sh", "-s"},
         .env = {{"PATH", root + "/bin"}, {"TMPDIR", root}},
         .input = moved,
         .timeout = std::chrono::seconds(30)},
        {}
    );
}

std::vector<std::string> FakeRoot::calls() {
    auto lines = text::lines(read("/calls"));
    write("/calls", "");
    return lines;
}

void FakeRoot::write(const std::string& path, const std::string& content) {
    const auto file = fs::path(dir_.path().string() + path);
    fs::create_directories(file.parent_path());
    orch::fs::write_atomic(file, content, 0644);
}

void FakeRoot::make_executable(const std::string& path) {
    fs::permissions(dir_.path().string() + path, fs::perms::owner_all);
}

std::string FakeRoot::read(const std::string& path) const {
    return orch::fs::read_file(dir_.path().string() + path);
}

bool FakeRoot::has(const std::string& path) const {
    return fs::exists(dir_.path().string() + path);
}

std::string syntax_error(const std::vector<std::string>& shell, const std::string& script) {
    auto argv = shell;
    argv.emplace_back("-n");
    process::SystemRunner runner;
    const auto outcome =
        runner.run({.argv = argv, .input = script, .timeout = std::chrono::seconds(10)}, {});
    return outcome.ok() ? outcome.err : "exit code " + std::to_string(outcome.code) + outcome.err;
}

} // namespace orch::test
