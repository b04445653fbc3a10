#include "tests/support/fake_manager.hpp"

#include "tests/support/unescape.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::test {

namespace {

using Json = nlohmann::json;

http::Response json(int status, const Json& body) { return {status, {}, body.dump()}; }

http::Response refuse(int status, const std::string& message) {
    return json(status, {{"message", message}});
}

Json node(const std::string& name) {
    return {
        {"ID", "n" + name},
        {"Version", {{"Index", 1}}},
        {"Spec",
         {{"Role", name == "a" ? "manager" : "worker"},
          {"Availability", "active"},
          {"Labels", Json::object()}}},
        {"Description",
         {{"Hostname", name},
          {"Platform", {{"OS", "linux"}}},
          {"Resources", {{"NanoCPUs", 2'000'000'000}, {"MemoryBytes", 1 << 30}}},
          {"Engine", {{"EngineVersion", "20.10.24"}}}}},
        {"Status", {{"State", "ready"}, {"Addr", "10.0.0." + std::to_string(name[0] - 'a' + 1)}}}};
}

int replicas(const Json& spec) { return spec["Mode"]["Replicated"]["Replicas"].get<int>(); }

/// What is compared to know whether tasks are made anew.
Json shape(const Json& spec) {
    auto task = spec["TaskTemplate"];
    task.erase("Placement");
    return task;
}

std::string value_of(const Json& node, const std::string& key) {
    constexpr std::string_view label = "node.labels.";
    if (key == "node.id")
        return node["ID"];
    if (key == "node.hostname")
        return node["Description"]["Hostname"];
    if (key.starts_with(label))
        return node["Spec"]["Labels"].value(key.substr(label.size()), "");
    return "";
}

} // namespace

FakeManager::FakeManager() {
    for (const auto* name : {"a", "b", "c"})
        nodes_.push_back(node(name));
}

void FakeManager::add_image(const std::string& reference, const std::string& id) {
    const std::lock_guard lock(mutex_);
    images_[reference] = id;
}

void FakeManager::let_fail(const std::string& image, int code) {
    const std::lock_guard lock(mutex_);
    failing_[image] = code;
}

void FakeManager::let_networks_linger(int looks) {
    const std::lock_guard lock(mutex_);
    lingering_ = looks;
}

void FakeManager::decide_late(int looks) {
    const std::lock_guard lock(mutex_);
    lateness_ = looks;
}

std::vector<std::string> FakeManager::changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
}

void FakeManager::forget_changes() {
    const std::lock_guard lock(mutex_);
    changes_.clear();
}

Json FakeManager::spec(const std::string& service) const {
    const std::lock_guard lock(mutex_);
    const auto id = find(service);
    return id.empty() ? Json() : services_.at(id).spec;
}

std::vector<std::string> FakeManager::tasks() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> result;
    for (const auto& task : tasks_)
        if (task["DesiredState"] == "running")
            result.push_back(fmt::format(
                "{}.{} {} {}",
                services_.at(task["ServiceID"]).spec["Name"].get<std::string>(),
                task["Slot"].get<int>(),
                task["NodeID"].get<std::string>(),
                task["Status"]["State"].get<std::string>()
            ));
    std::sort(result.begin(), result.end());
    return result;
}

std::map<std::string, std::string> FakeManager::node_labels(const std::string& node) const {
    const std::lock_guard lock(mutex_);
    for (const auto& each : nodes_)
        if (each["ID"] == node)
            return each["Spec"]["Labels"];
    return {};
}

std::vector<std::string> FakeManager::networks() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& network : networks_)
        names.push_back(network["Name"]);
    return names;
}

