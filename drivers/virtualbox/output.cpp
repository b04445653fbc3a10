#include "drivers/virtualbox/output.hpp"

#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace orch::drivers::virtualbox {

namespace {

bool begins_number(std::string_view line) {
    return !line.empty() && std::isdigit(static_cast<unsigned char>(line.front())) != 0;
}

/// The number that `text` begins with; it and the dot behind it are taken away.
std::optional<int> take_number(std::string_view& text) {
    int value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc())
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    if (text.starts_with('.'))
        text.remove_prefix(1);
    return value;
}

std::string field(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
}

bool says_yes(const std::string& word) { return word == "Yes" || word == "Enabled"; }

/// The text of a quoted word; recent versions write \" and \\ in it. `text` begins behind the
/// first quote, and is moved behind the last one.
std::string take_quoted(std::string_view& text) {
    std::string word;
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c == '"')
            break;
        if (c == '\\' && (text.starts_with('"') || text.starts_with('\\'))) {
            word += text.front();
            text.remove_prefix(1);
        } else {
            word += c;
        }
    }
    return word;
}

/// The value behind "NAME:" at the beginning of a line; empty if no line has it.
std::string value_of(std::string_view out, std::string_view name) {
    for (const auto& line : text::lines(out))
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
            return std::string(text::trim(std::string_view(line).substr(name.size() + 1)));
    return {};
}

struct StateWord {
    std::string_view word;
    State state;
};

constexpr std::array state_words{
    StateWord{"running", State::running},
    StateWord{"paused", State::paused},
    StateWord{"saved", State::saved},
    StateWord{"aborted-saved", State::saved},
    StateWord{"poweroff", State::stopped},
    StateWord{"aborted", State::stopped},
    StateWord{"teleported", State::stopped},
    StateWord{"starting", State::starting},
    StateWord{"restoring", State::starting},
    StateWord{"settingup", State::starting},
    StateWord{"stopping", State::stopping},
    StateWord{"saving", State::stopping},
    StateWord{"deletingsnapshot", State::stopping},
    StateWord{"deletingsnapshotpaused", State::stopping},
    StateWord{"restoringsnapshot", State::stopping},
    StateWord{"gurumeditation", State::error},
    StateWord{"onlinesnapshotting", State::running},
    StateWord{"livesnapshotting", State::running},
    StateWord{"snapshotting", State::running},
    StateWord{"teleporting", State::running},
    StateWord{"deletingsnapshotlive", State::running},
};

} // namespace

std::optional<Version> parse_version(std::string_view out) {
    std::optional<Version> found;
    for (const auto& line : text::lines(out)) {
        std::string_view rest = line;
        if (!begins_number(rest))
            continue;
        const auto major = take_number(rest);
        const auto minor = take_number(rest);
        if (major && minor)
            found = Version{*major, *minor, take_number(rest).value_or(0)};
    }
    return found;
}

std::vector<Fields> parse_list(std::string_view out, std::string_view first) {
    std::vector<Fields> list;
    const auto head = text::lower(first);
    for (const auto& line : text::lines(out)) {
        const auto colon = line.find(':');
        if (line.starts_with(' ') || line.starts_with('\t') || colon == std::string::npos)
            continue;
        const auto name = text::lower(line.substr(0, colon));
        if (name == head)
            list.emplace_back();
        if (!list.empty())
            list.back()[name] = text::trim(std::string_view(line).substr(colon + 1));
    }
    return list;
}

std::vector<Adapter> parse_adapters(std::string_view out) {
    std::vector<Adapter> adapters;
    for (const auto& fields : parse_list(out, "Name"))
        adapters.push_back({
            .name = field(fields, "name"),
            .address = field(fields, "ipaddress"),
            .mask = field(fields, "networkmask"),
            .network = field(fields, "vboxnetworkname"),
        });
    return adapters;
}

std::vector<DhcpServer> parse_dhcp_servers(std::string_view out) {
    std::vector<DhcpServer> servers;
    for (const auto& fields : parse_list(out, "NetworkName")) {
        const auto address = field(fields, "dhcpd ip"); // "IP" before version 6.1
        servers.push_back({
            .network = field(fields, "networkname"),
            .address = address.empty() ? field(fields, "ip") : address,
            .mask = field(fields, "networkmask"),
            .lower = field(fields, "loweripaddress"),
            .upper = field(fields, "upperipaddress"),
            .enabled = says_yes(field(fields, "enabled")),
        });
    }
    return servers;
}

