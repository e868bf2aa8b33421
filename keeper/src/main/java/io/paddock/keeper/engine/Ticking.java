package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Decide;
import io.paddock.keeper.decision.Decision;
import io.paddock.keeper.decision.Enrolment;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Situation;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.peer.Description;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** The work that a keeper does again and again: it asks, renews what the leash permits, looks what has changed, and decides. */
final class Ticking {

    /** Between two decisions where something is amiss: what only time changes is seen as soon as this. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private static final Duration SHORTEST = Duration.ofMillis(10);

    private final Moment moment;

    Ticking(Moment moment) {
        this.moment = moment;
    }

    /** @return how long nothing more is to be done, unless something happens */
    Duration tick() {
        if (isRoundDue()) {
            askOthers();
        }
        View view = moment.view();
        if (view.members().isEmpty()) {
            moment.cause(new Effect.Meet());
            return LOOK;
        }
        if (view.server().state() == Postgres.ABSENT && view.node().founds()) {
            if (!isBusy()) {
                moment.begin(new Effect.Initialize());
            }
            return LOOK;
        }
        moment.renewPermit();
        observe();
        if (isBusy()) {
            new Switching(moment).goOn();
            return LOOK;
        }
        if (!enrol()) {
            moment.say("waits for the end of a lock's server of former times");
            return LOOK;
        }
        act(Decide.next(moment.situation(), moment.timing().where(view.server().isSynchronous())));
        return untilNextTick();
    }

    private boolean isBusy() {
        return moment.state().work().isBusy();
    }

    private boolean isRoundDue() {
        State.Memory memory = moment.state().memory();
        return memory.asksAnew()
                || moment.now()
                                .minus(memory.askedAt())
                                .compareTo(moment.picture().roundsApart())
                        >= 0;
    }

    private void askOthers() {
        moment.become(moment.state().with(moment.state().memory().asked(moment.now())));
        Picture picture = moment.picture();
        boolean wants = picture.wantsWord();
        Local own = picture.local();
        Word.Request request = new Word.Request(
                moment.self(),
                moment.stamp(),
                own.position(),
                own.postgres() == Postgres.PRIMARY,
                picture.isPatient(),
                moment.view().members().isPresent() && picture.situation().isLastPrimary(),
                own.founds());
        if (wants && moment.giveWord(request, own).given()) {
            moment.become(moment.state().with(moment.state().heard().leased(moment.self(), moment.now())));
        }
        moment.cause(new Effect.AskOthers(wants, picture.isWithoutPrimary(), request, moment.now()));
        if (picture.isCluster()) {
            moment.cause(new Effect.ReadLock());
        }
    }

    private void observe() {
        Situation situation = moment.situation();
        Postgres now = situation.local().postgres();
        Postgres before = moment.state().memory().postgres();
        Set<String> silent = situation.silent(moment.timing());
        if (!silent.equals(moment.state().memory().silent())) {
            moment.hurry();
        }
        moment.become(moment.state().with(moment.state().memory().saw(now, silent)));
        if (before == Postgres.PRIMARY && now == Postgres.STOPPED) {
            moment.stepBackIfRightful();
        }
        if (before != Postgres.STOPPED && now == Postgres.STOPPED) {
            // With the server, the leash ended its permit.
            moment.become(moment.state().with(moment.state().memory().permitted(Duration.ZERO)));
        }
        noteAbsences(situation);
        noteHistory(now);
    }

    private void noteAbsences(Situation situation) {
        boolean wasLeaderless = moment.state().absences().leader().isPresent();
        boolean isLeaderless = situation.isLeaderless(moment.timing());
        boolean hasPrimary = situation.members().isOnly(moment.self())
                || moment.picture().isBeingFounded()
                || situation.local().postgres() == Postgres.PRIMARY
                || situation.primary(moment.timing()).isPresent()
                || situation.isLockHeld(moment.timing());
        moment.become(moment.state()
                .with(moment.state()
                        .absences()
                        .seen(moment.now(), !isLeaderless, situation.hasMajorityInSight(moment.timing()), hasPrimary)));
        if (isLeaderless && !wasLeaderless) {
            moment.hurry();
        }
    }

    private void noteHistory(Postgres now) {
        Optional<Lineage> received = moment.picture().received().map(Description::lineage);
        View view = moment.view();
        if (now == Postgres.STANDBY && received.isPresent()) {
            moment.become(moment.state().with(moment.state().attempts().streams()));
            if (view.node().founds()) {
                moment.cause(new Effect.EndFounding("follows the first primary"));
            }
            if (!received.get().equals(view.lineage())) {
                moment.cause(new Effect.Adopt(received.get()));
            }
        }
        boolean isWhole = now == Postgres.PRIMARY || now == Postgres.STANDBY && received.isPresent();
        if (isWhole && !view.node().isWhole()) {
            moment.cause(new Effect.NoteWhole());
        }
    }

