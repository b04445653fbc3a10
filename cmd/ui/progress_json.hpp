// Progress for programs: one JSON object per line. Empty fields are left out.
#pragma once

#include "cmd/ui/console.hpp"
#include "lib/progress/sink.hpp"

namespace orch::cmd::ui {

class JsonProgress : public progress::Sink {
  public:
    explicit JsonProgress(Console& console) : console_(console) {}

    void emit(const progress::Event& event) override;

  private:
    Console& console_;
};

} // namespace orch::cmd::ui
