// Leaves members out of a tar archive while it passes by; nothing of it is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace orch::archive {

class TarSieve {
  public:
    using Keep = std::function<bool(std::string_view name)>;
    using Out = std::function<bool(std::string_view bytes)>;

    /// `keep` is asked for each member by its name as written; `out` takes what stays, false: no
    /// more of it.
    TarSieve(Keep keep, Out out) : keep_(std::move(keep)), out_(std::move(out)) {}

    /// The next bytes, cut anywhere. False as soon as `out` returned false. Throws Error(invalid)
    /// for what is no tar archive.
    bool feed(std::string_view bytes);

  private:
    bool take_header();
    void read_extension();

    Keep keep_;
    Out out_;
    std::string header_;      // as much of the current one as has come
    std::uint64_t left_ = 0;  // of the current member, with its padding
    char extension_ = 0;      // its kind, while the member is one: it is about the next member
    std::string about_next_;  // extensions that stay or go with it, headers and all
    std::size_t records_ = 0; // where the current one's text begins in it
    std::string long_name_;   // of the next member
    std::uint64_t long_size_ = 0;
    bool keeping_ = true;
};

} // namespace orch::archive
