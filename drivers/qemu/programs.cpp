#include "drivers/qemu/programs.hpp"

#include "drivers/qemu/accel.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/process/runner.hpp"

#include <charconv>

namespace orch::drivers::qemu {

namespace {

constexpr int oldest_qemu = 5;

constexpr std::string_view install_hint =
    "install it: apt-get install qemu-system-x86 qemu-utils, dnf install qemu-kvm qemu-img, or "
    "brew install qemu";

/// What the program says of itself.
std::string version_text(const std::string& program, World& world, const Job& job) {
    try {
        const auto outcome = world.processes.run(
            {.argv = {program, "--version"}, .timeout = std::chrono::seconds(20)}, job.stop
        );
        if (outcome.ok())
            return outcome.out;
        throw Error(Kind::remote, "{} does not run: {}", program, text::trim(outcome.err));
    } catch (const Error& error) {
        if (error.kind() != Kind::not_found)
            throw;
        throw Error(Kind::not_found, "driver qemu needs {}, which is not installed", program)
            .hint("{}", install_hint);
    }
}

/// "QEMU emulator version 7.2.22 (Debian ...)": 7; 0 if it says something else.
int major_version(std::string_view said) {
    constexpr std::string_view word = "version ";
    const auto found = said.find(word);
    int major = 0;
    if (found != std::string_view::npos)
        std::from_chars(said.data() + found + word.size(), said.data() + said.size(), major);
    return major;
}

struct Firmware {
    const char* code;
    const char* vars;
};

/// Where distributions and Homebrew put it.
constexpr Firmware firmwares[] = {
    {"/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"},
    {"/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw",
     "/usr/share/edk2/aarch64/vars-template-pflash.raw"},
    {"/usr/share/qemu/edk2-aarch64-code.fd", "/usr/share/qemu/edk2-arm-vars.fd"},
    {"/opt/homebrew/share/qemu/edk2-aarch64-code.fd", "/opt/homebrew/share/qemu/edk2-arm-vars.fd"},
};

std::filesystem::path vars_beside(const std::filesystem::path& code) {
    for (const auto& [known, vars] : firmwares)
        if (code == known)
            return vars;
    const auto named = text::replace_all(code.filename().string(), "CODE", "VARS");
    return named == code.filename() ? std::filesystem::path() : code.parent_path() / named;
}

} // namespace

std::string program_of(const std::string& wish) {
    return wish.empty() ? "qemu-system-" + host_arch() : wish;
}

void require_programs(const std::string& program, World& world, const Job& job) {
    const auto said = version_text(program, world, job);
    std::ignore = version_text("qemu-img", world, job);
    if (const int major = major_version(said); major < oldest_qemu)
        throw Error(
            Kind::unsupported, "{} is too old: {}", program, said.substr(0, said.find('\n'))
        )
            .hint("orch needs QEMU {} or newer", oldest_qemu);
}

void require_network(const Wishes& wishes) {
    const bool bridge = wishes.network == "bridge";
    if (!bridge && wishes.network != "tap")
        return;
    const auto& name = bridge ? wishes.bridge : wishes.interface;
    if (std::filesystem::exists("/sys/class/net/" + name))
        return;
    throw Error(Kind::not_found, "this computer has no network interface {}", name)
        .hint(
            "make it first, or name another one: --qemu-network-{}", bridge ? "bridge" : "interface"
        );
}

std::filesystem::path find_firmware(const std::string& wish, const std::string& arch) {
    if (!wish.empty() || arch != "aarch64")
        return wish;
    for (const auto& firmware : firmwares)
        if (std::filesystem::exists(firmware.code))
            return firmware.code;
    throw Error(Kind::not_found, "there is no UEFI firmware for aarch64 on this computer")
        .hint("install it (apt-get install qemu-efi-aarch64), or name it with --qemu-firmware");
}

std::filesystem::path
own_firmware_vars(const std::filesystem::path& code, const std::filesystem::path& own) {
    const auto vars = vars_beside(code);
    if (!std::filesystem::exists(own)) {
        if (vars.empty() || !std::filesystem::exists(vars))
            return {};
        fs::write_atomic(own, fs::read_file(vars), 0600);
    }
    return own;
}

} // namespace orch::drivers::qemu
