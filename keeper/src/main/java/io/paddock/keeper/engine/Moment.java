package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Enrolment;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Situation;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Hello;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One step in the making: the state so far, and what is to be done. */
final class Moment {

    private final Engine engine;
    private final View view;
    private final List<Effect> effects = new ArrayList<>();
    private State state;
    private Optional<Duration> permit = Optional.empty();
    private boolean wakes;

    Moment(Engine engine, View view, State state) {
        this.engine = engine;
        this.view = view;
        this.state = state;
    }

    <R extends @Nullable Object> Step<R> step(R answer) {
        return new Step<>(state, permit, effects, wakes, answer);
    }

    Picture picture() {
        return engine.picture(state, view);
    }

    Situation situation() {
        return picture().situation();
    }

    String self() {
        return engine.self();
    }

    Timing timing() {
        return engine.timing();
    }

    View view() {
        return view;
    }

    Duration now() {
        return view.now();
    }

    State state() {
        return state;
    }

    void become(State next) {
        state = next;
    }

    void cause(Effect effect) {
        effects.add(effect);
    }

    /** Begins what takes long; the caller has seen that nothing else is under way. */
    void begin(Effect.Task task) {
        become(state.with(state.work().underWay(true)));
        cause(task);
    }

    /** Decides anew with what is known. */
    void wake() {
        wakes = true;
    }

    /** Asks everybody anew first. */
    void hurry() {
        become(state.with(state.memory().askingAnew()));
        wake();
    }

    /** A reason once, as long as it stays the same; seconds in it count on. */
    void say(String reason) {
        if (!withoutSeconds(reason).equals(withoutSeconds(state.memory().reason()))) {
            become(state.with(state.memory().because(reason)));
            cause(new Effect.Say(reason));
        }
    }

    private static String withoutSeconds(String reason) {
        return reason.replaceAll("[0-9]+ s\\b", "");
    }

    Word.Stamp stamp() {
        become(state.with(state.memory().withRequest()));
        return state.memory().stamp();
    }

    void answered(String node, Description description, Duration askedAt) {
        boolean isNews = state.heard().isNews(node, description, askedAt);
        become(state.with(state.heard().answered(node, description, askedAt)));
        if (description.given() && view.members().isPresent()) {
            renewPermit();
        }
        boolean isAwaited = state.absences().leader().isPresent()
                || state.work().switchover().filter(Switchover::isWaiting).isPresent();
        description.members().ifPresent(this::learn);
        if (isNews || isAwaited) {
            wake();
        }
    }

    /** A node that knows no cluster yet learns of its own in another way. */
    private void learn(Members voters) {
        if (view.members().filter(known -> known.version() < voters.version()).isPresent()) {
            cause(new Effect.Learn(voters));
        }
    }

    void lockRead(Lock lock, Optional<Members> voters) {
        Lock before = state.lock();
        become(state.with(lock));
        voters.ifPresent(this::learn);
        if (before.state() == lock.state() && before.holder().equals(lock.holder())) {
            return;
        }
        // A candidate asks for the others' words as soon as it sees that it has the lock.
        if (state.candidacy().since().isPresent() && picture().holdsLock()) {
            hurry();
        } else {
            wake();
        }
    }

    void lockTaken(Duration askedAt, boolean asPrimary) {
        become(state.with(new State.Candidacy(
                asPrimary ? Optional.empty() : Optional.of(askedAt),
                state.candidacy().isReleasing())));
    }

    void lockReleased() {
        become(state.with(new State.Candidacy(Optional.empty(), false)));
        wake();
    }

    /** The words that others gave are given back with it, so that nobody needs to wait for the end of their lease. */
    void release(String successor) {
        Word.Stamp own = stamp();
        become(state.with(new State.Candidacy(Optional.empty(), true))
                .with(state.heard().withoutLeases(now()))
                .with(state.word().givenBack(self(), own)));
        cause(new Effect.ReleaseLock(stamp(), successor));
    }

    Description asked(Hello hello, boolean isAnew, int protocol) {
        Local own = picture().local();
        boolean isUnsure =
                own.postgres() == Postgres.STANDBY && !(isAnew && view.server().answers());
        Word.Answer answer = answer(hello, own, isUnsure);
        Picture picture = picture();
        boolean exists = own.postgres().isWhole();
        return new Description(
                Math.min(protocol, hello.protocol()),
                own.hungSince().isPresent() && exists ? Postgres.STOPPED : own.postgres(),
                own.position(),
                !isUnsure,
                exists ? view.lineage() : Lineage.NONE,
                view.server().log().timeline(),
                own.canLead(),
                picture.silent(),
                picture.streams(),
                view.members(),
                !exists && view.members().isEmpty(),
                view.node().founds(),
                isReady(),
                view.node().hasRoom(),
                picture.isVoter() || view.node().servesNoLock(),
                picture.isLeaving(),
                view.node().preparedFor().toSeconds(),
                answer.given(),
                answer.reason());
    }

