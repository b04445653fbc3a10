// Progress that says nothing unless something fails.
#pragma once

#include "cmd/ui/console.hpp"
#include "lib/progress/sink.hpp"

namespace orch::cmd::ui {

class QuietProgress : public progress::Sink {
  public:
    explicit QuietProgress(Console& console) : console_(console) {}

    void emit(const progress::Event& event) override;

  private:
    Console& console_;
};

} // namespace orch::cmd::ui
