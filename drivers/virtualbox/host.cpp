#include "drivers/virtualbox/host.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace orch::drivers::virtualbox {

namespace {

#if defined(__x86_64__)
bool virtualizes() {
    constexpr unsigned vmx = 1U << 5;
    constexpr unsigned svm = 1U << 2;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) != 0 && (c & vmx) != 0)
        return true;
    return __get_cpuid(0x80000001U, &a, &b, &c, &d) != 0 && (c & svm) != 0;
}
#else
bool virtualizes() { return true; } // only x86 tells by its CPUID
#endif

#if defined(__APPLE__)
constexpr bool is_macos = true;
#else
constexpr bool is_macos = false;
#endif

#if defined(__aarch64__)
constexpr bool is_arm = true;
#else
constexpr bool is_arm = false;
#endif

} // namespace

Host this_host(os::Environment environment) {
    return {
        .environment = std::move(environment),
        .virtualizes = virtualizes,
        .macos = is_macos,
        .arm = is_arm,
    };
}

} // namespace orch::drivers::virtualbox
