package io.paddock.keeper.decision;

import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The word that a node gives: at most one other, or itself, has it at a time. A keeper that has just started does not know whom its
 * predecessor gave it to, so it gives it to nobody until that lease must be over.
 */
public final class Word {

    private final Duration startedAt;
    private final Timing timing;
    private final Optional<Given> last;
    private final Map<String, Stamp> givenBack;

    /** @param startedAt of the keeper */
    public Word(Duration startedAt, Timing timing) {
        this(startedAt, timing, Optional.empty(), Map.of());
    }

    private Word(Duration startedAt, Timing timing, Optional<Given> last, Map<String, Stamp> givenBack) {
        this.startedAt = startedAt;
        this.timing = timing;
        this.last = last;
        this.givenBack = Map.copyOf(givenBack);
    }

    /** Whether what the keeper's predecessor may have given must be over. */
    public boolean canBeGiven(Duration now) {
        return now.minus(startedAt).compareTo(timing.lease()) >= 0;
    }

    private record Given(String node, Stamp stamp, Duration at) {}

    /**
     * Which of two requests was sent first, if one keeper sent both.
     *
     * @param life of the keeper: another one after each start
     */
    public record Stamp(String life, long number) {

        private boolean isAfter(Stamp other) {
            return life.equals(other.life) && number > other.number;
        }

        private boolean isNotAfter(Stamp other) {
            return life.equals(other.life) && number <= other.number;
        }
    }

    /**
     * A request for a node's word.
     *
     * @param isPrimary whether the asking node renews it as the primary; otherwise it wants to become that
     * @param isPatient whether a candidate still waits for nodes that are ahead of it
     * @param isLastPrimary whether a candidate has the data of the last promotion, though it may not know how far its log goes
     * @param founds whether it founds the cluster, so that who has no data never had any
     */
    public record Request(
            String node,
            Stamp stamp,
            Position position,
            boolean isPrimary,
            boolean isPatient,
            boolean isLastPrimary,
            boolean founds) {}

    /**
     * A node whose PostgreSQL is certainly not running as the primary any more gives the word back, so that nobody has to wait for the end
     * of its lease. Requests that it sent before may still be on their way: they come too late.
     */
    public Word givenBack(String node, Stamp stamp) {
        Map<String, Stamp> stamps = new HashMap<>(givenBack);
        stamps.put(node, stamp);
        return new Word(
                startedAt,
                timing,
                last.filter(given -> !given.node().equals(node) || given.stamp().isAfter(stamp)),
                stamps);
    }

    /** An answer, and the word after it. */
    public record Granting(Word word, Answer answer) {}

    /** @param reason why not, or that it is given */
    public record Answer(boolean given, String reason) {}

    /**
     * @param own what the asked node has
     * @param now when the request arrived
     * @param synchronous whether commits wait for a standby
     */
    public Granting ask(Request request, Local own, Duration now, boolean synchronous) {
        return refusal(request, own, now, synchronous)
                .map(reason -> new Granting(this, new Answer(false, reason)))
                .orElseGet(() -> new Granting(
                        new Word(
                                startedAt,
                                timing,
                                Optional.of(new Given(request.node(), request.stamp(), now)),
                                givenBack),
                        new Answer(true, "given")));
    }

    private Optional<String> refusal(Request request, Local own, Duration now, boolean synchronous) {
        // Nobody has more than the last primary, and who has forgotten nothing but its copy of the data knows that
        // there was no later one.
        boolean mayTell = own.postgres().isWhole()
                || request.founds()
                || own.postgres() == Postgres.UNFINISHED
                        && (request.isPrimary()
                                || request.isLastPrimary()
                                        && own.position().promotion()
                                                <= request.position().promotion());
        if (!mayTell) {
            return Optional.of("has no data, and can't tell who has the newest");
        }
        if (!canBeGiven(now)) {
            return Optional.of("just started, and does not know whom it gave its word before");
        }
        if (Optional.ofNullable(givenBack.get(request.node()))
                .filter(request.stamp()::isNotAfter)
                .isPresent()) {
            return Optional.of("was asked before its word was given back");
        }
        Optional<Given> other = last.filter(given -> !given.node().equals(request.node()))
                .filter(given -> now.minus(given.at()).compareTo(timing.lease()) < 0);
        if (other.isPresent()) {
            return Optional.of("gave its word to " + other.get().node());
        }
        Optional<String> living = own.upstream()
                .filter(upstream ->
                        !request.isPrimary() && !upstream.equals(request.node()) && own.hears(upstream, now, timing));
        if (living.isPresent()) {
            // Keeper and leash of the primary may be frozen, and nothing stops it then: as long as it lives there is no
            // other.
            return Optional.of("still hears the PostgreSQL of " + living.get());
        }
        boolean wentFurther = own.position().promotion() > request.position().promotion();
        // What it has may have been acknowledged on its word alone, and it can take over itself.
        boolean isPatient = request.isPatient() || synchronous && own.postgres() == Postgres.STANDBY && own.canLead();
        if (!request.isPrimary()
                && isPatient
                && (!request.isLastPrimary() || wentFurther)
                && own.position().isAheadOf(request.position())) {
            return Optional.of("is ahead: " + own.position() + " against " + request.position());
        }
        return Optional.empty();
    }
}