    /** One that starts may never come up: nobody gives up what it has for that. */
    private boolean isReady() {
        return view.server().answers()
                && view.lineage().last() != 0
                && view.lineage().last() == view.node().readied();
    }

    private Word.Answer answer(Hello hello, Local own, boolean isUnsure) {
        Word.Request request = hello.request();
        if (!hello.wants() || view.members().isEmpty()) {
            return new Word.Answer(false, "was not asked");
        }
        if (picture().isLeaving() && !request.isPrimary()) {
            return new Word.Answer(false, "is about to be deleted");
        }
        boolean mustBeSure = !request.isPrimary() && request.isPatient() && !request.isLastPrimary();
        if (mustBeSure && isUnsure) {
            return new Word.Answer(false, "can't say now how far its log goes");
        }
        return giveWord(request, own);
    }

    /** This node's own word, or another one's. */
    Word.Answer giveWord(Word.Request request, Local own) {
        Word.Granting granting =
                state.word().ask(request, own, now(), view.server().isSynchronous());
        become(state.with(granting.word()));
        return granting.answer();
    }

    void givenBack(String node, Word.Stamp stamp, String successor) {
        become(state.with(state.word().givenBack(node, stamp)));
        if (!successor.isEmpty() && !successor.equals(self())) {
            become(state.with(state.restraints().letSucceed(now())));
        }
        hurry();
    }

    void forget(String node) {
        become(state.with(state.heard().without(node, now())));
        hurry();
    }

    boolean takeVote(String leaver, Duration since) {
        Optional<Members> left = Enrolment.without(situation(), leaver, since, timing());
        left.ifPresent(this::changeVoters);
        return left.isPresent();
    }

    /** The lock's servers keep them; as long as those have yet to begin, the words of a majority are all there is. */
    void changeVoters(Members next) {
        cause(picture().local().founds() ? new Effect.Learn(next) : new Effect.ChangeVoters(next));
    }

    boolean wantPermit(boolean anew) {
        if (anew) {
            become(state.with(state.memory().permitted(Duration.ZERO)));
            situation().authorityUntil(timing()).ifPresent(this::permit);
            return situation().mayWrite(timing());
        }
        return renewPermit();
    }

    /** @return whether this node has the right to write now */
    boolean renewPermit() {
        Situation situation = situation();
        if (situation.members().isOnly(self())) {
            return true;
        }
        boolean leads = situation.local().postgres() == Postgres.PRIMARY
                || state.candidacy().since().isPresent();
        Optional<Duration> until = situation.authorityUntil(timing());
        until.filter(end -> leads).ifPresent(this::permit);
        return until.filter(end -> end.compareTo(now()) > 0).isPresent();
    }

    void permit(Duration until) {
        if (until.compareTo(state.memory().permitted()) > 0) {
            become(state.with(state.memory().permitted(until)));
            permit = Optional.of(until);
        }
    }

    void stepBack() {
        become(state.with(state.restraints().stepBack(now())));
    }

    /** A primary that ends with its right in hand crashed: another one goes first, since it need not recover. */
    void stepBackIfRightful() {
        Picture picture = picture();
        if (picture.isCluster() && picture.mayWrite() && picture.hasSuccessors()) {
            stepBack();
        }
    }

    void elected() {
        become(state.with(state.attempts().elected())
                .with(new State.Candidacy(Optional.empty(), state.candidacy().isReleasing())));
        cause(new Effect.Maintain());
        hurry();
    }

    void tried(Event.Tried.Outcome outcome) {
        Attempts before = state.attempts();
        become(state.with(
                switch (outcome) {
                    case START_FAILED -> before.startFailed();
                    case STANDBY_START_FAILED -> before.standbyStartFailed();
                    case COPY_FAILED -> before.copyFailed(now());
                    case COPIED -> before.copied();
                    case REWINDS -> before.rewinds();
                }));
        if (outcome == Event.Tried.Outcome.COPY_FAILED) {
            Duration pause = state.attempts().copyNotBefore().minus(now());
            cause(new Effect.Say("will be cloned again in " + pause.toSeconds() + " s"));
        }
    }

    void followed() {
        become(state.with(state.work().follows(now())));
    }

    void workEnded() {
        become(state.with(state.work().underWay(false)));
        new Switching(this).endIfLost();
        wake();
    }

    void restart(String reason) {
        if (!state.work().isBusy()
                && !state.restraints().drained()
                && !state.restraints().isLeaving(now())) {
            begin(new Effect.Restart(reason));
        }
    }

    void drain() {
        become(state.with(state.restraints().drain()));
    }

    void leave(Duration yieldsUntil, Duration leavesUntil) {
        become(state.with(state.restraints().leave(yieldsUntil, leavesUntil)));
    }
}
