package io.paddock.keeper.engine;

import static io.paddock.keeper.engine.Views.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.engine.Event.Tried.Outcome;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Hello;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Single steps of node "a" of three; whole clusters are in {@link ClusterSimulationTest}. */
class EngineTest {

    private static final Switchover.Request ANY =
            new Switchover.Request(Optional.empty(), Switchover.Order.FURTHEST_FIRST, false);
    private static final Switchover.Request DRAIN =
            new Switchover.Request(Optional.empty(), Switchover.Order.FURTHEST_FIRST, true);

    private final Engine engine = new Engine("a", Timing.DEFAULT);
    private final List<Effect> effects = new ArrayList<>();
    private State state = State.initial("life", Duration.ZERO, Timing.DEFAULT);
    private Optional<Duration> permit = Optional.empty();
    private boolean wakes;

    private <R extends @Nullable Object> R tell(View view, Event<R> event) {
        Step<R> step = engine.step(state, view, event);
        state = step.state();
        permit = step.permit();
        wakes = step.wakes();
        effects.clear();
        effects.addAll(step.effects());
        return step.answer();
    }

    private void tick(View view) {
        tell(view, new Event.Tick());
    }

    private <E extends Effect> E effect(Class<E> kind) {
        assertThat(effects).hasAtLeastOneElementOfType(kind);
        return effects.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst()
                .orElseThrow();
    }

    /** It holds the lock, and both others follow and gave their word. */
    private void isPrimary(double seconds) {
        holdsLock(seconds);
        tick(Views.of(Postgres.PRIMARY, seconds));
    }

    private void holdsLock(double seconds) {
        tell(
                Views.of(Postgres.PRIMARY, seconds),
                new Event.LockRead(Lock.heldBy("a", at(seconds)), Optional.of(Views.MEMBERS)));
        heard("b", Postgres.STANDBY, seconds);
        heard("c", Postgres.STANDBY, seconds);
    }

    private void heard(String node, Postgres says, double seconds) {
        tell(Views.of(Postgres.PRIMARY, seconds), new Event.Answered(node, Views.saying(says), at(seconds)));
    }

    @Test
    void aStepLeavesTheStateBeforeAsItWas() {
        State before = state;

        tick(Views.of(Postgres.PRIMARY, 10));

        assertThat(before.memory().requests()).isZero();
        assertThat(before.memory().reason()).isEmpty();
        assertThat(state.memory().requests()).isPositive();
    }

    @Test
    void theOthersAreAskedWhenThatIsDueOrWanted() {
        isPrimary(10);
        assertThat(effect(Effect.AskOthers.class).wants()).as("a primary").isTrue();
        assertThat(effect(Effect.AskOthers.class).askedAt()).isEqualTo(at(10));
        assertThat(effects).hasAtLeastOneElementOfType(Effect.ReadLock.class);

        tick(Views.of(Postgres.PRIMARY, 10.3));
        assertThat(effects).doesNotHaveAnyElementsOfTypes(Effect.AskOthers.class);
        tick(Views.of(Postgres.PRIMARY, 10.4));
        assertThat(effects).hasAtLeastOneElementOfType(Effect.AskOthers.class);

        tell(Views.of(Postgres.PRIMARY, 10.5), new Event.OthersWanted());
        assertThat(wakes).isTrue();
        tick(Views.of(Postgres.PRIMARY, 10.5));
        assertThat(effects).hasAtLeastOneElementOfType(Effect.AskOthers.class);
    }

    @Test
    void eachRoundOfQuestionsHasANumberOfItsOwn() {
        tick(Views.of(Postgres.PRIMARY, 10));
        long first = effect(Effect.AskOthers.class).request().stamp().number();
        tick(Views.of(Postgres.PRIMARY, 11));

        assertThat(effect(Effect.AskOthers.class).request().stamp().number()).isGreaterThan(first);
        assertThat(effect(Effect.AskOthers.class).request().stamp().life()).isEqualTo("life");
    }

    @Test
    void anAnswerWithAWordRenewsThePermitAtOnce() {
        tick(Views.of(Postgres.PRIMARY, 10));

        heard("b", Postgres.STANDBY, 10.1);

        assertThat(permit).as("with its own, a majority since the older one").contains(at(13));
    }

    @Test
    void aStandbyPermitsNothing() {
        tell(Views.of(Postgres.STANDBY, 10), new Event.LockRead(Lock.heldBy("a", at(10)), Optional.empty()));

        assertThat(tell(Views.of(Postgres.STANDBY, 10), new Event.PermitWanted(false)))
                .as("has the right")
                .isTrue();
        assertThat(permit).as("but is no candidate").isEmpty();
    }

