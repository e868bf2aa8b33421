package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.peer.Description;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A planned move: the primary makes a checkpoint, goes on serving until another node can be promoted as soon as it has stopped, stops, and gives the
 * lock back. A keeper that has just been started gives its word to nobody for a lease: as long as its vote is lacking, this node serves better than
 * nobody.
 */
final class Switching {

    /** Beyond the lease of a keeper that was started a moment ago. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Moment moment;

    Switching(Moment moment) {
        this.moment = moment;
    }

    boolean begin(Switchover.Request request) {
        if (moment.state().work().isBusy()) {
            return false;
        }
        become(Optional.of(Switchover.of(request)));
        moment.begin(new Effect.PrepareSwitchover());
        return true;
    }

    Optional<String> standbysSeen(List<String> standbys) {
        Optional<String> target = present().flatMap(switchover -> successor(switchover.among(standbys)));
        if (target.isEmpty()) {
            end(Switchover.Outcome.NO_STANDBY);
        }
        return target;
    }

    void prepared(List<String> standbys) {
        become(present().map(switchover -> switchover.among(standbys).waits(moment.now())));
        moment.hurry();
    }

    /** Goes on as soon as it can. */
    void goOn() {
        if (moment.state().work().isUnderWay()) {
            return;
        }
        present().filter(Switchover::isWaiting).ifPresent(this::stopIfItCan);
    }

    private void stopIfItCan(Switchover switchover) {
        Duration since = switchover.waitsSince().orElseThrow();
        boolean serves = moment.view().server().state() == Postgres.PRIMARY;
        if (serves && !moment.situation().canBeSucceeded(since, moment.timing())) {
            Duration end = since.plus(moment.timing().lease()).plus(GRACE);
            if (moment.now().compareTo(end) < 0) {
                return;
            }
            moment.say("a successor would not get all votes at once");
            if (!switchover.request().mustStop()) {
                end(Switchover.Outcome.NO_VOTE);
                return;
            }
        }
        Optional<String> target = successor(switchover);
        if (target.isEmpty()) {
            end(Switchover.Outcome.NO_STANDBY);
            return;
        }
        become(Optional.of(switchover.to(target.get())));
        moment.stepBack();
        moment.begin(new Effect.StopForSwitchover());
    }

    void stopped(boolean done) {
        Optional<String> target = present().flatMap(Switchover::target);
        if (done && target.isPresent()) {
            moment.release(target.get());
            end(Switchover.Outcome.to(target.get()));
        } else {
            end(Switchover.Outcome.NOT_STOPPED);
        }
    }

    void failed() {
        end(Switchover.Outcome.NO_ANSWER);
    }

    private Optional<String> successor(Switchover switchover) {
        boolean serves = moment.view().server().state() == Postgres.PRIMARY;
        List<String> able = inOrder(switchover)
                .filter(node -> said(node)
                        .filter(Description::canLead)
                        // Nobody hears a primary that has ended meanwhile.
                        .filter(standby -> standby.streams() || !serves)
                        .isPresent())
                .toList();
        return able.stream()
                .filter(node -> said(node).filter(Description::hasRoom).isPresent())
                .findFirst()
                .or(() -> able.stream().findFirst());
    }

    private Stream<String> inOrder(Switchover switchover) {
        Stream<String> wanted = switchover.standbys().stream()
                .filter(node -> switchover.request().successor().isEmpty()
                        || switchover.request().successor().get().equals(node));
        return switch (switchover.request().order()) {
            case FURTHEST_FIRST -> wanted;
            case UPDATED_FIRST ->
                wanted.sorted(Comparator.comparingLong(
                        node -> said(node).map(Description::preparedFor).orElse(Long.MAX_VALUE)));
            // Names differ in the index at their end alone.
            case LOWEST_INDEX_FIRST ->
                wanted.sorted(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        };
    }

    private Optional<Description> said(String node) {
        return moment.picture().peer(node);
    }

    private Optional<Switchover> present() {
        return moment.state().work().switchover();
    }

    /** Its task has ended without a word of how. */
    void endIfLost() {
        if (present().filter(switchover -> !switchover.isWaiting()).isPresent()) {
            end(Switchover.Outcome.NOT_STOPPED);
        }
    }

    private void end(Switchover.Outcome outcome) {
        present().ifPresent(ended -> moment.cause(new Effect.EndSwitchover(ended.request(), outcome)));
        become(Optional.empty());
        moment.wake();
    }

    private void become(Optional<Switchover> next) {
        moment.become(moment.state().with(moment.state().work().switching(next)));
    }
}
