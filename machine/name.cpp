#include "machine/name.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <cctype>

namespace orch::machine {

namespace {

constexpr std::size_t longest_label = 63; // RFC 1035
constexpr std::size_t longest_name = 253;

bool alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

} // namespace

void check_name(const std::string& name) {
    const bool legal = !name.empty() && alphanumeric(name.front()) &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                           return alphanumeric(c) || c == '.' || c == '-';
                       });
    if (!legal)
        throw Error(
            Kind::invalid, "Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -"
        )
            .hint(
                "\"{}\" cannot be the name of a machine; it must begin with a letter or digit", name
            );
    const auto labels = text::split(name, '.');
    const bool fits = name.size() <= longest_name &&
                      std::all_of(labels.begin(), labels.end(), [](const std::string& label) {
                          return label.size() <= longest_label;
                      });
    if (!fits)
        throw Error(Kind::invalid, "Invalid hostname specified. \"{}\" is too long", name)
            .hint("a host name has at most {} characters between dots", longest_label);
}

bool is_directory_name(const std::string& name) {
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos && name.size() <= 255;
}

} // namespace orch::machine
