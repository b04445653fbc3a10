#include "lib/archive/tar_read.hpp"
#include "lib/archive/tar_write.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/failure.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"
#include "machine/bundle.hpp"
#include "machine/config_file.hpp"

#include <map>
#include <system_error>

namespace orch::machine {

namespace {

using Json = nlohmann::ordered_json;
using std::filesystem::path;
namespace stdfs = std::filesystem;

bool holds_private_key(std::string_view content) {
    return content.find("PRIVATE KEY-----") != std::string_view::npos;
}

/// Without keys only what is known to be harmless travels.
bool is_public(const std::string& name, std::string_view content) {
    const path file(name);
    const bool known =
        name == "known_hosts" || file.extension() == ".pem" || file.extension() == ".pub";
    return known && !holds_private_key(content);
}

/// One machine on its way into the archive.
class Packed {
  public:
    Packed(const std::string& name, const ExportOptions& options, const Store& store)
        : options_(options), dir_(store.machine_dir(name)), place_{store.root(), name},
          machine_(store.load(name)) {
        take_directory();
        take_certificates();
        take_ssh_key();
    }

    void write(std::vector<archive::TarMember>& tar) const {
        const auto prefix = "machines/" + machine_.name + "/";
        tar.push_back({prefix + "config.json", format_config(machine_, place_), 0600});
        for (const auto& [name, content] : files_)
            tar.push_back({prefix + name, content, holds_private_key(content) ? 0600U : 0644U});
    }

    [[nodiscard]] Json manifest() const {
        auto files = Json::array({"config.json"});
        for (const auto& [name, content] : files_)
            files.push_back(name);
        return {{"Name", machine_.name}, {"Driver", machine_.driver}, {"Files", files}};
    }

    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

    [[nodiscard]] bool keys_left_out() const { return keys_left_out_; }

  private:
    void take(const std::string& name, std::string content) {
        if (!options_.keys && !is_public(name, content)) {
            keys_left_out_ = true;
            return;
        }
        files_[name] = std::move(content);
    }

    void take_directory() {
        std::error_code error;
        stdfs::directory_iterator entry(dir_, error);
        for (; !error && entry != stdfs::directory_iterator(); entry.increment(error))
            take_entry(*entry);
        if (error)
            throw fs::failure("list", dir_, error.value());
    }

    void take_entry(const stdfs::directory_entry& entry) {
        const auto name = entry.path().filename().string();
        // The key of the authority has a rule of its own; dots are half-written files.
        if (name == "config.json" || name == "config.json.bak" || name == "ca-key.pem" ||
            name[0] == '.')
            return;
        std::error_code ignored;
        if (!entry.is_regular_file(ignored))
            notes_.push_back(entry.path().string() + " is left out: it is no file");
        else if (entry.file_size(ignored) > archive::TarLimits().file_size)
            notes_.push_back(entry.path().string() + " is left out: it is too large");
        else
            take(name, fs::read_file(entry.path()));
    }

    /// From where they are used, which is not always where docker-machine keeps copies.
    void take_certificates() {
        auto& auth = machine_.auth;
        take_file(auth.ca_cert, "ca.pem");
        take_file(auth.client_cert, "cert.pem");
        take_file(auth.client_key, "key.pem");
        take_file(auth.server_cert, "server.pem");
        take_file(auth.server_key, "server-key.pem");
        if (options_.ca_key)
            files_["ca-key.pem"] = fs::read_file(auth.ca_key);
        auth.ca_key = dir_ / "ca-key.pem";
        auth.cert_dir = dir_;
    }

    void take_file(path& file, const std::string& name) {
        if (std::error_code ignored; stdfs::exists(file, ignored))
            take(name, fs::read_file(file));
        file = dir_ / name;
    }

    /// A key outside the machine's directory comes along, too.
    void take_ssh_key() {
        const auto recorded = machine_.record.find("SSHKeyPath");
        if (recorded == machine_.record.end() || !recorded->is_string())
            return;
        const path key = recorded->get<std::string>();
        std::error_code ignored;
        if (key.empty() || key.parent_path() == dir_ || !stdfs::exists(key, ignored))
            return;
        auto name = key.filename().string();
        if (files_.contains(name) || name[0] == '.')
            name = "ssh-" + name;
        take(name, fs::read_file(key));
        *recorded = (dir_ / name).string();
    }

    ExportOptions options_;
    path dir_;
    Place place_;
    Machine machine_;
    std::map<std::string, std::string> files_;
    std::vector<std::string> notes_;
    bool keys_left_out_ = false;
};

} // namespace

Export export_machines(
    const std::vector<std::string>& names, const ExportOptions& options, const Store& store
) {
    std::vector<Packed> machines;
    for (const auto& name : names)
        machines.emplace_back(name, options, store);

    Json manifest{{"Format", "orch-machines"}, {"Version", manifest_version}};
    manifest["Machines"] = Json::array();
    Export result;
    bool keys_left_out = false;
    for (const auto& machine : machines) {
        manifest["Machines"].push_back(machine.manifest());
        result.notes.insert(result.notes.end(), machine.notes().begin(), machine.notes().end());
        keys_left_out = keys_left_out || machine.keys_left_out();
    }
    if (keys_left_out)
        result.notes.emplace_back(
            "private keys are left out: whoever imports this can look at it and at its address, "
            "but neither log in nor talk to the engine before they put keys of their own there"
        );
    std::vector<archive::TarMember> tar;
    tar.push_back({manifest_name, json::to_go_text(manifest) + "\n"});
    for (const auto& machine : machines)
        machine.write(tar);
    result.tar = archive::tar_of(tar);
    return result;
}

} // namespace orch::machine
