// Carries out the calls of a plan that are about services.
#pragma once

#include "compose/plan.hpp"
#include "compose/provide_image.hpp"
#include "compose/swarm/convergence.hpp"
#include "lib/engine/engine.hpp"
#include "lib/progress/sink.hpp"

#include <stop_token>
#include <string>

namespace orch::compose::swarm {

class ServiceCaller {
  public:
    ServiceCaller(
        std::string project,
        engine::Engine& engine,
        RegistryAuth auth,
        Convergence convergence,
        progress::Sink& progress
    )
        : project_(std::move(project)), engine_(engine), auth_(std::move(auth)),
          convergence_(std::move(convergence)), progress_(progress) {}

    // Any thread. They throw what the engine answers; `subject` is what people know it by.

    void carry_out(const CreateNetwork& call, const std::string& subject, const std::stop_token&);
    void carry_out(const LabelNode& call, const std::string& subject, const std::stop_token&);
    void carry_out(const MakeFolders& call, const std::string& subject, const std::stop_token&);
    void carry_out(const CreateService& call, const std::string& subject, const std::stop_token&);
    void carry_out(const UpdateService& call, const std::string& subject, const std::stop_token&);
    void carry_out(const ScaleService& call, const std::string& subject, const std::stop_token&);
    void carry_out(const RestartService& call, const std::string& subject, const std::stop_token&);
    void carry_out(const AwaitService& call, const std::string& subject, const std::stop_token&);
    void carry_out(const RemoveService& call, const std::string& subject, const std::stop_token&);
    void carry_out(const RemoveNodeVolume&, const std::string& subject, const std::stop_token&);

    /// Tries for a while: what was connected to it goes away after its service.
    void remove_network(const RemoveNetwork& call, const std::stop_token& stop);

  private:
    [[nodiscard]] std::string auth_for(const std::string& image) const;
    void warn(const std::string& subject, const std::vector<std::string>& warnings);
    [[nodiscard]] tasks::Clock& clock() const;
    void await_end(const std::string& id, int remaining, const std::stop_token& stop);

    std::string project_;
    engine::Engine& engine_;
    RegistryAuth auth_;
    Convergence convergence_;
    progress::Sink& progress_;
};

} // namespace orch::compose::swarm
