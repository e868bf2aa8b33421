package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Peer;
import io.paddock.keeper.peer.Description;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the other nodes said last, and what they promised. Times are the keeper's own, from before it asked.
 *
 * @param peers what decisions need of that
 * @param leases who gave this node its word, itself included, and when it was asked for that
 * @param outdated what a node was asked at that time, or before, does not count
 * @param forgottenAt what was promised before does not count
 */
public record Heard(
        Map<String, Description> said,
        Map<String, Peer> peers,
        Map<String, Duration> leases,
        Map<String, Duration> outdated,
        Duration forgottenAt) {

    static final Heard NOTHING = new Heard(Map.of(), Map.of(), Map.of(), Map.of(), Duration.ZERO);

    public Heard {
        said = Map.copyOf(said);
        peers = Map.copyOf(peers);
        leases = Map.copyOf(leases);
        outdated = Map.copyOf(outdated);
    }

    Heard answered(String node, Description description, Duration askedAt) {
        if (isOutdated(node, askedAt)) {
            return this;
        }
        Heard next = new Heard(
                with(said, node, description),
                with(peers, node, description.at(askedAt)),
                leases,
                outdated,
                forgottenAt);
        return description.given() && askedAt.compareTo(forgottenAt) > 0 ? next.leased(node, askedAt) : next;
    }

    private boolean isOutdated(String node, Duration askedAt) {
        return Optional.ofNullable(outdated.get(node))
                .filter(at -> askedAt.compareTo(at) <= 0)
                .isPresent();
    }

    /** Whether a node says something else than it did before. */
    boolean isNews(String node, Description now, Duration askedAt) {
        if (isOutdated(node, askedAt)) {
            return false;
        }
        Description before = said.get(node);
        return before == null
                || before.postgres() != now.postgres()
                || before.given() != now.given()
                || before.canLead() != now.canLead()
                || before.streams() != now.streams()
                || before.joins() != now.joins()
                || !before.lineage().equals(now.lineage())
                || !before.members().equals(now.members());
    }

    /** A word, which an older answer that comes late does not shorten. */
    Heard leased(String node, Duration askedAt) {
        Duration before = leases.getOrDefault(node, askedAt);
        Duration newest = before.compareTo(askedAt) > 0 ? before : askedAt;
        return new Heard(said, peers, with(leases, node, newest), outdated, forgottenAt);
    }

    /** Forgets a node's answers to questions from before now. */
    Heard without(String node, Duration now) {
        return new Heard(without(said, node), without(peers, node), leases, with(outdated, node, now), forgottenAt);
    }

    /** Forgets promises to a candidate or primary that this node is no more. */
    Heard withoutLeases(Duration now) {
        return new Heard(said, peers, Map.of(), outdated, now);
    }

    /** The last answer of a node, if that is not older than the given time. */
    public Optional<Description> since(String node, Duration time) {
        Peer peer = peers.get(node);
        return peer == null || peer.heardAt().compareTo(time) < 0
                ? Optional.empty()
                : Optional.ofNullable(said.get(node));
    }

    private static <V> Map<String, V> with(Map<String, V> map, String key, V value) {
        Map<String, V> next = new HashMap<>(map);
        next.put(key, value);
        return next;
    }

    private static <V> Map<String, V> without(Map<String, V> map, String key) {
        Map<String, V> next = new HashMap<>(map);
        next.remove(key);
        return next;
    }
}
