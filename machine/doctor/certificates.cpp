#include "machine/doctor/certificates.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/tls/certificate.hpp"

#include <algorithm>
#include <array>
#include <system_error>

namespace orch::machine::doctor {

namespace {

using std::chrono::system_clock;
using std::filesystem::path;

constexpr int warn_days = 30;

struct Subject {
    const char* check;
    path file;
    std::string remedy;
};

/// Machines that were imported have no key to sign with.
std::string renewal(const Machine& machine, const std::string& verb) {
    std::error_code ignored;
    if (!std::filesystem::exists(machine.auth.ca_key, ignored))
        return "renew it in the store that made " + machine.name + ", export and import it again";
    return "orch machine " + verb + " " + machine.name;
}

Finding judge_dates(const Subject& subject, const tls::Info& info, system_clock::time_point now) {
    Finding finding{.check = subject.check};
    const auto left = std::chrono::floor<std::chrono::days>(info.not_after - now).count();
    if (info.not_before > now)
        finding.text = "not valid yet: the clock of this computer is wrong, or was";
    else if (left < 0)
        finding.text = fmt::format("expired {} days ago", -left);
    else
        finding.text = fmt::format("{} days left", left);
    finding.verdict = info.not_before > now || left < 0 ? Verdict::fail
                      : left < warn_days                ? Verdict::warn
                                                        : Verdict::ok;
    if (finding.verdict != Verdict::ok)
        finding.remedy = subject.remedy;
    return finding;
}

Finding judge(
    const Subject& subject,
    const std::string& authority,
    const std::string& address,
    system_clock::time_point now
) {
    try {
        const auto pem = fs::read_file(subject.file);
        const auto info = tls::inspect(pem, subject.file.string());
        auto finding = judge_dates(subject, info, now);
        if (finding.verdict == Verdict::fail)
            return finding;
        const auto fail = [&](std::string text) {
            finding = {subject.check, Verdict::fail, std::move(text), subject.remedy};
        };
        if (const auto why = authority.empty() ? "" : tls::why_untrusted(pem, authority, now);
            !why.empty())
            fail(why);
        else if (!address.empty() &&
                 std::find(info.hosts.begin(), info.hosts.end(), address) == info.hosts.end())
            fail("not valid for " + address);
        else if (!address.empty())
            finding.text += ", valid for " + address;
        return finding;
    } catch (const Error& error) {
        return {subject.check, Verdict::fail, error.message(), subject.remedy};
    }
}

std::string read_authority(const path& file) {
    try {
        auto pem = fs::read_file(file);
        std::ignore = tls::inspect(pem, file.string());
        return pem;
    } catch (const Error&) {
        return {}; // has a finding of its own
    }
}

} // namespace

Findings judge_certificates(
    const Machine& machine, const std::string& address, system_clock::time_point now
) {
    const auto& auth = machine.auth;
    const auto authority = read_authority(auth.ca_cert);
    const auto local = renewal(machine, "regenerate-certs --client-certs");
    const auto remote = renewal(machine, "provision");
    return {
        judge({"authority", auth.ca_cert, local}, "", "", now),
        judge({"client certificate", auth.client_cert, local}, authority, "", now),
        judge({"server certificate", auth.server_cert, remote}, authority, address, now),
    };
}

} // namespace orch::machine::doctor
