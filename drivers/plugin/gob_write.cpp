#include "drivers/plugin/gob.hpp"

namespace orch::drivers::plugin::gob {

namespace {

/// Which member of the struct wireType holds the definition of a kind, counted from 1.
std::uint64_t place_of(Type::Kind kind) {
    switch (kind) {
    case Type::Kind::list:
        return 2;
    case Type::Kind::structure:
        return 3;
    case Type::Kind::map:
        return 4;
    }
    return 0;
}

/// Name and number, as every definition begins. An empty name is a zero field: it is left out.
void put_common(std::string& to, std::int64_t id, const std::string& name) {
    put_unsigned(to, name.empty() ? 2 : 1);
    if (!name.empty()) {
        put_text(to, name);
        put_unsigned(to, 1);
    }
    put_signed(to, id);
    put_unsigned(to, 0);
}

void put_members(std::string& to, const std::vector<Type::Member>& members) {
    if (members.empty())
        return;
    put_unsigned(to, 1);
    put_unsigned(to, members.size());
    for (const auto& member : members)
        put_common(to, member.type, member.name);
}

} // namespace

void put_unsigned(std::string& to, std::uint64_t number) {
    if (number < 128) {
        to += static_cast<char>(number);
        return;
    }
    std::string bytes;
    for (auto rest = number; rest != 0; rest >>= 8)
        bytes.insert(bytes.begin(), static_cast<char>(rest & 0xff));
    to += static_cast<char>(0x100 - bytes.size()); // the number of bytes, negated
    to += bytes;
}

void put_signed(std::string& to, std::int64_t number) {
    const auto bits = static_cast<std::uint64_t>(number);
    put_unsigned(to, number < 0 ? (~bits << 1) | 1 : bits << 1);
}

void put_text(std::string& to, std::string_view text) {
    put_unsigned(to, text.size());
    to += text;
}

std::string message(std::string_view body) {
    std::string bytes;
    put_text(bytes, body);
    return bytes;
}

std::string definition(std::int64_t id, const Type& type) {
    std::string body;
    put_signed(body, -id);
    put_unsigned(body, place_of(type.kind));
    put_unsigned(body, 1);
    put_common(body, id, type.name);
    if (type.kind == Type::Kind::structure)
        put_members(body, type.members);
    if (type.kind == Type::Kind::map) {
        put_unsigned(body, 1);
        put_signed(body, type.key);
    }
    if (type.kind != Type::Kind::structure) {
        put_unsigned(body, 1);
        put_signed(body, type.element);
    }
    put_unsigned(body, 0);
    put_unsigned(body, 0);
    return message(body);
}

std::string plain_message(std::int64_t id, std::string_view value) {
    std::string body;
    put_signed(body, id);
    put_unsigned(body, 0);
    body += value;
    return message(body);
}

} // namespace orch::drivers::plugin::gob
