#include "compose/placement/placement.hpp"

#include "compose/placement/judge.hpp"
#include "compose/placement/ports.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace orch::compose::placement {

namespace {

constexpr const char* number_label = "com.docker.compose.container-number";

/// A wish on its way to a place.
struct Seat {
    NodeSet hard; // nodes that meet what is required
    NodeSet soft; // and what is wished for
    std::vector<Judgement> judgements{};
    std::set<std::size_t> apart{}; // wishes whose nodes it must not use
    bool anchored = false;         // its nodes are chosen here, not by the engine
    NodeSet chosen{};              // of an anchored one
};

class Placer {
  public:
    Placer(const std::string& project, const std::vector<Wish>& wishes, const Cluster& cluster)
        : project_(project), wishes_(wishes), cluster_(cluster), judge_(project, cluster),
          seats_(wishes.size()), roots_(wishes.size()) {
        std::iota(roots_.begin(), roots_.end(), std::size_t{0});
        for (const auto& wish : wishes)
            result_.places.push_back({.service = wish.service});
    }

    Placement run() {
        if (cluster_.empty())
            throw Error(Kind::invalid, "No nodes available in the cluster")
                .hint("which nodes are there, and are they ready: orch machine swarm ps");
        for (std::size_t i = 0; i < wishes_.size(); ++i)
            judge(i);
        for (std::size_t i = 0; i < wishes_.size(); ++i)
            tie(i);
        for (std::size_t i = 0; i < wishes_.size(); ++i)
            if (root(i) == i)
                anchor(i);
        for (std::size_t i = 0; i < wishes_.size(); ++i)
            finish(i);
        return std::move(result_);
    }

  private:
    // What one service asks of nodes, whatever the others do.

    void judge(std::size_t i) {
        const auto& hints = wishes_[i].hints;
        auto& seat = seats_[i];
        for (const auto& names : hints.whitelists)
            seat.judgements.push_back(judge_.whitelist(names));
        for (const auto& affinity : hints.affinities)
            if (!concerns_project(i, affinity))
                seat.judgements.push_back(judge_.affinity(affinity));
        for (const auto& constraint : hints.constraints)
            seat.judgements.push_back(judge_.constraint(constraint));
        seat.hard = NodeSet(cluster_.size(), true);
        for (const auto& judgement : seat.judgements)
            if (!judgement.soft)
                narrow(i, judgement);
        seat.soft = seat.hard;
        for (const auto& judgement : seat.judgements)
            if (judgement.soft)
                seat.soft = both(seat.soft, judgement.nodes);
        if (count(seat.soft) == 0)
            drop_soft_ones(i);
        for (const auto& judgement : seat.judgements)
            rule(i, judgement.text, judgement.nodes);
    }

    void narrow(std::size_t i, const Judgement& judgement) {
        auto& seat = seats_[i];
        if (!judgement.warning.empty())
            result_.warnings.push_back(wishes_[i].service + ": " + judgement.warning);
        const auto rest = both(seat.hard, judgement.nodes);
        if (count(rest) == 0)
            throw nowhere_for(i, judgement);
        seat.hard = rest;
    }

    /// All together, as the standalone swarm does.
    void drop_soft_ones(std::size_t i) {
        auto& seat = seats_[i];
        seat.soft = seat.hard;
        for (const auto& judgement : seat.judgements) {
            if (!judgement.soft)
                continue;
            result_.places[i].rulings.push_back({.expression = judgement.text, .dropped = true});
            result_.warnings.push_back(fmt::format(
                "{}: no node meets {}, so it is left out", wishes_[i].service, judgement.text
            ));
        }
        std::erase_if(seat.judgements, [](const Judgement& judgement) { return judgement.soft; });
    }

    void rule(std::size_t i, const std::string& text, const NodeSet& nodes) {
        Ruling ruling{.expression = text};
        for (std::size_t n = 0; n < cluster_.size(); ++n)
            if (!nodes[n])
                ruling.out.push_back(cluster_[n].name);
        result_.places[i].rulings.push_back(std::move(ruling));
    }

    // What services ask of each other.

    [[nodiscard]] std::vector<std::string>
    values_of_wish(std::size_t i, const std::string& key) const {
        const auto& wish = wishes_[i];
        if (key == "container") {
            std::vector<std::string> names;
            for (int number = 1; number <= std::max(wish.replicas, 1); ++number)
                names.push_back(fmt::format("{}_{}_{}", project_, wish.service, number));
            return names;
        }
        const auto label = wish.labels.find(key);
        return label == wish.labels.end() ? std::vector<std::string>{} : std::vector{label->second};
    }

