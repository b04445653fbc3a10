#include "compose/placement/hints.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace orch::compose::placement {

namespace {

enum class HintKind { constraint, affinity, reschedule, whitelist };

struct Family {
    std::string_view prefix; // of an entry of the environment
    const char* label;       // a list of the same expressions in JSON
    HintKind kind;
};

/// In the order in which the standalone swarm looks at them.
constexpr Family families[] = {
    {"constraint:", "com.docker.swarm.constraints", HintKind::constraint},
    {"affinity:", "com.docker.swarm.affinities", HintKind::affinity},
    {"reschedule:", "com.docker.swarm.reschedule-policies", HintKind::reschedule},
    {"whitelist:", "com.docker.swarm.whitelists", HintKind::whitelist},
};

class Reader {
  public:
    explicit Reader(Service& service) : service_(service) {}

    Hints read() {
        for (const auto& family : families) {
            from_label(family);
            from_environment(family);
        }
        return std::move(hints_);
    }

  private:
    /// A label that is no such list is passed over, as ever.
    void from_label(const Family& family) {
        const auto label = service_.labels.find(family.label);
        if (label == service_.labels.end())
            return;
        const auto list = nlohmann::json::parse(label->second, nullptr, false);
        service_.labels.erase(label);
        if (!list.is_array())
            return;
        for (const auto& item : list)
            if (item.is_string())
                add(family, item.get<std::string>());
    }

    void from_environment(const Family& family) {
        std::erase_if(service_.environment, [&](const auto& entry) {
            const auto& [name, value] = entry;
            if (!name.starts_with(family.prefix))
                return false;
            add(family, name.substr(family.prefix.size()) + (value ? "=" + *value : ""));
            return true;
        });
    }

    void add(const Family& family, const std::string& text) {
        try {
            switch (family.kind) {
            case HintKind::constraint:
                hints_.constraints.push_back(parse_expression(text));
                break;
            case HintKind::affinity:
                hints_.affinities.push_back(parse_expression(text));
                break;
            case HintKind::reschedule:
                reschedule(text);
                break;
            case HintKind::whitelist:
                // Key and operator never mattered.
                hints_.whitelists.push_back(text::split(parse_expression(text).value, '|'));
                break;
            }
        } catch (const Error& error) {
            throw Error(
                Kind::invalid,
                "Service \"{}\": {}{}: {}",
                service_.name,
                family.prefix,
                text,
                error.message()
            )
                .hint("a hint looks like constraint:storage==ssd or affinity:container!=~web_*");
        }
    }

    void reschedule(const std::string& policy) {
        if (policy != "on-node-failure" && policy != "off")
            throw Error(Kind::invalid, "the policies are on-node-failure and off");
        hints_.reschedule_on_node_failure = policy == "on-node-failure";
    }

    Service& service_;
    Hints hints_;
};

} // namespace

Hints take_hints(Service& service) { return Reader(service).read(); }

} // namespace orch::compose::placement
