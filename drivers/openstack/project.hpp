// A project of an OpenStack cloud: the login, and the APIs of the services in its region.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/kit/api.hpp"
#include "drivers/kit/secrets.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace orch::drivers::openstack {

using kit::Json;

/// The text under `key`; empty where there is none, or null.
std::string text_in(const Json& object, const char* key);

enum class Service { compute, network, image };

class Project {
  public:
    /// Logs in when something is asked for the first time, and once more when the token is no
    /// longer taken. `record` says where, who, which region.
    Project(const Access& access, const Job& job, const Record& record, kit::Secrets secrets);
    Project(const Project&) = delete;
    Project& operator=(const Project&) = delete;

    /// As Api::ask and Api::find; the path is below the service's URL.
    Json ask(Service service, kit::Call call);
    std::optional<Json> find(Service service, kit::Call call);

    /// All pages of what stands under `key` in the answers: list(compute, "/flavors/detail", "",
    /// "flavors").
    std::vector<Json> list(
        Service service, const std::string& path, const std::string& query, const std::string& key
    );

    /// True if there was something to remove.
    bool remove(Service service, const std::string& what, const std::string& path);

    /// From here on, compute is asked in this microversion; empty: its first.
    void use_microversion(std::string version) { microversion_ = std::move(version); }

    /// Its id, which the login told.
    const std::string& id();

  private:
    template <class Ask>
    auto logged_in(Ask&& ask);
    void log_in();
    void note_catalog(const Json& token);
    const std::string& url_of(Service service);
    void authorize(http::Request& request) const;

    Record record_;
    kit::Secrets secrets_;
    std::string token_; // never on a disk
    std::string id_;
    std::string microversion_;
    std::map<Service, std::string> urls_;
    kit::Api api_;
};

} // namespace orch::drivers::openstack
