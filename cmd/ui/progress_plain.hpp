// Progress for pipes and logs: one line per change, nothing is ever rewritten.
#pragma once

#include "cmd/ui/progress.hpp"

#include <map>
#include <mutex>
#include <string>

namespace orch::cmd::ui {

class PlainProgress : public progress::Sink {
  public:
    PlainProgress(Console& console, const ProgressStyle& style)
        : console_(console), style_(style) {}

    void emit(const progress::Event& event) override;

  private:
    /// What was said last about one id; a line is not repeated because an amount grew.
    struct Said {
        progress::Status status = progress::Status::working;
        std::string text;
    };

    std::string machine_lines(const progress::Event& event);
    std::string compose_lines(const progress::Event& event);
    bool is_news(const progress::Event& event);

    Console& console_;
    const ProgressStyle style_;
    std::mutex mutex_;                 // guards everything below
    std::map<std::string, Said> said_; // by id
    std::size_t widest_ = 0;           // "Creating p_web_1"; docker-compose aligns the dots
};

} // namespace orch::cmd::ui