    /**
     * Gives the nodes that BOSH has made a vote once all of them follow.
     *
     * @return false if something is in the way that ends by itself
     */
    private boolean enrol() {
        Situation situation = moment.situation();
        View view = moment.view();
        if (situation.members().isOnly(moment.self())
                && situation.local().postgres() == Postgres.PRIMARY
                && view.node().founds()) {
            moment.cause(new Effect.EndFounding("is a cluster of one"));
            return true;
        }
        Optional<Members> grown = Enrolment.grown(
                situation,
                view.listed(),
                Picture.CAUGHT_UP,
                moment.state().restraints().yields(moment.now()),
                moment.timing());
        if (grown.isEmpty()) {
            return true;
        }
        if (view.isCluster()) {
            moment.changeVoters(grown.get());
        } else if (view.node().servesNoLock()) {
            // The new majority counts here before anybody hears of it: else two nodes could have the right to write.
            moment.permit(
                    situation.among(grown.get()).authorityUntil(moment.timing()).orElseThrow());
            moment.cause(new Effect.FoundCluster(grown.get()));
        } else {
            return false;
        }
        return true;
    }

    private void act(Decision decision) {
        moment.say(decision.reason());
        if (!(decision instanceof Decision.Follow)) {
            followingSince(Optional.empty());
        }
        if (decision instanceof Decision.Release) {
            if (!moment.state().candidacy().isReleasing()) {
                moment.release("");
            }
        } else if (decision instanceof Decision.Fence) {
            moment.stepBackIfRightful();
            moment.begin(new Effect.Kill());
        } else if (!moment.state().restraints().drained()) {
            lead(decision);
        }
    }

    private void lead(Decision decision) {
        if (decision instanceof Decision.HandOver handOver) {
            moment.become(moment.state().with(moment.state().restraints().handOver(moment.now())));
            new Switching(moment)
                    .begin(new Switchover.Request(
                            Optional.of(handOver.successor()), Switchover.Order.FURTHEST_FIRST, false));
        } else if (decision instanceof Decision.Acquire) {
            moment.cause(new Effect.TakeLock(moment.view().server().state() == Postgres.PRIMARY));
        } else if (decision instanceof Decision.Depose depose) {
            moment.cause(new Effect.Depose(depose.holder()));
        } else if (decision instanceof Decision.Promote) {
            moment.begin(new Effect.Promote());
        } else if (decision instanceof Decision.StartPrimary) {
            moment.begin(new Effect.StartPrimary());
        } else {
            follow(decision);
        }
    }

    private void follow(Decision decision) {
        if (decision instanceof Decision.StartStandby) {
            startStandbyOrCopy();
        } else if (decision instanceof Decision.Follow follow) {
            followOrRejoin(follow.primary());
        } else if (decision instanceof Decision.Rejoin rejoin) {
            rejoin(rejoin.primary());
        } else if (decision instanceof Decision.Clone cloning) {
            copy(cloning.primary());
        }
    }

    private void startStandbyOrCopy() {
        Optional<String> primary = moment.picture().primary();
        boolean canStart = moment.state().attempts().canStartAsStandby();
        // What can't be written now is not a reason to throw away what there is.
        if (!canStart && primary.isPresent() && !moment.view().node().isDiskFull()) {
            if (copy(primary.get())) {
                moment.cause(new Effect.Say("could not be started as a standby "
                        + moment.state().attempts().standbyStarts() + " times"));
            }
        } else {
            moment.begin(new Effect.StartStandby());
        }
    }

    /** A server that lets nobody in, since it lacks what only another one had, will not come to it by waiting. */
    private void followOrRejoin(String primary) {
        if (moment.view().server().answers()) {
            followingSince(Optional.empty());
            moment.begin(new Effect.Follow(primary));
            return;
        }
        Duration since = moment.state().attempts().followingSince().orElse(moment.now());
        boolean isOver = moment.now().minus(since).compareTo(moment.timing().stall()) >= 0;
        followingSince(isOver ? Optional.empty() : Optional.of(since));
        if (isOver) {
            rejoin(primary);
        }
    }

    private void followingSince(Optional<Duration> since) {
        moment.become(moment.state().with(moment.state().attempts().follows(since)));
    }

    private void rejoin(String primary) {
        View view = moment.view();
        Optional<Lineage> history = ready(primary);
        // A standby that can't write what it receives is not made better by another copy.
        boolean lacksRoom = view.node().isDiskFull() && view.server().state() == Postgres.STANDBY;
        if (history.isEmpty() || lacksRoom) {
            return;
        }
        boolean isPart = history.get().contains(view.lineage().last());
        if (!isPart || moment.state().attempts().rewound()) {
            copy(primary);
            return;
        }
        moment.begin(new Effect.Rewind(primary, history.get()));
    }

    /** @return whether that begins now */
    private boolean copy(String primary) {
        Optional<Lineage> history =
                ready(primary).filter(ready -> moment.state().attempts().mayCopy(moment.now()));
        history.ifPresent(ready -> moment.begin(new Effect.Copy(primary, ready)));
        return history.isPresent();
    }

    /** The history of a primary that others can be made from. */
    private Optional<Lineage> ready(String primary) {
        return moment.picture()
                .peer(primary)
                .filter(described ->
                        described.isReady() && moment.view().listed().contains(primary))
                .map(Description::lineage);
    }

    /** As long as nothing is to be done, nothing but the next round, or that something is not heard of any more, can change what is decided. */
    private Duration untilNextTick() {
        if (isBusy() || !moment.situation().isCalm(moment.timing())) {
            return LOOK;
        }
        Duration next = moment.state().memory().askedAt().plus(moment.picture().roundsApart());
        Duration end = moment.situation()
                .nextSilence(moment.timing())
                .filter(at -> at.compareTo(next) < 0)
                .orElse(next);
        Duration left = end.minus(moment.now());
        return left.compareTo(SHORTEST) > 0 ? left : SHORTEST;
    }
}