http::Response FakeManager::send(const http::Request& request, const std::stop_token& /*stop*/) {
    const std::lock_guard lock(mutex_);
    auto path = request.url.substr(std::string_view("http://docker").size());
    if (path.starts_with("/v1."))
        path = path.substr(path.find('/', 1));
    const auto mark = path.find('?');
    const auto query = mark == std::string::npos ? "" : path.substr(mark + 1);
    path = path.substr(0, mark);
    if (request.method != "GET")
        changes_.push_back(request.method + " " + path);
    return route(
        request.method, path, query, Json::parse(request.body, nullptr, /*exceptions*/ false)
    );
}

http::Response FakeManager::route(
    const std::string& method, const std::string& path, const std::string& query, const Json& body
) {
    if (path == "/version")
        return json(200, {{"ApiVersion", "1.41"}, {"MinAPIVersion", "1.12"}, {"Version", "20.10"}});
    if (path.starts_with("/nodes"))
        return nodes(method, path.substr(6), body);
    if (path.starts_with("/services"))
        return services(method, path.substr(9), query, body);
    if (path == "/tasks")
        return json(
            200, tasks_now()
        ); // filters are left to the caller, who looks at the service anyway
    if (path == "/networks/create")
        return make_network(body);
    if (path == "/networks")
        return json(200, networks_);
    if (path.starts_with("/networks/"))
        return network(method, path.substr(10));
    if (path == "/containers/json") // but for those of tasks, which are not spoken with
        return json(200, Json::array());
    if (path.starts_with("/images/")) {
        const auto wanted = unescape(path.substr(8, path.rfind('/') - 8));
        const auto image = std::find_if(images_.begin(), images_.end(), [&](const auto& each) {
            return each.first == wanted || each.second == wanted;
        });
        return image == images_.end()
                   ? refuse(404, "No such image")
                   : json(200, {{"Id", image->second}, {"RepoTags", Json::array({image->first})}});
    }
    return refuse(501, "the fake manager has no route for " + path);
}

http::Response FakeManager::network(const std::string& method, const std::string& id) {
    auto& all = networks_.get_ref<Json::array_t&>();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Json& network) {
        return network["Id"] == id;
    });
    if (found == all.end())
        return refuse(404, "network " + id + " not found");
    const bool removed = found->contains("looks");
    if (method == "DELETE") {
        if (removed)
            return refuse(500, "network " + id + " not found");
        (*found)["looks"] = lingering_;
    } else if (removed) {
        (*found)["looks"] = (*found)["looks"].get<int>() - 1;
    }
    auto answer = method == "DELETE" ? http::Response{204, {}, ""} : json(200, *found);
    if (found->contains("looks") && (*found)["looks"].get<int>() <= 0)
        all.erase(found);
    return answer;
}

http::Response
FakeManager::nodes(const std::string& method, const std::string& rest, const Json& body) {
    if (rest.empty())
        return json(200, nodes_);
    const auto id = rest.substr(1, rest.find('/', 1) - 1);
    for (auto& each : nodes_) {
        if (each["ID"] != id)
            continue;
        if (method == "GET")
            return json(200, each);
        each["Spec"] = body;
        each["Version"]["Index"] = each["Version"]["Index"].get<int>() + 1;
        return {200, {}, ""};
    }
    return refuse(404, "node " + id + " not found");
}

http::Response FakeManager::make_network(const Json& body) {
    networks_.push_back(
        {{"Id", fmt::format("net{}", ++ids_)},
         {"Name", body["Name"]},
         {"Driver", body["Driver"]},
         {"Scope", "swarm"},
         {"Labels", body["Labels"]}}
    );
    return json(201, {{"Id", networks_.back()["Id"]}});
}

std::string FakeManager::find(const std::string& id_or_name) const {
    for (const auto& [id, service] : services_)
        if (id == id_or_name || service.spec["Name"] == id_or_name)
            return id;
    return {};
}

