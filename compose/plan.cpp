#include "compose/plan.hpp"

#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::compose {

namespace {

std::string link_text(const Link& link) { return link.service + ":" + link.alias; }

std::string volume_text(const Volume& volume) {
    return fmt::format("{}:{}:{}", volume.source, volume.target, volume.mode);
}

template <class Item, class Text>
std::string lines(const char* title, const std::vector<Item>& items, Text text_of) {
    std::vector<std::string> texts;
    for (const auto& item : items)
        texts.push_back(text_of(item));
    return texts.empty() ? std::string()
                         : fmt::format("     {} {}\n", title, text::join(texts, ", "));
}

/// The call in words, with the name of its subject.
struct Wording {
    const std::string& subject;

    std::string operator()(const PullImage& call) const {
        return "pull " + call.reference + (call.shared ? " (as above)" : "");
    }

    std::string operator()(const PushImage& call) const {
        return "push " + (call.name.empty() ? call.reference : call.name);
    }

    std::string operator()(const BuildImage& call) const {
        return fmt::format("build {} for {}", call.reference, call.service);
    }

    std::string operator()(const CreateContainer&) const { return "create " + subject; }

    std::string operator()(const StartContainer&) const { return "start " + subject; }

    std::string operator()(const StopContainer&) const { return "stop " + subject; }

    std::string operator()(const KillContainer& call) const {
        return fmt::format("kill {} with {}", subject, call.signal);
    }

    std::string operator()(const RestartContainer&) const { return "restart " + subject; }

    std::string operator()(const PauseContainer&) const { return "pause " + subject; }

    std::string operator()(const UnpauseContainer&) const { return "unpause " + subject; }

    std::string operator()(const RenameContainer& call) const {
        return fmt::format("rename {} to {}", subject, call.name);
    }

    std::string operator()(const RemoveContainer& call) const {
        return fmt::format("remove {}{}", subject, call.volumes ? " and its volumes" : "");
    }

    std::string operator()(const RemoveVolume&) const { return "remove volume " + subject; }

    std::string operator()(const RemoveNetwork&) const { return "remove network " + subject; }

    std::string operator()(const RemoveImage&) const { return "remove image " + subject; }

    std::string operator()(const CreateNetwork& call) const {
        return "create network " + call.name;
    }

    std::string operator()(const LabelNode& call) const {
        return fmt::format(
            "{} node {}: {}=1", call.remove ? "take a label from" : "label", subject, call.key
        );
    }

    std::string operator()(const CreateService& call) const {
        return "create service " + call.name;
    }

    std::string operator()(const UpdateService& call) const {
        return "update service " + call.name;
    }

    std::string operator()(const ScaleService& call) const {
        return fmt::format("scale service {} to {}", call.name, call.replicas);
    }

    std::string operator()(const RestartService& call) const {
        return "restart the tasks of service " + call.name;
    }

    std::string operator()(const AwaitService& call) const {
        return fmt::format(
            "wait until the tasks of {} {}", call.name, call.settled ? "go on running" : "run"
        );
    }

    std::string operator()(const RemoveService& call) const {
        return "remove service " + call.name;
    }

    std::string operator()(const MakeFolders& call) const {
        return fmt::format("make {} on {}", text::join(call.paths, ", "), call.node);
    }

    std::string operator()(const RemoveNodeVolume& call) const {
        return "remove volume " + call.name;
    }
};

std::string numbers(const std::vector<std::size_t>& steps) {
    std::vector<std::string> texts;
    for (const auto step : steps)
        texts.push_back(std::to_string(step + 1));
    return text::join(texts, ", ");
}

/// What a new container has from others.
std::string details(const CreateContainer& call) {
    const auto same = [](const std::string& text) { return text; };
    auto text = lines("linked to", call.links, link_text);
    text += lines("with volumes from", call.volumes_from, same);
    text += lines("keeping", call.carried, volume_text);
    text += lines("placed by", call.hints, same);
    if (!call.beside.empty())
        text += fmt::format("     beside {}\n", call.beside);
    if (!call.network_mode.empty())
        text += fmt::format("     on network {}\n", call.network_mode);
    return text;
}

std::string entry(std::size_t index, const Step& step) {
    auto text = fmt::format("{:>3}. {}", index + 1, to_text(step.act));
    if (!step.after.empty())
        text += " after " + numbers(step.after);
    if (!step.cause.empty())
        text += ": " + step.cause;
    text += '\n';
    if (const auto* call = std::get_if<CreateContainer>(&step.act.call))
        text += details(*call);
    const auto undo = [](const Act& act) { return to_text(act); };
    return text + lines("on failure", step.on_failure, undo);
}

} // namespace

std::size_t Plan::begin_task(std::string verb, std::string subject) {
    tasks.push_back({.verb = std::move(verb), .subject = std::move(subject)});
    return tasks.size() - 1;
}

std::size_t Plan::add(Step step) {
    step.task = tasks.size() - 1;
    std::sort(step.after.begin(), step.after.end());
    step.after.erase(std::unique(step.after.begin(), step.after.end()), step.after.end());
    steps.push_back(std::move(step));
    return steps.size() - 1;
}

std::string to_text(const Act& act) {
    auto text = std::visit(Wording{act.subject}, act.call);
    return act.node.empty() ? text : text + " on " + act.node;
}

std::string to_text(const Plan& plan) {
    std::string text;
    for (const auto& warning : plan.warnings)
        text += "warning: " + warning + '\n';
    for (std::size_t i = 0; i < plan.steps.size(); ++i)
        text += entry(i, plan.steps[i]);
    for (const auto& name : plan.unchanged)
        text += fmt::format("  -  {} is up-to-date\n", name);
    return text;
}

} // namespace orch::compose
