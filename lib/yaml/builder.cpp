#include "lib/yaml/builder.hpp"

#include "lib/yaml/scalar.hpp"

#include <fmt/format.h>
#include <yaml-cpp/mark.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace orch::yaml {

namespace {

constexpr std::size_t max_depth = 200;
constexpr std::size_t max_expanded = 1'000'000;
constexpr std::string_view tag_prefix = "tag:yaml.org,2002:";

std::size_t offset_of(const YAML::Mark& mark) {
    return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
}

struct Extent {
    std::size_t size = 1;
    std::size_t depth = 1;
};

Extent extent_of(const Node& node) {
    Extent all;
    const auto add = [&all](const Node& child) {
        const auto extent = extent_of(child);
        all.size += extent.size;
        all.depth = std::max(all.depth, extent.depth + 1);
    };
    for (const auto& item : node.items)
        add(item);
    for (const auto& entry : node.entries) {
        add(entry.key);
        add(entry.value);
    }
    return all;
}

bool written_null(std::string_view rest) {
    const auto begins = [rest](std::string_view word) { return rest.starts_with(word); };
    return begins("~") || begins("null") || begins("Null") || begins("NULL") || begins("&") ||
           begins("!");
}

/// Two keys are the same if PyYAML's values are: 1 and "1" differ, yes and true do not.
std::string identity(const Node& key) {
    return static_cast<char>('0' + static_cast<int>(key.type)) + key.as_text();
}

/// Applies the type that a !!tag names. False if the text is no such value.
bool resolve_as(Node& node, std::string_view type) {
    if (type == "str") {
        node.type = Type::string;
        return true;
    }
    resolve_plain(node);
    if (type == "float" && node.type == Type::integer)
        node.type = Type::floating;
    return (type == "int" && node.type == Type::integer) ||
           (type == "float" && node.type == Type::floating) ||
           (type == "bool" && node.type == Type::boolean) ||
           (type == "null" && node.type == Type::null) ||
           (type == "timestamp" && node.type == Type::timestamp);
}

/// What `<<` contributes: entries of the sources, earlier sources first, `own` keys win.
std::vector<Entry>
merge_entries(const std::vector<Node>& sources, std::unordered_map<std::string, std::size_t>& own) {
    std::vector<Entry> result;
    for (const auto& source : sources)
        for (const auto& entry : source.entries)
            if (own.emplace(identity(entry.key), 0).second)
                result.push_back(entry);
    return result;
}

} // namespace

std::optional<std::size_t> Builder::open_bracket() const {
    if (stack_.empty() || !stack_.back().flow)
        return std::nullopt;
    return stack_.back().offset;
}

void Builder::OnDocumentStart(const YAML::Mark& mark) {
    if (!std::exchange(started_, true))
        return;
    const auto offset = offset_of(mark);
    const bool separated = source_.text().substr(offset).starts_with("---") ||
                           source_.text().substr(0, offset).find("\n...") != std::string_view::npos;
    source_.fail(
        offset,
        separated ? "a second document starts here; one file holds one document"
                  : "this does not belong to what stands above it; check its "
                    "indentation"
    );
}

void Builder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
    const auto offset = offset_of(mark);
    Node node;
    node.mark = source_.mark(offset);
    if (!written_null(source_.text().substr(offset)) && !stack_.empty()) {
        const auto& level = stack_.back();
        // yaml-cpp lets the last key of a block go without its colon.
        if (level.has_key && !level.flow && node.mark == level.key.mark)
            source_.fail(offset, "a ':' is missing behind this key");
        // For a value that is not there, its mark is the next token's.
        node.mark = level.has_key ? level.key.mark : level.node.mark;
    }
    finish(std::move(node), anchor);
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
        source_.fail(offset_of(mark), "this alias stands inside the value that it repeats");
    expanded_ += found->second.size;
    if (expanded_ > max_expanded)
        source_.fail(offset_of(mark), "aliases expand to more than a million values");
    if (stack_.size() + found->second.depth > max_depth)
        source_.fail(offset_of(mark), fmt::format("nested deeper than {} levels", max_depth));
    auto node = found->second.node;
    node.mark = source_.mark(offset_of(mark));
    finish(std::move(node), 0);
}

void Builder::OnScalar(
    const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value
) {
    const auto offset = offset_of(mark);
    Node node;
    node.mark = source_.mark(offset);
    node.scalar = value;
    const bool plain = tag == "?";
    if (plain)
        resolve_plain(node);
    else if (tag == "!" || tag.empty())
        node.type = Type::string;
    else if (!tag.starts_with(tag_prefix) ||
             !resolve_as(node, std::string_view(tag).substr(tag_prefix.size())))
        source_.fail(offset, fmt::format("'{}' is not of the type {}", value, tag));
    if (!plain)
        check_quotes(offset);
    finish(std::move(node), anchor, plain && value == "<<");
}

