// Progress of which not everything is shown.
#pragma once

#include "lib/progress/sink.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace orch::cmd::ui {

class FilteredProgress : public progress::Sink {
  public:
    using Wanted = std::function<bool(const progress::Event&)>;

    FilteredProgress(std::unique_ptr<progress::Sink> inner, Wanted wanted)
        : inner_(std::move(inner)), wanted_(std::move(wanted)) {}

    void emit(const progress::Event& event) override {
        if (wanted_(event))
            inner_->emit(event);
    }

  private:
    std::unique_ptr<progress::Sink> inner_;
    Wanted wanted_;
};

} // namespace orch::cmd::ui
