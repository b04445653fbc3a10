#include "lib/engine/services.hpp"

#include "lib/base/text.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/shared.hpp"
#include "lib/engine/store_answer.hpp"
#include "lib/engine/stream.hpp"

#include <nlohmann/json.hpp>

namespace orch::engine {

namespace {

using Json = nlohmann::json;

constexpr std::string_view task_id = "com.docker.swarm.task.id=";

void append_texts(const Json& list, std::vector<std::string>& to) {
    for (const auto& item : list)
        if (item.is_string())
            to.push_back(item.get<std::string>());
}

std::vector<PublishedPort> read_host_ports(const Json& answer) {
    std::vector<PublishedPort> ports;
    for (const auto& port : at(answer, "/Spec/EndpointSpec/Ports"))
        if (text_at(port, "/PublishMode") == "host" && number_at<int>(port, "/PublishedPort") != 0)
            ports.push_back(
                {.container_port = number_at<int>(port, "/TargetPort"),
                 .host_port = number_at<int>(port, "/PublishedPort"),
                 .protocol = text_at(port, "/Protocol")}
            );
    return ports;
}

Service read_service(const Json& answer) {
    Service service{
        .id = text_at(answer, "/ID"),
        .version = number_at<std::uint64_t>(answer, "/Version/Index"),
        .name = text_at(answer, "/Spec/Name"),
        .labels = labels_at(answer, "/Spec/Labels"),
        .image = text_at(answer, "/Spec/TaskTemplate/ContainerSpec/Image"),
        .replicas = number_at<int>(answer, "/Spec/Mode/Replicated/Replicas"),
        .replicated = !at(answer, "/Spec/Mode/Replicated").is_null(),
        .tty = flag_at(answer, "/Spec/TaskTemplate/ContainerSpec/TTY"),
        .restart = text_at(answer, "/Spec/TaskTemplate/RestartPolicy/Condition"),
        .update_state = text_at(answer, "/UpdateStatus/State"),
        .update_message = text_at(answer, "/UpdateStatus/Message"),
        .ports = read_host_ports(answer),
    };
    append_texts(at(answer, "/Spec/TaskTemplate/ContainerSpec/Command"), service.command);
    append_texts(at(answer, "/Spec/TaskTemplate/ContainerSpec/Args"), service.command);
    append_texts(at(answer, "/Spec/TaskTemplate/Placement/Constraints"), service.constraints);
    return service;
}

std::string service_path(const std::string& id, std::string_view verb = "") {
    return "/services/" + http::escape(id) + std::string(verb);
}

std::map<std::string, std::string> auth_header(const std::string& auth) {
    if (auth.empty())
        return {};
    return {{"X-Registry-Auth", auth}};
}

std::vector<std::string> read_warnings(const http::Response& response) {
    std::vector<std::string> warnings;
    const auto answer = Json::parse(response.body, nullptr, false);
    append_texts(at(answer, "/Warnings"), warnings);
    return warnings;
}

/// The first word and what follows the space behind it.
std::pair<std::string_view, std::string_view> cut_word(std::string_view line) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos)
        return {line, {}};
    return {line.substr(0, space), line.substr(space + 1)};
}

} // namespace

std::string Service::label(const std::string& key) const {
    const auto found = labels.find(key);
    return found == labels.end() ? std::string() : found->second;
}

bool Services::outside() {
    const auto response = engine_.shared_->send({.method = "GET", .path = "/swarm"}, engine_.stop_);
    return response.status == 503 &&
           failure(response).message().find("docker swarm init") != std::string::npos;
}

std::vector<std::string> Services::image_names() {
    std::vector<std::string> names;
    for (const auto& row :
         engine_.shared_->ask({.method = "GET", .path = "/images/json"}, engine_.stop_)) {
        names.push_back(text_at(row, "/Id"));
        std::vector<std::string> tags;
        append_texts(at(row, "/RepoTags"), tags);
        for (const auto& tag : tags) {
            names.push_back(tag);
            names.push_back(tag.substr(0, tag.rfind(':')));
        }
    }
    return names;
}

std::vector<Service> Services::list(const Filters& filters) {
    const auto rows = in_plain_words([&] {
        return engine_.shared_->ask(
            {.method = "GET", .path = "/services", .query = with_filters(filters)}, engine_.stop_
        );
    });
    std::vector<Service> services;
    for (const auto& row : rows)
        services.push_back(read_service(row));
    return services;
}

std::optional<Service> Services::inspect(const std::string& id_or_name) {
    const auto answer = in_plain_words([&] {
        return engine_.shared_->ask_if_there(
            {.method = "GET", .path = service_path(id_or_name)}, engine_.stop_
        );
    });
    return answer ? std::optional(read_service(*answer)) : std::nullopt;
}

Created Services::create(const Json& spec, const std::string& auth) {
    const auto answer = in_plain_words([&] {
        return engine_.shared_->ask(
            {.method = "POST",
             .path = "/services/create",
             .body = &spec,
             .headers = auth_header(auth),
             .timeout = change_limit},
            engine_.stop_
        );
    });
    Created created{.id = text_at(answer, "/ID"), .warnings = {}};
    append_texts(at(answer, "/Warnings"), created.warnings);
    return created;
}

std::vector<std::string> Services::update(
    const std::string& id, const std::function<void(Json&)>& change, const std::string& auth
) {
    std::vector<std::string> warnings;
    on_what_others_left([&] {
        const auto answer =
            engine_.shared_->ask({.method = "GET", .path = service_path(id)}, engine_.stop_);
        auto spec = at(answer, "/Spec");
        change(spec);
        if (spec == at(answer, "/Spec"))
            return;
        const auto version = std::to_string(number_at<std::uint64_t>(answer, "/Version/Index"));
        warnings = read_warnings(engine_.shared_->require(
            {.method = "POST",
             .path = service_path(id, "/update"),
             .query = {{"version", version}},
             .body = &spec,
             .headers = auth_header(auth),
             .timeout = change_limit},
            engine_.stop_
        ));
    });
    return warnings;
}

void Services::remove(const std::string& id) {
    in_plain_words([&] {
        accept_removed(engine_.shared_->send(
            {.method = "DELETE", .path = service_path(id), .timeout = change_limit}, engine_.stop_
        ));
    });
}

/// Only lines of services say whose they are.
void Services::logs(
    const std::string& id,
    bool tty,
    const LogOptions& options,
    const std::function<bool(int, std::string_view)>& on_output
) {
    in_plain_words([&] {
        engine_.shared_->read_logs(
            service_path(id, "/logs"), true, tty, options, on_output, engine_.stop_
        );
    });
}

void Services::task_logs(
    const std::string& id,
    bool tty,
    const LogOptions& options,
    const std::function<bool(int, std::string_view)>& on_output
) {
    in_plain_words([&] {
        engine_.shared_->read_logs(
            "/tasks/" + id + "/logs", false, tty, options, on_output, engine_.stop_
        );
    });
}

ServiceLine read_service_line(std::string_view line, bool timestamps) {
    ServiceLine result;
    if (timestamps) {
        const auto [time, rest] = cut_word(line);
        result.time = time;
        line = rest;
    }
    const auto [details, rest] = cut_word(line);
    const auto begin = details.find(task_id);
    if (begin == std::string_view::npos) {
        result.text = line;
        return result;
    }
    const auto id = details.substr(begin + task_id.size());
    result.task = id.substr(0, id.find(','));
    result.text = rest;
    return result;
}

} // namespace orch::engine
