// The part of Go's gob encoding that driver plugins speak: types are defined in the stream before
// their first use and read as what they say they are, so plugins of any Go version are understood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orch::drivers::plugin::gob {

struct Value;
struct Field;
using List = std::vector<Value>;
using Fields =
    std::vector<Field>; // of a struct, without those that are zero; of a map, its entries

/// Anything that was read. Bytes and text are both a string; nothing is an interface that is nil.
struct Value {
    std::string
        type{}; // name of the concrete type of what stood in an interface: "*mcnflag.IntFlag"
    std::variant<
        std::monostate,
        bool,
        std::int64_t,
        std::uint64_t,
        double,
        std::string,
        List,
        Fields>
        held;

    /// The field or entry of that name; null if it was left out, or if this has none.
    [[nodiscard]] const Value* find(std::string_view name) const;

    /// Throw Error(invalid) if it is something else. `what` names it: "the answer to GetURL".
    [[nodiscard]] const std::string& text(std::string_view what) const;
    [[nodiscard]] std::int64_t integer(std::string_view what) const;
    [[nodiscard]] const List& list(std::string_view what) const;
};

struct Field {
    std::string name;
    Value value;
};

/// Where the bytes come from.
class Source {
  public:
    virtual ~Source() = default;

    /// Waits for bytes; 0 at the end. What it throws passes through the reader.
    virtual std::size_t read(std::span<char> buffer) = 0;
};

/// How a type is put together; what its elements are is said by number.
struct Type {
    enum class Kind { structure, list, map } kind = Kind::structure;
    std::string name;

    struct Member {
        std::string name;
        std::int64_t type;
    };

    std::vector<Member> members{}; // of a struct
    std::int64_t element = 0;      // of a list or map
    std::int64_t key = 0;          // of a map
};

/// Numbers of the types that need no definition.
enum Builtin : std::int64_t {
    boolean = 1,
    signed_integer = 2,
    unsigned_integer = 3,
    floating = 4,
    bytes = 5,
    text = 6,
    interface = 8,
    wire_type = 16,
};

/// Reads one direction of a stream. What is read is bounded in length, number and depth before
/// memory is taken for it. After an error there is no use in reading on.
class Reader {
  public:
    explicit Reader(Source& source);

    /// The next value, or nothing where the stream ends between two. Throws Error(invalid) that
    /// says what is wrong with the bytes.
    std::optional<Value> next();

  private:
    bool fill();
    std::uint8_t byte();
    std::uint64_t number();
    std::int64_t signed_number();
    std::string string();
    std::size_t count(std::size_t least_size);
    std::int64_t type_after_definitions();
    void define(std::int64_t id);
    const Type& type_of(std::int64_t id) const;

    Value whole(std::int64_t id, int depth);
    Value value(std::int64_t id, int depth);
    Value structure(const Type& type, int depth);
    Value list(const Type& type, int depth);
    Value map(const Type& type, int depth);
    Value in_interface(int depth);

    Source& source_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0; // of what is not read yet, in buffer_
    std::size_t end_ = 0;
    std::size_t bytes_left_ = 0; // of what one value may take
    std::size_t nodes_left_ = 0;
    std::map<std::int64_t, Type> types_;
};

// Writing: each function appends to `to`.

void put_unsigned(std::string& to, std::uint64_t number);
void put_signed(std::string& to, std::int64_t number);
void put_text(std::string& to, std::string_view text);

/// A message: the body behind its length.
std::string message(std::string_view body);

/// The message that defines a type.
std::string definition(std::int64_t id, const Type& type);

/// The message of one value of a type that is no struct: text, bytes and the like, `value` encoded.
std::string plain_message(std::int64_t id, std::string_view value);

} // namespace orch::drivers::plugin::gob
