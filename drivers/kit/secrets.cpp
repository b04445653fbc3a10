#include "drivers/kit/secrets.hpp"

#include "drivers/kit/record.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace orch::drivers::kit {

namespace {

std::filesystem::path secrets_file(const Access& access) { return access.dir / "credentials.json"; }

} // namespace

Secrets secrets_of(const Info& info, const Values& values) {
    Secrets secrets;
    for (const auto& option : info.options)
        if (option.secret && !values.text(option.name).empty())
            secrets[option.name] = Secret(values.text(option.name));
    return secrets;
}

void store_secrets(const Access& access, const Secrets& secrets) {
    auto document = nlohmann::json::object();
    for (const auto& [name, secret] : secrets)
        document[name] = secret.reveal();
    fs::write_atomic(secrets_file(access), document.dump(4) + "\n", 0600);
}

Secrets load_secrets(const Access& access, const Info& info, const os::Environment& environment) {
    Secrets secrets;
    const auto file = secrets_file(access);
    if (std::filesystem::exists(file)) {
        const auto document = json::parse(fs::read_file(file), file.string());
        for (const auto& [name, value] : document.items())
            if (value.is_string())
                secrets[name] = Secret(value.get<std::string>());
    }
    for (const auto& option : info.options) {
        auto variable = option.env.empty() ? "" : environment.get_or(option.env, "");
        if (variable.empty() && !option.env_else.empty())
            variable = environment.get_or(option.env_else, "");
        if (option.secret && !variable.empty())
            secrets.try_emplace(option.name, variable);
    }
    return secrets;
}

Secret required_secret(
    const Secrets& secrets,
    const Info& info,
    std::string_view option,
    const Record& record,
    std::string_view field
) {
    if (const auto found = secrets.find(option); found != secrets.end())
        return found->second;
    if (auto kept = text(record, field); !kept.empty())
        return Secret(std::move(kept));
    const auto declared =
        std::find_if(info.options.begin(), info.options.end(), [&](const auto& each) {
            return each.name == option;
        });
    throw Error(Kind::denied, "{} driver requires the --{} option", info.name, option)
        .hint("set it, or the variable {}", declared == info.options.end() ? "" : declared->env);
}

} // namespace orch::drivers::kit