    @Test
    void whoWasStoppedIsPermittedAnew() {
        isPrimary(10);
        tell(Views.of(Postgres.PRIMARY, 10.1), new Event.PermitWanted(false));
        assertThat(permit).as("that is known already").isEmpty();

        assertThat(tell(Views.of(Postgres.STOPPED, 10.2), new Event.PermitWanted(true)))
                .isTrue();
        assertThat(permit).contains(at(13));
    }

    @Test
    void aReasonIsSaidOnceThoughItsSecondsCountOn() {
        isPrimary(10);
        assertThat(effect(Effect.Say.class).reason()).isEqualTo("primary, and holds the lock");

        tick(Views.of(Postgres.PRIMARY, 10.2));
        assertThat(effects).doesNotHaveAnyElementsOfTypes(Effect.Say.class);
    }

    @Test
    void whoTookTheLockAsksForWordsOnceItSeesThatItHasIt() {
        View view = Views.of(Postgres.STOPPED, 10);
        tell(view, new Event.LockTaken(at(9.9), false));
        assertThat(state.candidacy().since()).contains(at(9.9));
        assertThat(wakes).as("it is read next").isFalse();

        tell(view, new Event.LockRead(Lock.heldBy("a", at(10)), Optional.empty()));
        assertThat(wakes).isTrue();
        tick(Views.of(Postgres.STOPPED, 10.1));
        assertThat(effect(Effect.AskOthers.class).wants()).isTrue();
    }

    @Test
    void aPrimaryThatTookTheLockIsNoCandidate() {
        tell(Views.of(Postgres.PRIMARY, 10), new Event.LockTaken(at(10), true));

        assertThat(state.candidacy().since()).isEmpty();
    }

    @Test
    void aLockThatIsGivenBackIsGivenBackOnce() {
        View view = Views.of(Postgres.STOPPED, 10);
        tell(view, new Event.LockRead(Lock.heldBy("a", at(10)), Optional.empty()));
        tick(view);
        assertThat(effects).hasAtLeastOneElementOfType(Effect.ReleaseLock.class);
        assertThat(state.heard().leases()).isEmpty();

        tick(Views.of(Postgres.STOPPED, 10.1));
        assertThat(effects).doesNotHaveAnyElementsOfTypes(Effect.ReleaseLock.class);

        tell(view, new Event.LockReleased());
        tick(Views.of(Postgres.STOPPED, 10.2));
        assertThat(effects).as("it still has it").hasAtLeastOneElementOfType(Effect.ReleaseLock.class);
    }

    @Test
    void aPrimaryThatCrashedLetsAnotherOneGoFirst() {
        isPrimary(10);
        tick(Views.of(Postgres.PRIMARY, 10.1));

        tick(Views.of(Postgres.STOPPED, 10.2));

        assertThat(engine.picture(state, Views.of(Postgres.STOPPED, 15.1))
                        .local()
                        .canLead())
                .isFalse();
        assertThat(state.restraints().letLead(at(15.3))).isTrue();
    }

    @Test
    void newerVotersAreLearnedFromWhoeverKnowsThem() {
        Members newer = new Members(2, Set.of("a", "b"));
        View view = Views.of(Postgres.PRIMARY, 10);

        tell(view, new Event.LockRead(Lock.UNKNOWN, Optional.of(newer)));
        assertThat(effects).containsExactly(new Effect.Learn(newer));

        tell(view, new Event.LockRead(Lock.UNKNOWN, Optional.of(Views.MEMBERS)));
        assertThat(effects).as("the same as here").isEmpty();
    }

    @Test
    void whoKnowsNoClusterMeetsItAndDecidesNothing() {
        View known = Views.of(Postgres.STOPPED, 10);
        tick(new View(known.now(), known.listed(), Optional.empty(), known.server(), known.lineage(), known.node()));

        assertThat(effects)
                .hasAtLeastOneElementOfType(Effect.Meet.class)
                .hasAtLeastOneElementOfType(Effect.AskOthers.class)
                .doesNotHaveAnyElementsOfTypes(Effect.Say.class, Effect.ReadLock.class);
    }

    @Test
    void oneThingIsDoneAtATime() {
        View view = Views.of(Postgres.STOPPED, 10);
        tell(view, new Event.Answered("b", Views.saying(Postgres.PRIMARY), at(10)));
        tick(view);
        assertThat(effects).hasAtLeastOneElementOfType(Effect.Rewind.class);

        tick(Views.of(Postgres.UNFINISHED, 10.5));
        assertThat(effects).doesNotHaveAnyElementsOfTypes(Effect.Rewind.class, Effect.Copy.class);
        tell(view, new Event.RestartWanted("something"));
        assertThat(effects).isEmpty();
        assertThat(tell(view, new Event.SwitchoverWanted(ANY))).isFalse();

        tell(view, new Event.WorkEnded());
        assertThat(wakes).isTrue();
        assertThat(state.work().isBusy()).isFalse();
    }

