// What a plugin answers: any bytes are values or refused with a reason, the same whether they come
// at once or one by one.
#include "drivers/plugin/flags.hpp"
#include "drivers/plugin/gob.hpp"
#include "lib/base/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace gob = orch::drivers::plugin::gob;

namespace {

class Pieces : public gob::Source {
  public:
    Pieces(std::string_view text, std::size_t size) : text_(text), size_(size) {}

    std::size_t read(std::span<char> buffer) override {
        const auto size = std::min({size_, buffer.size(), text_.size()});
        std::copy_n(text_.data(), size, buffer.data());
        text_.remove_prefix(size);
        return size;
    }

  private:
    std::string_view text_;
    std::size_t size_;
};

std::size_t weight(const gob::Value& value) {
    std::size_t sum = 1 + value.type.size();
    if (const auto* const text = std::get_if<std::string>(&value.held))
        sum += text->size();
    if (const auto* const list = std::get_if<gob::List>(&value.held))
        for (const auto& item : *list)
            sum += weight(item);
    if (const auto* const fields = std::get_if<gob::Fields>(&value.held))
        for (const auto& field : *fields)
            sum += field.name.size() + weight(field.value);
    return sum;
}

/// What became of the stream, in short.
std::string read_all(std::string_view text, std::size_t piece) {
    Pieces source(text, piece);
    gob::Reader reader(source);
    std::size_t sum = 0;
    try {
        while (const auto value = reader.next()) {
            sum += weight(*value);
            static_cast<void>(orch::drivers::plugin::options_from(*value));
        }
    } catch (const orch::Error& error) {
        if (error.kind() != orch::Kind::invalid)
            std::abort();
        return error.message();
    }
    return std::to_string(sum);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (read_all(text, 1) != read_all(text, size))
        std::abort();
    return 0;
}
