#include "lib/archive/tar_read.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/failure.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"
#include "lib/log/log.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/bundle.hpp"
#include "machine/config_file.hpp"
#include "machine/name.hpp"

#include <algorithm>
#include <chrono>
#include <list>
#include <map>
#include <set>
#include <system_error>

namespace orch::machine {

namespace {

using Files = std::map<std::string, std::string>; // by name, without directories
using Json = nlohmann::ordered_json;
using std::filesystem::path;
namespace stdfs = std::filesystem;

constexpr std::chrono::milliseconds lock_patience{2000};
constexpr std::string_view draft_prefix = ".import-";

struct Arriving {
    std::string name; // in the archive
    Files files;
    std::vector<std::string> promised; // by the manifest
};

/// An archive, entry by entry.
class Unpacked {
  public:
    explicit Unpacked(std::string source) : source_(std::move(source)) {}

    void add(archive::TarFile file) {
        if (!began_) {
            if (file.name != manifest_name)
                refuse(
                    "it is no export of orch: its first entry is not " + std::string(manifest_name)
                );
            began_ = true;
            return read_manifest(file.content);
        }
        const auto parts = text::split(file.name, '/');
        if (parts.size() != 3 || parts[0] != "machines" || parts[2][0] == '.')
            refuse("the entry \"" + file.name + "\" has no place in a store");
        const auto machine = std::find_if(machines_.begin(), machines_.end(), [&](const auto& m) {
            return m.name == parts[1];
        });
        if (machine == machines_.end())
            refuse("the entry \"" + file.name + "\" belongs to no machine of it");
        machine->files[parts[2]] = std::move(file.content);
    }

    std::vector<Arriving> machines() && {
        if (machines_.empty())
            refuse("there is no machine in it");
        for (const auto& machine : machines_)
            for (const auto& file : machine.promised)
                if (!machine.files.contains(file))
                    refuse(fmt::format(
                        "machines/{}/{} is missing: a part of it is lost", machine.name, file
                    ));
        return std::move(machines_);
    }

  private:
    void read_manifest(const std::string& content) {
        const auto manifest =
            json::parse_ordered(content, source_ + ": " + std::string(manifest_name));
        try {
            if (manifest.at("Format") != "orch-machines")
                refuse("it is no export of orch");
            if (manifest.at("Version").get<int>() > manifest_version)
                refuse("a newer orch wrote it; upgrade this one");
            for (const auto& machine : manifest.at("Machines"))
                machines_.push_back(
                    {.name = machine.at("Name"), .files = {}, .promised = machine.at("Files")}
                );
        } catch (const Json::exception&) {
            refuse(std::string(manifest_name) + " is not what an export begins with");
        }
        std::set<std::string> names;
        for (auto& machine : machines_) {
            doing(source_, [&] { check_name(machine.name); });
            if (!names.insert(machine.name).second)
                refuse("machine \"" + machine.name + "\" is in it twice");
            machine.promised.emplace_back("config.json");
        }
    }

    [[noreturn]] void refuse(const std::string& why) const {
        throw Error(Kind::invalid, "{}: {}", source_, why);
    }