    @Test
    void whatWasRewoundInVainIsCopiedAndNotTooOften() {
        View unfinished = Views.of(Postgres.UNFINISHED, 10);
        tell(unfinished, new Event.Answered("b", Views.saying(Postgres.PRIMARY), at(10)));
        tick(unfinished);
        assertThat(effect(Effect.Copy.class)).isEqualTo(new Effect.Copy("b", Lineage.FIRST));

        tell(unfinished, new Event.Tried(Outcome.COPY_FAILED));
        assertThat(effect(Effect.Say.class).reason()).isEqualTo("will be cloned again in 2 s");
        tell(unfinished, new Event.WorkEnded());
        tick(Views.of(Postgres.UNFINISHED, 11));
        assertThat(effects).doesNotHaveAnyElementsOfTypes(Effect.Copy.class);

        View later = Views.of(Postgres.UNFINISHED, 12);
        tell(later, new Event.Answered("b", Views.saying(Postgres.PRIMARY), at(12)));
        tick(later);
        assertThat(effects).hasAtLeastOneElementOfType(Effect.Copy.class);
    }

    @Test
    void aStandbyThatCannotBeStartedIsCopiedUnlessTheDiskIsFull() {
        View stopped = standbyThatStopped(10);
        tell(stopped, new Event.Answered("b", Views.saying(Postgres.PRIMARY), at(10)));
        for (int i = 0; i < 3; i++) {
            tell(stopped, new Event.Tried(Outcome.STANDBY_START_FAILED));
        }

        tick(Views.withFullDisk(stopped));
        assertThat(effects).hasAtLeastOneElementOfType(Effect.StartStandby.class);

        tell(stopped, new Event.WorkEnded());
        tick(stopped);
        assertThat(effects).hasAtLeastOneElementOfType(Effect.Copy.class);
    }

    private static View standbyThatStopped(double seconds) {
        View view = Views.of(Postgres.STOPPED, seconds);
        return new View(
                view.now(),
                view.listed(),
                view.members(),
                new Server(
                        Postgres.STOPPED,
                        false,
                        true,
                        new Server.Log(1000, 1000, 1000, 0),
                        Server.Upstream.NONE,
                        Optional.empty(),
                        false),
                view.lineage(),
                view.node());
    }

    @Test
    void whoIsDrainedStartsNothing() {
        tell(standbyThatStopped(10), new Event.Drained());

        tick(standbyThatStopped(10));

        assertThat(effects).doesNotHaveAnyElementsOfTypes(Effect.StartStandby.class);
    }

    @Test
    void whoLeavesGivesItsWordToNoCandidate() {
        Hello hello = new Hello(
                3,
                true,
                false,
                new Word.Request("b", new Word.Stamp("other", 1), new Position(1, 1000), false, false, true, false));
        View view = Views.of(Postgres.STANDBY, 10);
        tell(view, new Event.Leaving(at(100), at(100)));

        Description described = tell(view, new Event.Asked(hello, true, 3));

        assertThat(described.given()).isFalse();
        assertThat(described.reason()).isEqualTo("is about to be deleted");
        assertThat(described.isLeaving()).isTrue();
        assertThat(described.canLead()).isFalse();
    }

    @Test
    void whoDoesNotAskForAWordGetsNone() {
        Hello hello = new Hello(
                2,
                false,
                false,
                new Word.Request("b", new Word.Stamp("other", 1), new Position(1, 1000), true, true, true, false));

        Description described = tell(Views.of(Postgres.STANDBY, 10), new Event.Asked(hello, false, 3));

        assertThat(described.given()).isFalse();
        assertThat(described.protocol()).as("the newest that both speak").isEqualTo(2);
    }

    @Test
    void whoIsNotTheSuccessorLetsItGoFirst() {
        View view = Views.of(Postgres.STOPPED, 10);

        tell(view, new Event.GivenBack("b", new Word.Stamp("other", 1), "c"));
        assertThat(state.restraints().letLead(at(11.9))).isFalse();
        assertThat(state.restraints().letLead(at(12))).isTrue();

        tell(Views.of(Postgres.STOPPED, 20), new Event.GivenBack("b", new Word.Stamp("other", 2), "a"));
        assertThat(state.restraints().letLead(at(20))).isTrue();
    }