/// yaml-cpp takes the end of the text for a closing quote.
void Builder::check_quotes(std::size_t offset) {
    const auto text = source_.text();
    while (offset < text.size() && (text[offset] == '&' || text[offset] == '!')) {
        offset = std::min(text.find_first_of(" \t\n\r", offset), text.size());
        offset = std::min(text.find_first_not_of(" \t\n\r", offset), text.size());
    }
    if (offset == text.size() || (text[offset] != '"' && text[offset] != '\''))
        return;
    const char quote = text[offset];
    for (auto at = offset + 1; at < text.size(); ++at) {
        const bool doubled = quote == '\'' && text.substr(at).starts_with("''");
        if (doubled || (quote == '"' && text[at] == '\\'))
            ++at;
        else if (text[at] == quote)
            return;
    }
    source_.fail(offset, "this quote is never closed");
}

void Builder::OnSequenceStart(
    const YAML::Mark& mark,
    const std::string& tag,
    YAML::anchor_t anchor,
    YAML::EmitterStyle::value style
) {
    open(mark, tag, anchor, style, Type::sequence);
}

void Builder::OnMapStart(
    const YAML::Mark& mark,
    const std::string& tag,
    YAML::anchor_t anchor,
    YAML::EmitterStyle::value style
) {
    open(mark, tag, anchor, style, Type::mapping);
}

void Builder::open(
    const YAML::Mark& mark,
    const std::string& tag,
    YAML::anchor_t anchor,
    YAML::EmitterStyle::value style,
    Type type
) {
    const auto offset = offset_of(mark);
    const std::string_view own = type == Type::sequence ? "seq" : "map";
    const bool standard = tag == "?" || tag == "!" || tag.empty();
    if (!standard && (!tag.starts_with(tag_prefix) || tag.substr(tag_prefix.size()) != own))
        source_.fail(offset, fmt::format("the tag {} is not known", tag));
    if (stack_.size() >= max_depth)
        source_.fail(offset, fmt::format("nested deeper than {} levels", max_depth));
    Level level;
    level.node.type = type;
    level.node.mark = source_.mark(offset);
    level.offset = offset;
    level.anchor = anchor;
    level.flow = style == YAML::EmitterStyle::Flow;
    stack_.push_back(std::move(level));
}

void Builder::close() {
    auto level = std::move(stack_.back());
    stack_.pop_back();
    finish(std::move(level.node), level.anchor);
}

void Builder::OnMapEnd() {
    auto& level = stack_.back();
    if (!level.merged.empty()) {
        auto entries = merge_entries(level.merged, level.seen);
        std::move(
            level.node.entries.begin(), level.node.entries.end(), std::back_inserter(entries)
        );
        level.node.entries = std::move(entries);
    }
    close();
}

/// Hands a complete node to the collection around it.
void Builder::finish(Node node, YAML::anchor_t anchor, bool plain_merge_key) {
    if (anchor != 0) {
        const auto extent = extent_of(node);
        anchors_[anchor] = {node, extent.size, extent.depth};
    }
    if (stack_.empty()) {
        document_.root = std::move(node);
        return;
    }
    auto& level = stack_.back();
    if (level.node.type == Type::sequence)
        level.node.items.push_back(std::move(node));
    else if (!level.has_key)
        take_key(level, std::move(node), plain_merge_key);
    else
        take_value(level, std::move(node));
}

void Builder::take_key(Level& level, Node node, bool plain_merge_key) {
    if (!node.is_scalar())
        throw SyntaxError(node.mark, fmt::format("a key cannot be {}", type_name(node.type)));
    level.key = std::move(node);
    level.has_key = true;
    level.key_is_merge = plain_merge_key;
}

void Builder::take_value(Level& level, Node node) {
    level.has_key = false;
    if (level.key_is_merge) {
        if (node.type == Type::sequence)
            std::move(node.items.begin(), node.items.end(), std::back_inserter(level.merged));
        else
            level.merged.push_back(std::move(node));
        for (const auto& source : level.merged)
            if (source.type != Type::mapping)
                throw SyntaxError(
                    source.mark, "a merge key (<<) takes an object or an array of them"
                );
        return;
    }
    auto& entries = level.node.entries;
    const auto [seen, fresh] = level.seen.emplace(identity(level.key), entries.size());
    if (fresh) {
        entries.push_back({std::move(level.key), std::move(node)});
        return;
    }
    auto& earlier = entries[seen->second];
    document_.warnings.push_back(
        {level.key.mark,
         fmt::format(
             "the key '{}' is given twice; this one wins over the one in line {}",
             level.key.scalar,
             earlier.key.mark.line
         )}
    );
    earlier = {std::move(level.key), std::move(node)};
}

} // namespace orch::yaml
