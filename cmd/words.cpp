#include "cmd/words.hpp"

#include "cmd/verb.hpp"

namespace orch::cmd {

namespace {

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

} // namespace

Walker::Walker(CLI::App& root, Session& session) : session_(session), app_(&root) {
    grow(root, session);
}

void Walker::feed(const std::string& word) {
    if (lost_)
        return;
    if (literal_ || awaiting_ != nullptr) {
        positionals_ += awaiting_ == nullptr ? 1 : 0;
        awaiting_ = nullptr;
        words_.push_back(word);
    } else if (word == "--") {
        literal_ = true;
        words_.push_back(word);
    } else if (word.size() > 1 && word.front() == '-') {
        option(word);
    } else {
        plain(word);
    }
}

void Walker::plain(const std::string& word) {
    if (auto* const next = find_verb(*app_, word); next != nullptr) {
        app_ = next;
        grow(*app_, session_);
        words_.push_back(word);
        return;
    }
    if (is_group(*app_)) {
        lost_ = true;
        strange_ = strange_.empty() ? word : strange_;
    }
    if (app_->get_prefix_command()) {
        words_.emplace_back("--");
        literal_ = true;
    }
    ++positionals_;
    words_.push_back(word);
}

void Walker::option(const std::string& word) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const auto spelling = in_machine_group(*app_) ? go_spelling(name) : name;
    const auto* const found = find(spelling);
    if (found == nullptr && word[1] != '-')
        return cluster(word);
    if (found == nullptr) {
        strange_ = strange_.empty() ? word : strange_;
        words_.push_back(word);
        return;
    }
    const auto value = equals == std::string::npos ? "" : word.substr(equals + 1);
    take(*found, spelling, equals == std::string::npos ? nullptr : &value);
}

/// "-abVALUE": flags up to the first option that takes a value. The first letter that is unknown
/// goes on as it is, for CLI11 to complain about.
void Walker::cluster(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
        const std::string spelling{'-', word[i]};
        const auto* const found = find(spelling);
        auto rest = word.substr(i + 1);
        if (found == nullptr) {
            strange_ = strange_.empty() ? word : strange_;
            words_.push_back("-" + word.substr(i));
            return;
        }
        if (is_flag(*found) && !rest.starts_with('=')) {
            take(*found, spelling, nullptr);
            continue;
        }
        const auto value = rest.starts_with('=') ? rest.substr(1) : rest;
        take(*found, spelling, rest.empty() ? nullptr : &value);
        return;
    }
}

void Walker::take(
    const CLI::Option& option, const std::string& spelling, const std::string* value
) {
    if (is_flag(option)) {
        const auto& longs = option.get_lnames();
        if (value == nullptr || longs.empty())
            words_.push_back(spelling);
        else
            words_.push_back("--" + longs.front() + "=" + *value);
        return;
    }
    words_.push_back(spelling);
    if (value == nullptr)
        awaiting_ = &option;
    else
        words_.push_back(*value);
}

std::string Walker::go_spelling(const std::string& name) const {
    const auto bare = name.substr(name.find_first_not_of('-') == 2 ? 2 : 1);
    auto other = (bare.size() == 1 ? "-" : "--") + bare;
    return find(other) != nullptr ? other : name;
}

const CLI::Option* Walker::find(const std::string& spelling) const {
    for (const auto* app = app_; app != nullptr; app = app->get_parent())
        if (const auto* const option = app->get_option_no_throw(spelling); option != nullptr)
            return option;
    return nullptr;
}

const CLI::Option* Walker::positional() const {
    std::size_t index = 0;
    for (const auto* const option :
         app_->get_options([](const CLI::Option* any) { return any->get_positional(); })) {
        if (option->get_items_expected_max() > 1 || index == positionals_)
            return option;
        ++index;
    }
    return nullptr;
}

} // namespace orch::cmd
