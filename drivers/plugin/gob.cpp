#include "drivers/plugin/gob.hpp"

#include "lib/base/error.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>

namespace orch::drivers::plugin::gob {

namespace {

// A driver's configuration is some kilobytes; these leave room and keep nonsense out of memory.
constexpr std::size_t most_bytes = std::size_t{16} << 20; // of one value
constexpr std::size_t most_nodes = 200'000;               // parts of one value
constexpr std::size_t most_types = 1'000;                 // definitions in one stream
constexpr int deepest = 50;
constexpr std::size_t chunk = 1 << 16;
constexpr std::int64_t first_own_type = 64; // below are Go's own

// Numbers of the types that definitions consist of.
constexpr std::int64_t array_type = 17;
constexpr std::int64_t common_type = 18;
constexpr std::int64_t slice_type = 19;
constexpr std::int64_t struct_type = 20;
constexpr std::int64_t field_type = 21;
constexpr std::int64_t field_list = 22;
constexpr std::int64_t map_type = 23;

using Kind = Type::Kind;

/// What both sides know without being told.
std::map<std::int64_t, Type> bootstrap() {
    const auto common = Type::Member{"CommonType", common_type};
    const auto number = [](const char* name) { return Type::Member{name, signed_integer}; };
    return {
        {wire_type,
         {Kind::structure,
          "wireType",
          {{"ArrayT", array_type},
           {"SliceT", slice_type},
           {"StructT", struct_type},
           {"MapT", map_type}}}},
        {array_type, {Kind::structure, "arrayType", {common, number("Elem"), number("Len")}}},
        {common_type, {Kind::structure, "CommonType", {{"Name", text}, number("Id")}}},
        {slice_type, {Kind::structure, "sliceType", {common, number("Elem")}}},
        {struct_type, {Kind::structure, "structType", {common, {"Field", field_list}}}},
        {field_type, {Kind::structure, "fieldType", {{"Name", text}, number("Id")}}},
        {field_list, {.kind = Kind::list, .name = "[]*fieldType", .element = field_type}},
        {map_type, {Kind::structure, "mapType", {common, number("Key"), number("Elem")}}},
    };
}

std::int64_t number_in(const Value& value, std::string_view field) {
    const auto* found = value.find(field);
    return found == nullptr ? 0 : found->integer(field);
}

std::string text_in(const Value& value, std::string_view field) {
    const auto* found = value.find(field);
    return found == nullptr ? std::string() : found->text(field);
}

std::string common_name(const Value& definition) {
    const auto* const common = definition.find("CommonType");
    return common == nullptr ? std::string() : text_in(*common, "Name");
}

Type struct_from(const Value& definition) {
    Type type{.kind = Kind::structure, .name = common_name(definition)};
    if (const auto* const members = definition.find("Field"))
        for (const auto& member : members->list("a list of fields"))
            type.members.push_back({text_in(member, "Name"), number_in(member, "Id")});
    return type;
}

Type type_from(const Value& wire) {
    if (const auto* const structure = wire.find("StructT"))
        return struct_from(*structure);
    for (const auto* const name : {"SliceT", "ArrayT"})
        if (const auto* const list = wire.find(name))
            return {
                .kind = Kind::list,
                .name = common_name(*list),
                .element = number_in(*list, "Elem")};
    if (const auto* const map = wire.find("MapT"))
        return {
            .kind = Kind::map,
            .name = common_name(*map),
            .element = number_in(*map, "Elem"),
            .key = number_in(*map, "Key")};
    throw Error(orch::Kind::invalid, "a type is defined in a way that no driver uses");
}

Error wrong(std::string_view what, std::string_view expected) {
    return Error(orch::Kind::invalid, "{} is not {}", what, expected);
}

double float_of(std::uint64_t bits) {
    std::uint64_t turned = 0; // its bytes stand in reverse, so that short ones come out short
    for (int i = 0; i < 8; ++i, bits >>= 8)
        turned = (turned << 8) | (bits & 0xff);
    return std::bit_cast<double>(turned);
}

} // namespace

const Value* Value::find(std::string_view name) const {
    const auto* const fields = std::get_if<Fields>(&held);
    if (fields == nullptr)
        return nullptr;
    const auto found = std::find_if(fields->begin(), fields->end(), [&](const Field& field) {
        return field.name == name;
    });
    return found == fields->end() ? nullptr : &found->value;
}

const std::string& Value::text(std::string_view what) const {
    if (const auto* const found = std::get_if<std::string>(&held))
        return *found;
    throw wrong(what, "text");
}

std::int64_t Value::integer(std::string_view what) const {
    if (const auto* const found = std::get_if<std::int64_t>(&held))
        return *found;
    if (const auto* const found = std::get_if<std::uint64_t>(&held);
        found != nullptr && *found <= std::numeric_limits<std::int64_t>::max())
        return static_cast<std::int64_t>(*found);
    throw wrong(what, "a number");
}

const List& Value::list(std::string_view what) const {
    if (const auto* const found = std::get_if<List>(&held))
        return *found;
    throw wrong(what, "a list");
}

Reader::Reader(Source& source) : source_(source), buffer_(chunk), types_(bootstrap()) {}

std::optional<Value> Reader::next() {
    if (begin_ == end_ && !fill())
        return std::nullopt;
    bytes_left_ = most_bytes;
    nodes_left_ = most_nodes;
    if (const auto length = number(); length > most_bytes)
        throw Error(orch::Kind::invalid, "a message of {} bytes is announced", length);
    return whole(type_after_definitions(), 0);
}

bool Reader::fill() {
    begin_ = 0;
    end_ = source_.read(buffer_);
    return end_ != 0;
}

std::uint8_t Reader::byte() {
    if (bytes_left_ == 0)
        throw Error(orch::Kind::invalid, "a value is longer than {} bytes", most_bytes);
    if (begin_ == end_ && !fill())
        throw Error(orch::Kind::invalid, "the bytes end in the middle of a value");
    --bytes_left_;
    return static_cast<std::uint8_t>(buffer_[begin_++]);
}

std::uint64_t Reader::number() {
    const auto first = byte();
    if (first < 128)
        return first;
    const int size = 0x100 - first;
    if (size > 8)
        throw Error(orch::Kind::invalid, "a number of {} bytes", size);
    std::uint64_t number = 0;
    for (int i = 0; i < size; ++i)
        number = (number << 8) | byte();
    return number;
}

std::int64_t Reader::signed_number() {
    const auto bits = number();
    return static_cast<std::int64_t>((bits & 1) != 0 ? ~(bits >> 1) : bits >> 1);
}

std::string Reader::string() {
    const auto size = number();
    if (size > bytes_left_)
        throw Error(orch::Kind::invalid, "a text of {} bytes", size);
    std::string text; // grows with what comes, not with what is announced
    while (text.size() < size) {
        text += static_cast<char>(byte());
        const auto at_hand =
            std::min({end_ - begin_, std::size_t(size - text.size()), bytes_left_});
        text.append(buffer_.data() + begin_, at_hand);
        begin_ += at_hand;
        bytes_left_ -= at_hand;
    }
    return text;
}

std::size_t Reader::count(std::size_t least_size) {
    const auto number_of_parts = number();
    if (number_of_parts > most_nodes || number_of_parts * least_size > bytes_left_)
        throw Error(orch::Kind::invalid, "a list of {} parts", number_of_parts);
    return static_cast<std::size_t>(number_of_parts);
}

std::int64_t Reader::type_after_definitions() {
    auto id = signed_number();
    while (id < 0) {
        define(id);
        // The length of what follows; of a value that is cut by a definition it is the first
        // half's.
        std::ignore = number();
        id = signed_number();
    }
    return id;
}

void Reader::define(std::int64_t id) {
    if (id > -first_own_type || id == std::numeric_limits<std::int64_t>::min())
        throw Error(orch::Kind::invalid, "one of Go's own types is defined again");
    if (types_.size() >= most_types)
        throw Error(orch::Kind::invalid, "more than {} types are defined", most_types);
    auto type = type_from(value(wire_type, 0));
    if (!types_.emplace(-id, std::move(type)).second)
        throw Error(orch::Kind::invalid, "type {} is defined twice", -id);
}

const Type& Reader::type_of(std::int64_t id) const {
    const auto found = types_.find(id);
    if (found == types_.end())
        throw Error(orch::Kind::invalid, "a value has type {}, which was not defined", id);
    return found->second;
}

/// A value that is not part of another: a zero byte stands before those that are no structs.
Value Reader::whole(std::int64_t id, int depth) {
    const bool plain = id <= interface || type_of(id).kind != Kind::structure;
    if (plain && byte() != 0)
        throw Error(orch::Kind::invalid, "a value of type {} begins with a field", id);
    return value(id, depth);
}

Value Reader::value(std::int64_t id, int depth) {
    if (depth > deepest)
        throw Error(orch::Kind::invalid, "values are nested more than {} deep", deepest);
    if (nodes_left_ == 0)
        throw Error(orch::Kind::invalid, "a value has more than {} parts", most_nodes);
    --nodes_left_;
    switch (id) {
    case boolean:
        return {.held = number() != 0};
    case signed_integer:
        return {.held = signed_number()};
    case unsigned_integer:
        return {.held = number()};
    case floating:
        return {.held = float_of(number())};
    case bytes:
    case gob::text:
        return {.held = string()};
    case interface:
        return in_interface(depth);
    default:
        break;
    }
    const auto& type = type_of(id);
    if (type.kind == Kind::structure)
        return structure(type, depth);
    return type.kind == Kind::list ? list(type, depth) : map(type, depth);
}

Value Reader::structure(const Type& type, int depth) {
    Fields fields;
    std::uint64_t place = 0; // of the last field, counted from 1
    while (const auto step = number()) {
        if (step > type.members.size() - place)
            throw Error(orch::Kind::invalid, "{} has no field {} further on", type.name, step);
        place += step;
        const auto& member = type.members[place - 1];
        fields.push_back({member.name, value(member.type, depth + 1)});
    }
    return {.held = std::move(fields)};
}

Value Reader::list(const Type& type, int depth) {
    List items;
    const auto size = count(1);
    for (std::size_t i = 0; i < size; ++i)
        items.push_back(value(type.element, depth + 1));
    return {.held = std::move(items)};
}

Value Reader::map(const Type& type, int depth) {
    if (type.key != gob::text)
        throw Error(orch::Kind::invalid, "a map whose keys are no text");
    Fields entries;
    const auto size = count(2);
    for (std::size_t i = 0; i < size; ++i) {
        auto key = string();
        entries.push_back({std::move(key), value(type.element, depth + 1)});
    }
    return {.held = std::move(entries)};
}

/// NAME TYPE [DEFINITION LENGTH TYPE]... LENGTH VALUE; no name is nil.
Value Reader::in_interface(int depth) {
    auto name = string();
    if (name.empty())
        return {};
    const auto id = type_after_definitions();
    std::ignore = number(); // the length
    auto value = whole(id, depth + 1);
    value.type = std::move(name);
    return value;
}

} // namespace orch::drivers::plugin::gob