std::vector<HostOnlyNet> parse_nets(std::string_view out) {
    std::vector<HostOnlyNet> nets;
    for (const auto& fields : parse_list(out, "Name"))
        nets.push_back({
            .name = field(fields, "name"),
            .mask = field(fields, "networkmask"),
            .lower = field(fields, "lowerip"),
            .upper = field(fields, "upperip"),
            .enabled = says_yes(field(fields, "state")),
        });
    return nets;
}

VmInfo::VmInfo(std::string_view out) {
    for (const auto& line : text::lines(out)) {
        std::string_view rest = line;
        std::string key;
        if (rest.starts_with('"')) {
            rest.remove_prefix(1);
            key = take_quoted(rest);
        } else {
            key = rest.substr(0, rest.find('='));
            rest.remove_prefix(key.size());
        }
        if (!rest.starts_with('='))
            continue;
        rest.remove_prefix(1);
        if (rest.starts_with('"')) {
            rest.remove_prefix(1);
            values_.try_emplace(key, take_quoted(rest));
        } else {
            values_.try_emplace(key, text::trim(rest));
        }
    }
}

std::string VmInfo::get(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? "" : found->second;
}

State VmInfo::state() const { return inaccessible() ? State::error : state_of(get("VMState")); }

bool VmInfo::inaccessible() const { return get("name") == "<inaccessible>"; }

std::string VmInfo::host_only_card() const {
    for (const auto& [key, value] : values_)
        for (const std::string_view name : {"hostonlyadapter", "hostonly-network"})
            if (key.starts_with(name))
                return key.substr(name.size());
    return {};
}

std::string VmInfo::host_only_mac() const {
    const auto card = host_only_card();
    const auto digits = card.empty() ? "" : text::lower(get("macaddress" + card));
    if (digits.size() != 12)
        return {};
    std::string mac;
    for (std::size_t i = 0; i < digits.size(); i += 2)
        mac += (i == 0 ? "" : ":") + digits.substr(i, 2);
    return mac;
}

std::string VmInfo::host_only_network() const {
    const auto card = host_only_card();
    const auto adapter = get("hostonlyadapter" + card);
    return adapter.empty() ? get("hostonly-network" + card) : adapter;
}

State state_of(std::string_view vm_state) {
    const auto* const found =
        std::find_if(state_words.begin(), state_words.end(), [&](const StateWord& each) {
            return each.word == vm_state;
        });
    return found == state_words.end() ? State::none : found->state;
}

std::string created_interface(std::string_view out) {
    constexpr std::string_view before = "Interface '";
    constexpr std::string_view behind = "' was successfully created";
    const auto end = out.find(behind);
    const auto start = end == std::string_view::npos ? end : out.rfind(before, end);
    if (start == std::string_view::npos)
        return {};
    const auto name = start + before.size();
    return std::string(out.substr(name, end - name));
}

std::string parse_lease(std::string_view out) { return value_of(out, "IP Address"); }

std::string parse_property(std::string_view out) { return value_of(out, "Value"); }

std::string address_of_mac(std::string_view out, std::string_view mac) {
    bool ours = false;
    for (const auto& each : text::lines(out)) {
        const auto line = text::trim(each);
        if (line.starts_with("link/"))
            ours = line.starts_with(fmt::format("link/ether {}", mac));
        constexpr std::string_view inet = "inet ";
        if (ours && line.starts_with(inet)) {
            const auto rest = line.substr(inet.size());
            return std::string(rest.substr(0, rest.find_first_of("/ ")));
        }
    }
    return {};
}

std::string error_line(std::string_view err) {
    constexpr std::string_view mark = "error: ";
    for (const auto& line : text::lines(err))
        if (const auto at = line.find(mark); at != std::string::npos)
            return std::string(text::trim(std::string_view(line).substr(at + mark.size())));
    const auto lines = text::lines(text::trim(err));
    return lines.empty() ? "" : lines.back();
}

bool says_no_machine(std::string_view err) {
    return err.find("Could not find a registered machine") != std::string_view::npos;
}

std::string virtualization_problem(std::string_view log) {
    constexpr std::string_view harmless =
        "Falling back to raw-mode: VT-x is disabled in the BIOS for all CPU modes";
    const bool no_vmx = log.find("VERR_VMX_NO_VMX") != std::string_view::npos;
    for (const auto& line : text::lines(log)) {
        const auto has = [&](std::string_view words) {
            return line.find(words) != std::string::npos;
        };
        if ((has("VT-x is disabled") && !has(harmless)) ||
            has("the host CPU does NOT support HW virtualization") ||
            has("VERR_VMX_UNABLE_TO_START_VM") || (has("Power up failed") && no_vmx))
            return std::string(text::trim(line));
    }
    return {};
}

} // namespace orch::drivers::virtualbox
