package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Promotion;
import io.paddock.keeper.decision.Timing;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The lock's servers: one on each voter of a cluster of several. They answer whoever reaches a majority of them, and begin when all of a new cluster's
 * voters know that they are.
 */
final class SimulatedLock {

    private static final long SESSION_TTL = 20_000;

    private final Timing timing;
    private Set<String> servers;
    private boolean haveBegun;
    private Optional<Members> voters;
    private String holder = "";
    private long renewed;
    private long delayUntil;
    private Promotion promotion;

    SimulatedLock(Timing timing, Members voters, String primary) {
        this.timing = timing;
        this.servers = voters.voters();
        this.haveBegun = true;
        this.voters = Optional.of(voters);
        this.holder = primary;
        this.promotion = new Promotion(1, primary);
    }

    /** Before a first cluster has been made of a single node. */
    SimulatedLock(Timing timing) {
        this.timing = timing;
        this.servers = Set.of();
        this.voters = Optional.empty();
        this.promotion = Promotion.UNKNOWN;
    }

    /** As the voters' agents start and end them; what they knew ends with the last one. */
    void run(Function<String, Optional<Members>> known, Set<String> nodes) {
        Set<String> running = new HashSet<>();
        for (String node : nodes) {
            Optional<Members> members = known.apply(node);
            if (members.filter(is -> is.voters().size() > 1 && is.voters().contains(node))
                    .isPresent()) {
                running.add(node);
            }
        }
        if (running.isEmpty()) {
            haveBegun = false;
            holder = "";
            voters = Optional.empty();
            promotion = Promotion.UNKNOWN;
        } else if (!haveBegun) {
            Members first = known.apply(running.iterator().next()).orElseThrow();
            haveBegun = running.containsAll(first.voters());
        }
        servers = running;
    }

    /** @param reached the nodes that an asking node is connected to, itself included */
    boolean answers(Set<String> reached) {
        Set<String> majority = new HashSet<>(servers);
        majority.retainAll(reached);
        int all = voters.map(members -> members.voters().size()).orElse(servers.size());
        return haveBegun && majority.size() > all / 2;
    }

    Lock read(String node, Duration askedAt, long now) {
        if (holder.equals(node)) {
            renewed = now;
        }
        return (holder.isEmpty() ? Lock.free(askedAt) : Lock.heldBy(holder, askedAt)).after(promotion);
    }

    Optional<Members> voters() {
        return voters;
    }

    /** @return whose session is over, if that held the lock */
    Optional<String> expire(long now) {
        if (holder.isEmpty() || now - renewed <= SESSION_TTL) {
            return Optional.empty();
        }
        String expired = holder;
        destroy(expired, now);
        return Optional.of(expired);
    }

    void destroy(String of, long now) {
        if (holder.equals(of)) {
            holder = "";
            delayUntil = now + timing.lockDelay().toMillis();
        }
    }

    void release(String of) {
        if (holder.equals(of)) {
            holder = "";
        }
    }

    boolean acquire(String by, long now) {
        if (holder.isEmpty() && now >= delayUntil) {
            holder = by;
            renewed = now;
            return true;
        }
        return false;
    }

    /** @return the number of the next promotion; empty for who does not hold the lock */
    Optional<Integer> count(String by, int known) {
        if (!holder.equals(by)) {
            return Optional.empty();
        }
        promotion = new Promotion(Math.max(promotion.number(), known) + 1, by);
        return Optional.of(promotion.number());
    }

    /** What a primary tells them again and again. */
    void record(String by, int number, Members members) {
        if (!holder.equals(by)) {
            return;
        }
        if (promotion.number() < number) {
            promotion = new Promotion(number, by);
        }
        change(by, members);
    }

    void change(String by, Members next) {
        if (holder.equals(by) && voters.map(Members::version).orElse(0L) < next.version()) {
            voters = Optional.of(next);
        }
    }

    boolean hasRecorded(int number, Members members) {
        return promotion.number() == number && voters.filter(members::equals).isPresent();
    }
}