    std::string source_;
    bool began_ = false;
    std::vector<Arriving> machines_;
};

std::string content_of(const Files& files, const std::string& name) {
    const auto found = files.find(name);
    return found == files.end() ? "" : found->second;
}

std::string read_if_there(const path& file) {
    try {
        return fs::read_file(file);
    } catch (const Error&) {
        return {};
    }
}

/// Whether the store's own client certificate opens what `authority` guards.
bool is_own_authority(const AuthOptions& own, const std::string& authority) {
    if (text::trim(read_if_there(own.ca_cert)) != text::trim(authority))
        return false;
    const tls::Pair client{read_if_there(own.client_cert), read_if_there(own.client_key)};
    return !client.certificate.empty() && !client.key.empty() && tls::match(client) &&
           tls::why_untrusted(client.certificate, authority, std::chrono::system_clock::now())
               .empty();
}

void choose_certificates(Machine& machine, Files& files, const Store& store) {
    const auto authority = content_of(files, "ca.pem");
    const auto own = store.default_auth(machine.name);
    const auto dir = store.machine_dir(machine.name);
    auto& auth = machine.auth;
    // Never the paths of somebody else's file: certificates are written there later.
    auth.server_cert = own.server_cert;
    auth.server_key = own.server_key;
    auth.cert_dir = dir;
    auth.ca_cert = dir / "ca.pem";
    auth.ca_key = dir / "ca-key.pem";
    auth.client_cert = dir / "cert.pem";
    auth.client_key = dir / "key.pem";
    if (!authority.empty() && !is_own_authority(own, authority))
        return; // its own copies
    auth.cert_dir = own.cert_dir;
    auth.ca_cert = own.ca_cert;
    auth.client_cert = own.client_cert;
    auth.client_key = own.client_key;
    if (std::error_code ignored; stdfs::exists(own.ca_key, ignored) || authority.empty()) {
        auth.ca_key = own.ca_key;
        files.erase("ca-key.pem");
    }
}

void give_name(Machine& machine, const std::string& before, const Context& context) {
    if (machine.name == before)
        return;
    const auto* row = context.registry.find(machine.driver);
    if (row == nullptr || !row->info.renames)
        throw Error(
            Kind::unsupported,
            "a machine of driver {} cannot get another name: the driver finds its host by that "
            "name",
            machine.driver
        );
    if (const auto recorded = machine.record.find("MachineName");
        recorded != machine.record.end() && *recorded == before)
        *recorded = machine.name;
}

/// A complete machine in a hidden directory of the store; gone again unless it was settled.
class Draft {
  public:
    Draft(Arriving arriving, const std::string& name, const Context& context)
        : name_(name), store_(context.store),
          dir_(context.store.machine_dir(std::string(draft_prefix) + name)) {
        const Place place{.store = store_.root(), .name = name, .whole = true};
        auto& files = arriving.files;
        auto machine = parse_config(files.at("config.json"), place);
        give_name(machine, arriving.name, context);
        choose_certificates(machine, files, store_);
        files["config.json"] = format_config(machine, place);
        try {
            fs::make_private_dir(dir_);
            for (const auto& [file, content] : files)
                fs::write_atomic(dir_ / file, content, 0600);
        } catch (const Error&) {
            clean();
            throw;
        }
    }

    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    ~Draft() { clean(); }

    void settle() {
        store_.place(dir_, name_);
        settled_ = true;
    }

    void keep() { kept_ = true; }

  private:
    void clean() noexcept {
        try {
            fs::remove_tree(dir_);
            if (settled_ && !kept_)
                store_.remove(name_);
        } catch (const std::exception& error) { // swept by the next import
            log::debug("store", "{}", describe(error));
        }
    }

    std::string name_;
    const Store& store_;
    path dir_;
    bool settled_ = false;
    bool kept_ = false;
};

/// What killed imports left. Nobody else imports into this store now.
void sweep(const path& machines) {
    std::vector<path> leftovers;
    std::error_code error;
    for (const auto& entry : stdfs::directory_iterator(machines, error))
        if (entry.path().filename().string().starts_with(draft_prefix))
            leftovers.push_back(entry.path());
    for (const auto& leftover : leftovers)
        fs::remove_tree(leftover);
}

std::vector<Arriving> unpack(
    const std::function<std::size_t(std::span<char>)>& read,
    const std::string& source,
    const std::string& as
) {
    Unpacked unpacked(source);
    archive::read_tar(read, source, {}, [&](archive::TarFile file) {
        unpacked.add(std::move(file));
    });
    auto machines = std::move(unpacked).machines();
    if (!as.empty() && machines.size() > 1)
        throw Error(
            Kind::usage, "{} has {} machines; --as names only one", source, machines.size()
        );
    return machines;
}

} // namespace

Import import_machines(
    const std::function<std::size_t(std::span<char>)>& read,
    const std::string& source,
    const std::string& as,
    const Context& context,
    Job& job
) {
    if (!as.empty())
        doing("Error importing machine", [&] { check_name(as); });
    auto arriving = unpack(read, source, as);
    const auto& store = context.store;
    const auto import_lock = store.lock_imports(job.stop);
    std::vector<fs::Lock> locks; // in one order for everybody
    Import result;
    for (const auto& machine : arriving)
        result.names.push_back(as.empty() ? machine.name : as);
    auto sorted = result.names;
    std::sort(sorted.begin(), sorted.end());
    for (const auto& name : sorted) {
        locks.push_back(store.lock(name, lock_patience, job.stop));
        if (store.exists(name))
            throw Error(Kind::conflict, "Docker machine \"{}\" already exists", name)
                .hint(
                    "choose another name with --as, or remove it first: orch machine rm {}", name
                );
    }
    sweep(store.root() / "machines");

    std::list<Draft> drafts;
    for (std::size_t i = 0; i < arriving.size(); ++i) {
        if (arriving[i].files.contains("ca.pem") && !arriving[i].files.contains("key.pem"))
            result.notes.push_back(result.names[i] + " came without private keys");
        doing("machine \"" + arriving[i].name + "\"", [&] {
            drafts.emplace_back(std::move(arriving[i]), result.names[i], context);
        });
    }
    for (auto& draft : drafts)
        draft.settle();
    for (auto& draft : drafts)
        draft.keep();
    return result;
}

} // namespace orch::machine