    @Test
    void aSwitchoverWaitsForVotesThenStopsAndGivesTheLockBack() {
        isPrimary(10);
        View view = Views.of(Postgres.PRIMARY, 10.1);
        assertThat(tell(view, new Event.SwitchoverWanted(ANY))).isTrue();
        assertThat(effects).containsExactly(new Effect.PrepareSwitchover());
        assertThat(tell(view, new Event.StandbysSeen(List.of("c", "b")))).contains("c");
        tell(view, new Event.SwitchoverPrepared(List.of("c", "b")));
        tell(view, new Event.WorkEnded());

        tick(Views.of(Postgres.PRIMARY, 10.2));
        assertThat(effects)
                .as("nobody has answered since")
                .doesNotHaveAnyElementsOfTypes(Effect.StopForSwitchover.class);
        heard("b", Postgres.STANDBY, 10.3);
        assertThat(wakes).as("it is waited for").isTrue();
        heard("c", Postgres.STANDBY, 10.3);
        tick(Views.of(Postgres.PRIMARY, 10.4));
        assertThat(effects).hasAtLeastOneElementOfType(Effect.StopForSwitchover.class);
        assertThat(state.restraints().letLead(at(15.3))).as("it goes last").isFalse();

        tell(Views.of(Postgres.STOPPED, 10.5), new Event.StoppedForSwitchover(true));
        assertThat(effect(Effect.ReleaseLock.class).successor()).isEqualTo("c");
        assertThat(effect(Effect.EndSwitchover.class).outcome()).isEqualTo(Switchover.Outcome.to("c"));
    }

    @Test
    void aSwitchoverWithoutVotesEndsAndTheNodeStays() {
        assertThat(withoutVotes(ANY)).containsExactly(new Effect.EndSwitchover(ANY, Switchover.Outcome.NO_VOTE));
    }

    @Test
    void aNodeThatIsDrainedStopsWithoutVotesToo() {
        assertThat(withoutVotes(DRAIN)).containsExactly(new Effect.StopForSwitchover());
    }

    private List<Effect> withoutVotes(Switchover.Request request) {
        isPrimary(10);
        View view = Views.of(Postgres.PRIMARY, 10.1);
        tell(view, new Event.SwitchoverWanted(request));
        tell(view, new Event.StandbysSeen(List.of("b")));
        tell(view, new Event.SwitchoverPrepared(List.of("b")));
        tell(view, new Event.WorkEnded());
        View late = Views.of(Postgres.PRIMARY, 16.1);
        tell(late, new Event.Answered("b", Views.saying(Postgres.STANDBY, Lineage.FIRST, false), at(16.1)));
        tick(late);
        return effects.stream()
                .filter(effect -> effect instanceof Effect.EndSwitchover || effect instanceof Effect.StopForSwitchover)
                .toList();
    }

    @Test
    void aSwitchoverToNobodyEndsAtOnce() {
        isPrimary(10);
        View view = Views.of(Postgres.PRIMARY, 10.1);
        tell(view, new Event.SwitchoverWanted(ANY));

        assertThat(tell(view, new Event.StandbysSeen(List.of()))).isEmpty();
        assertThat(effects).containsExactly(new Effect.EndSwitchover(ANY, Switchover.Outcome.NO_STANDBY));
        assertThat(state.work().switchover()).isEmpty();
    }

    @Test
    void aServerThatDoesNotAnswerOrStopEndsASwitchover() {
        isPrimary(10);
        View view = Views.of(Postgres.PRIMARY, 10.1);
        tell(view, new Event.SwitchoverWanted(ANY));
        tell(view, new Event.SwitchoverFailed());
        assertThat(effects).containsExactly(new Effect.EndSwitchover(ANY, Switchover.Outcome.NO_ANSWER));
        tell(view, new Event.WorkEnded());

        tell(view, new Event.SwitchoverWanted(ANY));
        tell(view, new Event.StoppedForSwitchover(false));
        assertThat(effects).containsExactly(new Effect.EndSwitchover(ANY, Switchover.Outcome.NOT_STOPPED));
        assertThat(state.candidacy().isReleasing()).isFalse();
    }

    @Test
    void aPrimaryWhoseDiskIsFullHandsOverOnceInAWhile() {
        isPrimary(10);
        View full = Views.withFullDisk(Views.of(Postgres.PRIMARY, 10.1));
        tick(full);
        assertThat(effects).hasAtLeastOneElementOfType(Effect.PrepareSwitchover.class);

        tell(full, new Event.SwitchoverFailed());
        tell(full, new Event.WorkEnded());
        tick(full);
        assertThat(effects).doesNotHaveAnyElementsOfTypes(Effect.PrepareSwitchover.class);
    }
}
