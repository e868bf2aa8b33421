package io.paddock.keeper;

import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.engine.Picture;
import io.paddock.keeper.engine.Switchover;
import io.paddock.keeper.engine.Switchover.Order;
import io.paddock.keeper.engine.Switchover.Outcome;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.peer.KeeperServer.Answer;
import io.paddock.keeper.peer.PeerClient;
import io.paddock.keeper.system.Log;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** A node that goes, for a moment or for ever: it hands over, is drained, gives up its vote. Each waits for what it began. */
final class Departure {

    /** The wait for the next primary, before the node is stopped. */
    private static final Duration SUCCESSOR = Duration.ofSeconds(10);
    /** The time in which a node that is about to be deleted tries to give up its vote. */
    private static final Duration LEAVE = Duration.ofSeconds(30);
    /** The time in which it then counts as one that goes. */
    private static final Duration GONE = Duration.ofMinutes(2);
    /** Between two attempts to leave. */
    private static final Duration RETRY = Duration.ofMillis(200);

    /** Longer than its checkpoint and its wait for votes may take. */
    private static final Duration SWITCHOVER = Duration.ofSeconds(90);

    private static final Duration POLL = Duration.ofMillis(50);

    private final Core core;
    private final Observer observer;
    private final Leash leash;
    private final Duration stopTimeout;
    private final PeerClient client;
    private final List<Pending> pending = new ArrayList<>();

    Departure(Core core, Observer observer, Leash leash, Duration stopTimeout, PeerClient client) {
        this.core = core;
        this.observer = observer;
        this.leash = leash;
        this.stopTimeout = stopTimeout;
        this.client = client;
    }

    /** Somebody who waits for the end of the very request that was begun: others may look the same. */
    private record Pending(Switchover.Request request, CompletableFuture<Outcome> end) {}

    /** Waits until it has ended. */
    Answer handOver(Switchover.Request request) {
        CompletableFuture<Outcome> end = new CompletableFuture<>();
        synchronized (this) {
            if (!core.tell(new Event.SwitchoverWanted(request))) {
                return Answer.of(409, "something else is being done; the keeper's log says what");
            }
            pending.add(new Pending(request, end));
        }
        try {
            Outcome outcome = end.get(SWITCHOVER.plus(stopTimeout).toMillis(), TimeUnit.MILLISECONDS);
            return Answer.of(outcome.status(), outcome.message());
        } catch (TimeoutException | ExecutionException lost) {
            return Answer.of(500, "it is not known how the switchover ended; the keeper's log may say it");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Answer.of(503, "interrupted");
        }
    }

    /** Tells whoever waits for it. */
    synchronized void ended(Switchover.Request request, Outcome outcome) {
        List<Pending> waiting =
                pending.stream().filter(one -> one.request() == request).toList();
        waiting.forEach(one -> one.end().complete(outcome));
        pending.removeAll(waiting);
        if (waiting.isEmpty() && outcome.status() != 200) {
            Log.info("could not hand over: " + outcome.message());
        }
    }

    /** @param handsOver whether there are others that could be the primary */
    Answer drain(boolean handsOver) {
        core.tell(new Event.Drained());
        if (handsOver) {
            Answer handedOver = handOver(new Switchover.Request(Optional.empty(), Order.UPDATED_FIRST, true));
            if (handedOver.status() == 200) {
                awaitSuccessor();
                return handedOver;
            }
            Log.info("stops without a successor: " + handedOver.body().get("message"));
        }
        return leash.stop(stopTimeout) ? Answer.of(200, "stopped") : Answer.of(500, "PostgreSQL could not be stopped");
    }

    /** The lock's server of this node, which is stopped next, may be the one that leads the others: they choose a primary before that. */
    private void awaitSuccessor() {
        Duration end = core.now().plus(SUCCESSOR);
        while (core.picture().primary().isEmpty() && core.now().compareTo(end) < 0) {
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /**
     * Until it has no vote any more, or that took too long, or can't be. It is no candidate from the beginning, but gives its word until there is
     * another primary, which may need it. If it is not deleted after all, it joins anew some time later.
     */
    Answer leave() {
        Duration end = core.now().plus(LEAVE);
        Answer answer;
        do {
            boolean wasPrimary = core.picture().view().server().state() == Postgres.PRIMARY;
            answer = tryToLeave();
            if (answer.status() == 409) {
                break;
            }
            if (answer.status() == 200 && !core.picture().isVoter()) {
                Log.info("has no vote any more, and will be deleted");
                return answer;
            }
            if (answer.status() == 200 && wasPrimary) {
                // Handing over may have taken longer than all the rest may.
                end = core.now().plus(LEAVE);
            }
            LockSupport.parkNanos(RETRY.toNanos());
        } while (core.now().compareTo(end) < 0);
        core.tell(new Event.Leaving(Duration.ZERO, Duration.ZERO));
        Log.info("can't leave: " + answer.body().get("message"));
        return answer.status() == 200 ? Answer.of(503, "handed over, but still has its vote") : answer;
    }

    private Answer tryToLeave() {
        Picture picture = core.picture();
        Optional<String> primary = picture.primary().flatMap(observer::address);
        Duration gone = core.now().plus(GONE);
        core.tell(new Event.Leaving(gone, primary.isPresent() ? gone : Duration.ZERO));
        if (picture.view().members().isEmpty()) {
            return Answer.of(200, "belongs to no cluster");
        }
        if (picture.view().members().get().isOnly(core.self())) {
            return picture.others().isEmpty()
                    ? Answer.of(409, "the only node of its cluster")
                    : Answer.of(503, "no other node follows and could get a vote");
        }
        if (primary.isPresent()) {
            return askToLeave(primary.get());
        }
        if (picture.view().server().state() == Postgres.PRIMARY) {
            Answer handedOver = handOver(new Switchover.Request(Optional.empty(), Order.LOWEST_INDEX_FIRST, false));
            return handedOver.status() == 409
                    ? Answer.of(503, String.valueOf(handedOver.body().get("message")))
                    : handedOver;
        }
        return picture.isVoter() ? Answer.of(503, "no primary is heard of") : Answer.of(200, "has no vote");
    }

    private Answer askToLeave(String primary) {
        try {
            client.leave(primary, core.self()).get();
            core.tell(new Event.OthersWanted());
            return Answer.of(200, "has no vote any more");
        } catch (ExecutionException refused) {
            return Answer.of(503, Log.describe(refused.getCause()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Answer.of(503, "interrupted");
        }
    }
}
