#include "compose/load/merge.hpp"

#include "compose/load/keys.hpp"
#include "compose/load/values/items.hpp"
#include "compose/load/values/volumes.hpp"

#include <map>
#include <unordered_map>
#include <utility>

namespace orch::compose::load {

namespace {

yaml::Node as_list(const yaml::Node& node) {
    if (node.is(yaml::Type::sequence))
        return node;
    yaml::Node list;
    list.type = yaml::Type::sequence;
    list.mark = node.mark;
    list.items.push_back(node);
    return list;
}

/// Both lists, one item for each identity: a later item takes the place of an earlier one.
template <class Identity>
yaml::Node unite(const yaml::Node& base, const yaml::Node& over, Identity identity) {
    auto result = as_list(base);
    std::unordered_map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < result.items.size(); ++i)
        seen.emplace(identity(result.items[i]), i);
    for (const auto& item : as_list(over).items) {
        const auto [place, fresh] = seen.emplace(identity(item), result.items.size());
        if (fresh)
            result.items.push_back(item);
        else
            result.items[place->second] = item;
    }
    return result;
}

yaml::Node append(const yaml::Node& base, const yaml::Node& over) {
    auto result = as_list(base);
    for (const auto& item : as_list(over).items)
        result.items.push_back(item);
    return result;
}

/// Environment and labels are written KEY=VALUE, hosts NAME:ADDRESS with spaces around.
yaml::Node mapping_of(const Key& key, const yaml::Node& node) {
    const bool hosts = key.name == "extra_hosts";
    return values::as_mapping(node, hosts ? ':' : '=', hosts);
}

yaml::Node unite_mappings(yaml::Node base, const yaml::Node& over) {
    std::unordered_map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < base.entries.size(); ++i)
        seen.emplace(base.entries[i].key.scalar, i);
    for (const auto& entry : over.entries) {
        const auto [place, fresh] = seen.emplace(entry.key.scalar, base.entries.size());
        if (fresh)
            base.entries.push_back(entry);
        else
            base.entries[place->second] = entry;
    }
    return base;
}

/// The path in the container that a volume or device is mounted at.
std::string target_of(const Key& key, const yaml::Node& item) {
    if (key.name == "devices") {
        const auto device = values::parse_device(item.scalar);
        return device.ok() ? device.value.container : item.scalar;
    }
    const auto volume = values::parse_volume(item.scalar);
    return volume.ok() ? volume.value.target : item.scalar; // a variable stands for the path
}

yaml::Node merge_values(const Key& key, const yaml::Node& base, const yaml::Node& over) {
    switch (key.merging) {
    case Merging::replace:
        return over;
    case Merging::append:
        return append(base, over);
    case Merging::unite:
        return unite(base, over, [](const yaml::Node& item) { return item.as_text(); });
    case Merging::by_target:
        return unite(base, over, [&key](const yaml::Node& item) { return target_of(key, item); });
    case Merging::mappings:
        return unite_mappings(mapping_of(key, base), mapping_of(key, over));
    }
    return over;
}

/// An image replaces what the base builds, and the other way round.
void drop_replaced_source(RawService& result, const RawService& over) {
    const bool image = over.mentions("image");
    const bool build = over.mentions("build");
    if (image == build)
        return;
    for (const std::string_view key : {"build", "dockerfile"}) {
        if (image && !over.mentions(key))
            erase(result.options, key);
    }
    if (build)
        erase(result.options, "image");
}

} // namespace

RawService merge(const RawService& base, const RawService& over) {
    auto result = base;
    result.mark = over.mark;
    result.options.mark = over.options.mark;
    result.base_missing = base.base_missing || over.base_missing;
    result.wrong.insert(over.wrong.begin(), over.wrong.end());
    for (const auto& [name, value] : over.options.entries) {
        const auto* key = find_key(name.scalar);
        const bool both = key != nullptr && result.options.find(name.scalar) != nullptr;
        auto& place = member(result.options, name.scalar, name.mark);
        place = both ? merge_values(*key, place, value) : value;
    }
    drop_replaced_source(result, over);
    return result;
}

RawServices merge(const RawServices& base, const RawServices& over) {
    auto result = base;
    for (const auto& service : over.all()) {
        const auto* below = base.find(service.name);
        result.put(below == nullptr ? service : merge(*below, service));
    }
    return result;
}

} // namespace orch::compose::load