http::Response FakeManager::services(
    const std::string& method, const std::string& rest, const std::string& query, const Json& body
) {
    if (rest == "/create") {
        const auto id = fmt::format("s{}", ++ids_);
        services_[id] = {body};
        settle(id, true);
        return json(201, {{"ID", id}});
    }
    const auto view = [&](const std::string& id) -> Json {
        const auto& service = services_.at(id);
        return {{"ID", id}, {"Version", {{"Index", service.version}}}, {"Spec", service.spec}};
    };
    if (rest.empty()) {
        auto all = Json::array();
        for (const auto& [id, service] : services_)
            all.push_back(view(id));
        return json(200, all);
    }
    const auto name = rest.substr(1, rest.find('/', 1) - 1);
    const auto id = find(name);
    if (id.empty())
        return refuse(404, "service " + name + " not found");
    if (method == "GET")
        return json(200, view(id));
    if (method == "DELETE") {
        services_.erase(id);
        std::erase_if(tasks_.get_ref<Json::array_t&>(), [&](const Json& task) {
            return task["ServiceID"] == id;
        });
        return {200, {}, ""};
    }
    auto& service = services_.at(id);
    if (query != fmt::format("version={}", service.version))
        return refuse(500, "rpc error: code = Unknown desc = update out of sequence");
    const bool anew = shape(service.spec) != shape(body);
    service = {body, service.version + 1};
    if (lateness_ > 0 && !anew)
        undecided_[id] = lateness_;
    else
        settle(id, anew);
    return {200, {}, R"({"Warnings": null})"};
}

bool FakeManager::allows(const Json& spec, const Json& node) const {
    for (const auto& item : spec["TaskTemplate"]["Placement"]["Constraints"]) {
        const auto text = item.get<std::string>();
        const auto mark = text.find("==") != std::string::npos ? text.find("==") : text.find("!=");
        const bool same = value_of(node, text.substr(0, mark)) == text.substr(mark + 2);
        if (same != (text[mark] == '='))
            return false;
    }
    return true;
}

nlohmann::json FakeManager::tasks_now() {
    const auto before = tasks_;
    for (auto service = undecided_.begin(); service != undecided_.end();) {
        const auto next = std::next(service);
        if (--service->second <= 0) {
            settle(service->first, false);
            undecided_.erase(service);
        }
        service = next;
    }
    return before;
}

/// Ends tasks that are too many or outdated, and makes those that are missing.
void FakeManager::settle(const std::string& id, bool anew) {
    const auto& spec = services_.at(id).spec;
    std::vector<Json> allowed;
    for (const auto& node : nodes_)
        if (allows(spec, node))
            allowed.push_back(node);
    const auto wanted = replicas(spec);
    std::map<int, bool> there;
    for (auto& task : tasks_) {
        if (task["ServiceID"] != id || task["DesiredState"] != "running")
            continue;
        const auto slot = task["Slot"].get<int>();
        if (anew || slot > wanted) {
            task["DesiredState"] = "shutdown";
            task["Status"]["State"] = "shutdown";
        } else {
            there[slot] = true;
        }
    }
    const auto image = spec["TaskTemplate"]["ContainerSpec"]["Image"].get<std::string>();
    const auto failing = failing_.find(image);
    for (int slot = 1; slot <= wanted; ++slot) {
        if (there[slot])
            continue;
        Json task{
            {"ID", fmt::format("t{}", ++ids_)},
            {"ServiceID", id},
            {"Slot", slot},
            {"NodeID", ""},
            {"CreatedAt", fmt::format("{:09}", ids_)},
            {"DesiredState", "running"},
            {"Status", {{"State", "pending"}, {"Err", "no suitable node"}}}};
        if (!allowed.empty()) {
            task["NodeID"] = allowed[static_cast<std::size_t>(slot - 1) % allowed.size()]["ID"];
            task["Status"] = {{"State", "running"}};
        }
        if (failing != failing_.end()) {
            task["DesiredState"] = "shutdown";
            task["Status"] = {
                {"State", "failed"},
                {"Err", fmt::format("task: non-zero exit ({})", failing->second)},
                {"ContainerStatus", {{"ExitCode", failing->second}}}};
        }
        tasks_.push_back(std::move(task));
    }
}

} // namespace orch::test