    /// The wishes whose containers an affinity is about.
    [[nodiscard]] std::vector<std::size_t> found_by(const Expression& affinity) const {
        std::vector<std::size_t> found;
        if (affinity.key != "image")
            for (std::size_t i = 0; i < wishes_.size(); ++i)
                if (affinity.found_in(values_of_wish(i, affinity.key)))
                    found.push_back(i);
        return found;
    }

    [[nodiscard]] bool concerns_project(std::size_t i, const Expression& affinity) const {
        if (affinity.key == number_label)
            throw Error(
                Kind::unsupported,
                "Service \"{}\": affinity:{}: the tasks of a service have no such number",
                wishes_[i].service,
                affinity.text
            )
                .hint("name a service: affinity:com.docker.compose.service==NAME");
        return !found_by(affinity).empty();
    }

    void tie(std::size_t i) {
        if (wishes_[i].one_node)
            unite(i, i);
        for (std::size_t other = 0; other < i; ++other)
            if (shared_port(wishes_[i], wishes_[other]))
                part(other, i);
        for (const auto& other : wishes_[i].with)
            if (const auto index = index_of(other); index < wishes_.size())
                unite(i, index);
        for (const auto& affinity : wishes_[i].hints.affinities) {
            const auto found = found_by(affinity);
            if (affinity.negated)
                keep_apart(i, affinity, found);
            else if (!found.empty())
                bring_together(i, affinity, found);
        }
    }

    void bring_together(
        std::size_t i, const Expression& affinity, const std::vector<std::size_t>& found
    ) {
        const auto other =
            std::find_if(found.begin(), found.end(), [i](std::size_t index) { return index != i; });
        const auto with = other == found.end() ? i : *other;
        if (affinity.soft && count(both(seats_[root(i)].hard, seats_[root(with)].hard)) == 0) {
            result_.warnings.push_back(fmt::format(
                "{}: no node meets affinity:{}, so it is left out",
                wishes_[i].service,
                affinity.text
            ));
            return;
        }
        unite(i, with);
    }

    void
    keep_apart(std::size_t i, const Expression& affinity, const std::vector<std::size_t>& found) {
        for (const auto other : found) {
            if (affinity.soft)
                continue; // the engine spreads anyway
            if (other == i) {
                result_.places[i].max_replicas = 1;
                continue;
            }
            part(other, i);
        }
    }

    /// Where the other one goes is decided first.
    void part(std::size_t other, std::size_t i) {
        seats_[i].apart.insert(other);
        seats_[other].apart.insert(i);
        seats_[other].anchored = true;
    }

    [[nodiscard]] std::size_t index_of(const std::string& service) const {
        const auto found = std::find_if(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
            return wish.service == service;
        });
        return static_cast<std::size_t>(found - wishes_.begin());
    }

    [[nodiscard]] std::size_t root(std::size_t i) const {
        while (roots_[i] != i)
            i = roots_[i];
        return i;
    }

    /// The first of a group stands for it. One service united with itself stays on one node.
    void unite(std::size_t a, std::size_t b) {
        const auto first = std::min(root(a), root(b));
        const auto second = std::max(root(a), root(b));
        single_.insert(first);
        auto& seat = seats_[first];
        seat.anchored = true;
        if (first == second)
            return;
        roots_[second] = first;
        auto& joined = seats_[second];
        if (count(both(seat.hard, joined.hard)) == 0)
            throw Error(
                Kind::invalid,
                "Services \"{}\" and \"{}\" must share a node, and no node may run both",
                wishes_[a].service,
                wishes_[b].service
            )
                .detail(nodes_line(first))
                .detail(nodes_line(second));
        seat.hard = both(seat.hard, joined.hard);
        seat.soft = both(seat.soft, joined.soft);
        if (count(seat.soft) == 0)
            seat.soft = seat.hard;
    }

    [[nodiscard]] std::string nodes_line(std::size_t i) const {
        return fmt::format(
            "{} may run on: {}", wishes_[i].service, text::join(names_of(seats_[i].hard), ", ")
        );
    }

