package io.paddock.keeper;

import io.paddock.keeper.decision.Peer;
import io.paddock.keeper.peer.Description;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the other nodes said last, and what they promised. Times are the keeper's own, from before it asked. */
final class Peers {

    private final Map<String, Heard> heard = new HashMap<>();
    private final Map<String, Duration> leases = new HashMap<>();
    private final Set<String> asked = new HashSet<>();
    private final Set<String> again = new HashSet<>();
    private final Set<String> away = new HashSet<>();
    private final Map<String, Duration> outdated = new HashMap<>();

    private Duration forgottenAt = Duration.ZERO;

    private record Heard(Description description, Duration askedAt) {}

    /** @return false while an earlier question has no answer yet; then it is {@linkplain #isWantedAgain wanted again} */
    synchronized boolean ask(String node) {
        if (asked.add(node)) {
            return true;
        }
        again.add(node);
        return false;
    }

    /** Whether it should have been asked while an earlier question had no answer yet; that is forgotten by this. */
    synchronized boolean isWantedAgain(String node) {
        return again.remove(node);
    }

    synchronized void unanswered(String node) {
        asked.remove(node);
        away.add(node);
    }

    /** Whether it did not answer when it was asked last. */
    synchronized boolean isAway(String node) {
        return away.contains(node);
    }

    /** @return whether something is otherwise than it was said before */
    synchronized boolean answered(String node, Description description, Duration askedAt) {
        asked.remove(node);
        away.remove(node);
        if (askedAt.compareTo(outdated.getOrDefault(node, Duration.ofSeconds(-1))) <= 0) {
            return false;
        }
        Heard before = heard.put(node, new Heard(description, askedAt));
        if (description.given() && askedAt.compareTo(forgottenAt) > 0) {
            leases.merge(node, askedAt, (one, two) -> one.compareTo(two) > 0 ? one : two);
        }
        return before == null
                || before.description().postgres() != description.postgres()
                || before.description().given() != description.given()
                || before.description().canLead() != description.canLead()
                || before.description().streams() != description.streams()
                || before.description().joins() != description.joins()
                || !before.description().lineage().equals(description.lineage())
                || !before.description().members().equals(description.members());
    }

    /** What it was asked before does not count any more. */
    synchronized void forget(String node, Duration now) {
        heard.remove(node);
        outdated.put(node, now);
    }

    synchronized void lease(String node, Duration askedAt) {
        leases.put(node, askedAt);
    }

    synchronized Map<String, Duration> leases() {
        return Map.copyOf(leases);
    }

    /** What others promised to a candidate or primary that this node is no more. */
    synchronized void forgetLeases(Duration now) {
        forgottenAt = now;
        leases.clear();
    }

    synchronized Map<String, Peer> forDecision() {
        Map<String, Peer> peers = new HashMap<>();
        heard.forEach((node, said) -> peers.put(node, said.description().at(said.askedAt())));
        return peers;
    }

    /** What a node said, if that is not older than the given time. */
    synchronized Optional<Description> since(String node, Duration time) {
        return Optional.ofNullable(heard.get(node))
                .filter(said -> said.askedAt().compareTo(time) >= 0)
                .map(Heard::description);
    }
}
