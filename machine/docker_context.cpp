#include "machine/docker_context.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/failure.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tls/digest.hpp"
#include "machine/connection.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>
#include <unistd.h>

namespace orch::machine {

namespace {

using Json = nlohmann::ordered_json;
namespace stdfs = std::filesystem;

// A key of Metadata that the docker client does not know and keeps.
constexpr auto mark_key = "Orch";

stdfs::path meta_file(const stdfs::path& docker_dir, const std::string& name) {
    return docker_dir / "contexts/meta" / tls::sha256_hex(name) / "meta.json";
}

stdfs::path tls_dir(const stdfs::path& docker_dir, const std::string& name) {
    return docker_dir / "contexts/tls" / tls::sha256_hex(name);
}

struct Found {
    std::string name;
    std::string store; // both empty: not written by orch
    std::string machine;

    [[nodiscard]] bool is_of(const ContextOwner& owner) const {
        return store == owner.store.string() && machine == owner.machine;
    }
};

std::string text_at(const Json& object, const char* key) {
    const auto value = object.find(key);
    return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

/// Nothing if there is no such file. What cannot be read as a context is somebody else's.
std::optional<Found> read_context(const stdfs::path& file) {
    try {
        const auto document = json::parse_ordered(fs::read_file(file), file.string());
        Found found;
        if (!document.is_object())
            return found;
        found.name = text_at(document, "Name");
        const auto metadata = document.value("Metadata", Json::object());
        if (const auto mark = metadata.is_object() ? metadata.value(mark_key, Json()) : Json();
            mark.is_object()) {
            found.store = text_at(mark, "Store");
            found.machine = text_at(mark, "Machine");
        }
        return found;
    } catch (const Error& error) {
        if (error.kind() == Kind::not_found)
            return std::nullopt;
        return Found{};
    }
}

void check_context_name(const std::string& name) {
    const auto allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '.' || c == '-' || c == '_' || c == '+';
    };
    const bool good = name.size() >= 2 && name != "default" &&
                      std::all_of(name.begin(), name.end(), allowed) && name[0] != '.' &&
                      name[0] != '-' && name[0] != '_' && name[0] != '+';
    if (good)
        return;
    throw Error(Kind::invalid, "the docker client takes no context \"{}\"", name)
        .hint("choose another name with --as; it has two characters or more and is not \"default\""
        );
}

void require_ours(const ContextOwner& owner, const std::string& name) {
    const auto file = meta_file(owner.docker_dir, name);
    const auto found = read_context(file);
    if (!found || found->is_of(owner))
        return;
    if (found->machine.empty())
        throw Error(
            Kind::conflict, "there is a docker context \"{}\" that orch did not write", name
        )
            .hint("choose another name with --as, or remove it: docker context rm {}", name);
    throw Error(
        Kind::conflict,
        "the docker context \"{}\" belongs to machine \"{}\" of {}",
        name,
        found->machine,
        found->store
    )
        .hint("choose another name with --as");
}

/// The three files go together: an engine without TLS has none, a half set is a mistake.
bool write_tls(const stdfs::path& dir, const http::Tls& tls) {
    const std::array<std::pair<const char*, stdfs::path>, 3> files{
        {{"ca.pem", tls.ca}, {"cert.pem", tls.cert}, {"key.pem", tls.key}}};
    const auto is_there = [](const auto& file) { return ::access(file.second.c_str(), F_OK) == 0; };
    if (std::none_of(files.begin(), files.end(), is_there))
        return false;
    fs::make_private_dir(dir / "docker");
    for (const auto& [name, source] : files)
        fs::write_atomic(dir / "docker" / name, fs::read_file(source), 0600);
    return true;
}

void remove_context(const stdfs::path& docker_dir, const std::string& name) {
    // In this order a kill leaves keys without a context, never a context without its keys.
    fs::remove_tree(meta_file(docker_dir, name).parent_path());
    fs::remove_tree(tls_dir(docker_dir, name));
}

/// All that orch wrote, whoever's.
std::vector<Found> marked_contexts(const stdfs::path& docker_dir) {
    std::vector<Found> all;
    std::error_code error; // no directory, no contexts
    stdfs::directory_iterator entry(docker_dir / "contexts/meta", error);
    for (; !error && entry != stdfs::directory_iterator(); entry.increment(error))
        if (auto found = read_context(entry->path() / "meta.json");
            found && !found->machine.empty() &&
            entry->path().filename() == tls::sha256_hex(found->name))
            all.push_back(std::move(*found));
    return all;
}

void warn(const std::string& machine, const Error& error, Job& job) {
    job.progress.emit({
        .id = machine,
        .status = progress::Status::warning,
        .text = "docker context: " + error.message(),
    });
}

} // namespace

void write_context(
    const ContextOwner& owner,
    const std::string& name,
    const Machine& machine,
    const drivers::Reach& reach
) {
    check_context_name(name);
    require_ours(owner, name);
    const auto target = endpoint(machine, reach);
    if (!target.tls || !write_tls(tls_dir(owner.docker_dir, name), *target.tls))
        fs::remove_tree(tls_dir(owner.docker_dir, name));
    const Json document{
        {"Name", name},
        {"Metadata",
         {{"Description", "orch machine " + owner.machine},
          {mark_key, {{"Machine", owner.machine}, {"Store", owner.store.string()}}}}},
        {"Endpoints", {{"docker", {{"Host", target.url()}, {"SkipTLSVerify", false}}}}},
    };
    const auto file = meta_file(owner.docker_dir, name);
    fs::make_private_dir(file.parent_path());
    fs::write_atomic(file, document.dump(), 0600);
}

std::vector<std::string> contexts_of(const ContextOwner& owner) {
    std::vector<std::string> names;
    for (const auto& found : marked_contexts(owner.docker_dir))
        if (found.is_of(owner))
            names.push_back(found.name);
    std::sort(names.begin(), names.end());
    return names;
}

void sweep_contexts(const stdfs::path& docker_dir, const Store& store) {
    for (const auto& found : marked_contexts(docker_dir))
        if (found.store == store.root().string() && !store.exists(found.machine))
            remove_context(docker_dir, found.name);
}

std::vector<std::string> remove_contexts(const ContextOwner& owner) {
    auto names = contexts_of(owner);
    for (const auto& name : names)
        remove_context(owner.docker_dir, name);
    return names;
}

void refresh_contexts(const Context& context, const Machine& machine, Job& job) {
    if (context.docker_dir.empty())
        return;
    const ContextOwner owner{context.docker_dir, context.store.root(), machine.name};
    try {
        const auto names = contexts_of(owner);
        if (names.empty())
            return;
        const auto reach = require_driver(context, machine)->reach(machine.record);
        if (reach.url.empty()) // it is off: there is nothing new to write
            return;
        for (const auto& name : names)
            write_context(owner, name, machine, reach);
    } catch (const Error& error) {
        warn(machine.name, error, job);
    }
}

void move_contexts(
    const ContextOwner& owner, const Machine& renamed, const drivers::Reach& reach, Job& job
) {
    const ContextOwner now{owner.docker_dir, owner.store, renamed.name};
    for (const auto& name : contexts_of(owner)) {
        try {
            if (name == owner.machine) {
                write_context(now, renamed.name, renamed, reach);
                remove_context(owner.docker_dir, name);
                continue;
            }
        } catch (const Error& error) {
            warn(renamed.name, error, job);
        }
        try { // keeps its name
            remove_context(owner.docker_dir, name);
            write_context(now, name, renamed, reach);
        } catch (const Error& error) {
            warn(renamed.name, error, job);
        }
    }
}

} // namespace orch::machine