    [[nodiscard]] std::vector<std::string> names_of(const NodeSet& set) const {
        std::vector<std::string> names;
        for (std::size_t n = 0; n < cluster_.size(); ++n)
            if (set[n])
                names.push_back(cluster_[n].name);
        return names;
    }

    // Choosing nodes for those whose place others depend on.

    [[nodiscard]] std::vector<std::size_t> members_of(std::size_t first) const {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < wishes_.size(); ++i)
            if (root(i) == first)
                members.push_back(i);
        return members;
    }

    /// Groups that this one must not share a node with.
    [[nodiscard]] std::set<std::size_t> rivals_of(std::size_t first) const {
        std::set<std::size_t> rivals;
        for (const auto member : members_of(first))
            for (const auto other : seats_[member].apart)
                rivals.insert(root(other));
        return rivals;
    }

    [[nodiscard]] std::string group_key(std::size_t first) const {
        return fmt::format("orch.g.{}.{}", project_, wishes_[first].service);
    }

    void anchor(std::size_t first) {
        auto& seat = seats_[first];
        const auto members = members_of(first);
        seat.anchored = std::any_of(members.begin(), members.end(), [this](std::size_t member) {
            return seats_[member].anchored;
        });
        if (!seat.anchored)
            return;
        const auto rivals = rivals_of(first);
        if (rivals.contains(first))
            throw Error(
                Kind::invalid,
                "Service \"{}\" must both share a node with others of its group and avoid them",
                wishes_[first].service
            );
        auto candidates = free_nodes(seat.soft, rivals);
        if (candidates.empty())
            candidates = free_nodes(seat.hard, rivals);
        if (candidates.empty())
            throw nowhere_apart(first, rivals);
        order(first, rivals, candidates);
        const auto wanted = single_.contains(first)
                                ? std::size_t{1}
                                : static_cast<std::size_t>(std::max(wishes_[first].replicas, 1));
        choose(first, rivals, candidates, wanted);
    }

    [[nodiscard]] std::vector<std::size_t>
    free_nodes(const NodeSet& set, const std::set<std::size_t>& rivals) const {
        std::vector<std::size_t> nodes;
        for (std::size_t n = 0; n < cluster_.size(); ++n) {
            const bool taken = std::any_of(rivals.begin(), rivals.end(), [&](std::size_t rival) {
                return !seats_[rival].chosen.empty() && seats_[rival].chosen[n];
            });
            if (set[n] && !taken)
                nodes.push_back(n);
        }
        return nodes;
    }

    /// The id of the node that has something of the group already, or nothing.
    [[nodiscard]] std::string node_of(std::size_t first) const {
        for (const auto member : members_of(first))
            if (!wishes_[member].at.empty())
                return wishes_[member].at;
        return {};
    }

    /// Where it is already first, then the emptiest; what a rival has no choice about last.
    void order(
        std::size_t first, const std::set<std::size_t>& rivals, std::vector<std::size_t>& candidates
    ) const {
        const auto rank = [&](std::size_t n) {
            const bool needed = std::any_of(rivals.begin(), rivals.end(), [&](std::size_t rival) {
                return count(seats_[rival].hard) == 1 && seats_[rival].hard[n];
            });
            const bool here = cluster_[n].node_labels.contains(group_key(first)) ||
                              cluster_[n].id == node_of(first);
            return std::tuple(needed, !here, cluster_[n].containers.size(), cluster_[n].name);
        };
        std::sort(candidates.begin(), candidates.end(), [&](std::size_t a, std::size_t b) {
            return rank(a) < rank(b);
        });
    }

    void choose(
        std::size_t first,
        const std::set<std::size_t>& rivals,
        const std::vector<std::size_t>& candidates,
        std::size_t wanted
    ) {
        auto& chosen = seats_[first].chosen;
        chosen = NodeSet(cluster_.size(), false);
        for (const auto node : candidates) {
            if (count(chosen) == wanted)
                break;
            chosen[node] = true;
            const bool crowded_out =
                std::any_of(rivals.begin(), rivals.end(), [&](std::size_t rival) {
                    return free_nodes(seats_[rival].hard, {first}).empty();
                });
            if (crowded_out && count(chosen) > 1)
                chosen[node] = false;
        }
        for (std::size_t n = 0; n < cluster_.size(); ++n)
            if (chosen[n])
                result_.labels.push_back({cluster_[n].id, group_key(first)});
    }

    // What the engine is told.

    void finish(std::size_t i) {
        auto& place = result_.places[i];
        const auto first = root(i);
        auto nodes = seats_[first].soft;
        if (seats_[first].anchored) {
            nodes = seats_[first].chosen;
            place.constraints = {"node.labels." + group_key(first) + "==1"};
        } else {
            for (const auto& judgement : seats_[i].judgements)
                tell(judgement, place);
            nodes = stay_away(i, place, nodes);
        }
        place.nodes = names_of(nodes);
        check_room(i, place);
    }

    void tell(const Judgement& judgement, Place& place) {
        auto& to = judgement.soft ? place.at_first : place.constraints;
        to.insert(to.end(), judgement.constraints.begin(), judgement.constraints.end());
        result_.labels.insert(
            result_.labels.end(), judgement.labels.begin(), judgement.labels.end()
        );
    }

    NodeSet stay_away(std::size_t i, Place& place, NodeSet nodes) {
        const auto rivals = rivals_of(i);
        auto hard = seats_[i].hard;
        for (const auto rival : rivals) {
            place.constraints.push_back("node.labels." + group_key(rival) + "!=1");
            NodeSet others(cluster_.size());
            for (std::size_t n = 0; n < cluster_.size(); ++n)
                others[n] = !seats_[rival].chosen[n];
            hard = both(hard, others);
            nodes = both(nodes, others);
            rule(i, "apart from " + wishes_[rival].service, others);
        }
        if (count(hard) == 0)
            throw nowhere_apart(i, rivals);
        return count(nodes) == 0 ? hard : nodes;
    }

    void check_room(std::size_t i, const Place& place) const {
        const auto& wish = wishes_[i];
        const bool one_each = wish.one_per_node || place.max_replicas == 1;
        const auto room = place.nodes.size();
        if (!one_each || wish.replicas <= static_cast<int>(room))
            return;
        throw Error(
            Kind::invalid,
            "Service \"{}\" needs {} nodes, one for each task: {} of them can be placed, on {}",
            wish.service,
            wish.replicas,
            room,
            text::join(place.nodes, ", ")
        )
            .hint(
                "{}",
                wish.one_per_node
                    ? "tasks that publish the same port of their host cannot share one"
                    : "the affinity != to its own containers keeps its tasks apart"
            );
    }

    // Errors, in the words that people know.

    [[nodiscard]] Error nowhere_for(std::size_t i, const Judgement& last) const {
        Error error(
            Kind::invalid,
            "Service \"{}\": Unable to find a node that satisfies the following conditions: [{}]",
            wishes_[i].service,
            last.text
        );
        for (std::size_t n = 0; n < cluster_.size(); ++n)
            error.detail(fmt::format("{}: ruled out by {}", cluster_[n].name, culprit(i, n)));
        return std::move(error.hint("nodes and their labels: orch machine swarm ps"));
    }

    [[nodiscard]] std::string culprit(std::size_t i, std::size_t node) const {
        for (const auto& judgement : seats_[i].judgements)
            if (!judgement.soft && !judgement.nodes[node])
                return judgement.text;
        return "nothing";
    }

    [[nodiscard]] Error nowhere_apart(std::size_t i, const std::set<std::size_t>& rivals) const {
        std::vector<std::string> names;
        for (const auto rival : rivals)
            names.push_back(wishes_[rival].service);
        for (const auto rival : rivals)
            for (const auto a : members_of(root(i)))
                for (const auto b : members_of(rival))
                    if (shared_port(wishes_[a], wishes_[b]))
                        return std::move(
                            no_room_for_ports(wishes_[std::min(a, b)], wishes_[std::max(a, b)])
                                .detail(nodes_line(i))
                        );
        return std::move(Error(
                             Kind::invalid,
                             "Service \"{}\" must stay away from {}, and no other node may run it",
                             wishes_[i].service,
                             text::join(names, ", ")
        )
                             .detail(nodes_line(i)));
    }

    const std::string& project_;
    const std::vector<Wish>& wishes_;
    const Cluster& cluster_;
    Judge judge_;
    std::vector<Seat> seats_;
    std::vector<std::size_t> roots_; // union-find
    std::set<std::size_t> single_;   // roots of groups that get one node
    Placement result_;
};

} // namespace

Placement
place(const std::string& project, const std::vector<Wish>& wishes, const Cluster& cluster) {
    return Placer(project, wishes, cluster).run();
}

} // namespace orch::compose::placement
