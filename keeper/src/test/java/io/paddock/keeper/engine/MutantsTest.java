package io.paddock.keeper.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.engine.Schedule.Kind;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Hello;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whether the simulation would notice: each of these keepers breaks one rule, and each is found out. */
class MutantsTest {

    private static final long SEEDS = 400;
    private static final Duration LONG_AGO = Duration.ofDays(-1);

    /** Finds a mutant out with some seed. */
    private interface Trial {
        boolean fails(long seed, Mutant mutant);
    }

    private static final Trial SCHEDULE = schedule(Kind.STAYS);
    private static final Trial GROWTH = schedule(Kind.GROWS_AND_SHRINKS);
    private static final Trial KILLED = outage(cluster -> cluster.nodes.get("a").killPostgres(), 3_000);
    private static final Trial HUNG = outage(cluster -> cluster.nodes.get("a").freezePostgres(), 7_000);
    private static final Trial LOST = outage(cluster -> cluster.nodes.get("a").loseMachine(), 9_500);
    private static final Trial PLANNED = outage(
            cluster -> {
                cluster.slowMessages(false);
                cluster.nodes.get("c").killKeeper();
                cluster.run(500);
                cluster.nodes.get("c").startKeeper();
                cluster.run(1_000);
                cluster.nodes
                        .get("a")
                        .handOver(new Switchover.Request(Optional.empty(), Switchover.Order.FURTHEST_FIRST, true));
            },
            1_000);
    private static final Trial FROZEN_WITH_ITS_GUARDS = (seed, mutant) -> {
        SimulatedCluster cluster = broken(seed, mutant);
        cluster.nodes.get("a").freezeKeeper(true);
        cluster.nodes.get("a").freezeLeash(true);
        return isFoundOut(() -> cluster.run(30_000));
    };
    private static final Trial CUT_OFF_AND_FROZEN = (seed, mutant) -> {
        SimulatedCluster cluster = broken(seed, mutant);
        cluster.nodes.get("a").freezeKeeper(true);
        cluster.cutOff("a");
        return isFoundOut(() -> cluster.run(20_000));
    };
    private static final Trial LOSES_WHAT_WAS_ACKNOWLEDGED = (seed, mutant) -> {
        SimulatedCluster cluster = broken(seed, mutant);
        cluster.cut("a", seed % 2 == 0 ? "b" : "c");
        cluster.run(1_500);
        cluster.nodes.get("a").loseMachine();
        long acknowledged = cluster.acknowledged();
        cluster.healNetwork();
        cluster.run(30_000);
        return cluster.writers().stream()
                .anyMatch(writer -> cluster.nodes.get(writer).disk.reached(1) < acknowledged);
    };

    @TestFactory
    Stream<DynamicTest> isFoundOut() {
        return Stream.of(
                mutant(
                        "does not hear its upstream",
                        FROZEN_WITH_ITS_GUARDS,
                        seeing(view -> new View(
                                view.now(),
                                view.listed(),
                                view.members(),
                                new Server(
                                        view.server().state(),
                                        view.server().answers(),
                                        view.server().isStandby(),
                                        view.server().log(),
                                        Server.Upstream.NONE,
                                        view.server().hungSince(),
                                        view.server().isSynchronous()),
                                view.lineage(),
                                view.node()))),
                mutant(
                        "believes for ever that it holds the lock",
                        SCHEDULE,
                        knowing(Event.Tick.class, MutantsTest::withFreshLock)),
                mutant("permits for longer than it has the right", CUT_OFF_AND_FROZEN, new Mutant() {
                    @Override
                    public Duration permits(Duration until) {
                        return until.plusSeconds(6);
                    }
                }),
                mutant("has a fence that is longer than the others' lease", SCHEDULE, new Mutant() {
                    @Override
                    public Engine engine(Engine engine) {
                        Timing right = engine.timing();
                        return new Engine(
                                engine.self(),
                                new Timing(
                                        Duration.ofSeconds(9),
                                        Duration.ofSeconds(10),
                                        Duration.ofSeconds(10),
                                        right.silence(),
                                        right.stall(),
                                        right.hang(),
                                        right.patience(),
                                        right.standbyPatience(),
                                        right.election()));
                    }
                }),
                mutant("does not kill who hangs", HUNG, without(Effect.Kill.class)),
                mutant("does not see who hangs", HUNG, seeing(MutantsTest::withoutHang)),
                mutant("takes the lock from nobody", LOST, without(Effect.Depose.class)),
                mutant("gives the lock back to nobody", KILLED, without(Effect.ReleaseLock.class)),
                mutant(
                        "gives no words back",
                        KILLED,
                        doing(effect -> effect instanceof Effect.ReleaseLock release
                                ? new Effect.ReleaseLock(new Word.Stamp("another life", 0), release.successor())
                                : effect)),
                mutant("never promotes", KILLED, without(Effect.Promote.class)),
                mutant(
                        "asks how far the others are, and takes no notice",
                        LOSES_WHAT_WAS_ACKNOWLEDGED,
                        hearing(MutantsTest::asIfBehind)),
                mutant(
                        "hands over without looking whether another one can",
                        PLANNED,
                        knowing(
                                Event.Tick.class,
                                (state, view) -> state.work()
                                        .switchover()
                                        .filter(Switchover::isWaiting)
                                        .map(waiting -> state.with(
                                                state.work().switching(Optional.of(waiting.waits(LONG_AGO)))))
                                        .orElse(state))),
                mutant("makes nobody a standby again", SCHEDULE, without(Effect.Rewind.class)),
                mutant("copies nobody", GROWTH, without(Effect.Copy.class)),
                mutant("follows nobody else", SCHEDULE, without(Effect.Follow.class)),
                mutant("gives new nodes no vote", GROWTH, without(Effect.FoundCluster.class)),
                mutant("takes nobody's vote", GROWTH, without(Effect.ChangeVoters.class)),
                mutant("learns nothing of new voters", GROWTH, without(Effect.Learn.class)),
                mutant("asks nobody", SCHEDULE, without(Effect.AskOthers.class)));
    }

    @TestFactory
    Stream<DynamicTest> whatIsNotBrokenIsNot() {
        return Stream.of(
                        SCHEDULE,
                        GROWTH,
                        KILLED,
                        HUNG,
                        LOST,
                        PLANNED,
                        FROZEN_WITH_ITS_GUARDS,
                        CUT_OFF_AND_FROZEN,
                        LOSES_WHAT_WAS_ACKNOWLEDGED)
                .map(trial -> DynamicTest.dynamicTest(
                        "a trial",
                        () -> assertThat(LongStream.rangeClosed(1, 20).filter(seed -> trial.fails(seed, Mutant.NONE)))
                                .isEmpty()));
    }

    private static DynamicTest mutant(String what, Trial trial, Mutant mutant) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(LongStream.rangeClosed(1, SEEDS).anyMatch(seed -> trial.fails(seed, mutant)))
                        .as("found out with one of %d seeds", SEEDS)
                        .isTrue());
    }

    private static Trial schedule(Kind kind) {
        return (seed, mutant) -> Schedule.of(seed, kind).fails(cluster -> cluster.mutant(mutant));
    }

    private static Trial outage(Consumer<SimulatedCluster> fault, long longest) {
        return (seed, mutant) -> {
            SimulatedCluster cluster = broken(seed, mutant);
            return isFoundOut(() -> assertThat(Outage.after(cluster, fault)).isLessThan(longest));
        };
    }

    private static SimulatedCluster broken(long seed, Mutant mutant) {
        SimulatedCluster cluster = SimulatedCluster.ofThree(seed);
        cluster.mutant(mutant);
        cluster.run(2_000 + seed * 37);
        return cluster;
    }

    private static boolean isFoundOut(Runnable trial) {
        try {
            trial.run();
            return false;
        } catch (AssertionError found) {
            return true;
        }
    }

    private interface Knowledge {
        State of(State state, View view);
    }

    private static Mutant knowing(Class<? extends Event<?>> when, Knowledge knowledge) {
        return new Mutant() {
            @Override
            public State knows(State state, View view, Event<?> event) {
                return when.isInstance(event) && view.members().isPresent() ? knowledge.of(state, view) : state;
            }
        };
    }

    private static State withFreshLock(State state, View view) {
        Lock lock = state.lock();
        return lock.state() == Lock.State.HELD
                ? state.with(Lock.heldBy(lock.holder(), view.now()).after(lock.promotion()))
                : state;
    }

    private interface Sight {
        View of(View view);
    }

    private static Mutant seeing(Sight sight) {
        return new Mutant() {
            @Override
            public View sees(View view, Event<?> event) {
                return sight.of(view);
            }
        };
    }

    private static View withoutHang(View view) {
        Server server = view.server();
        return new View(
                view.now(),
                view.listed(),
                view.members(),
                new Server(
                        server.state(),
                        server.answers(),
                        server.isStandby(),
                        server.log(),
                        server.upstream(),
                        Optional.empty(),
                        server.isSynchronous()),
                view.lineage(),
                view.node());
    }

    private interface Hearing {
        Event<?> of(Event<?> event);
    }

    private static Mutant hearing(Hearing hearing) {
        return new Mutant() {
            @Override
            @SuppressWarnings("unchecked")
            public <R extends @Nullable Object> Event<R> hears(Event<R> event) {
                return (Event<R>) hearing.of(event);
            }
        };
    }

    /** Whoever asks counts as ahead, and whoever answers as behind. */
    private static Event<?> asIfBehind(Event<?> event) {
        if (event instanceof Event.Asked asked) {
            Word.Request request = asked.hello().request();
            return new Event.Asked(
                    new Hello(
                            asked.hello().protocol(),
                            asked.hello().wants(),
                            asked.hello().anew(),
                            new Word.Request(
                                    request.node(),
                                    request.stamp(),
                                    new Position(request.position().promotion(), Long.MAX_VALUE),
                                    request.isPrimary(),
                                    request.isPatient(),
                                    request.isLastPrimary(),
                                    request.founds())),
                    asked.isAnew(),
                    asked.protocol());
        }
        if (event instanceof Event.Answered answered) {
            Description said = answered.description();
            return new Event.Answered(answered.node(), behind(said), answered.askedAt());
        }
        return event;
    }

    private static Description behind(Description said) {
        return new Description(
                said.protocol(),
                said.postgres(),
                new Position(said.position().promotion(), 0),
                said.isAnew(),
                said.lineage(),
                said.timeline(),
                said.canLead(),
                said.silent(),
                said.streams(),
                said.members(),
                said.isEmpty(),
                said.isFounding(),
                said.isReady(),
                said.hasRoom(),
                said.joins(),
                said.isLeaving(),
                said.preparedFor(),
                said.given(),
                said.reason());
    }

    private static Mutant without(Class<? extends Effect> kind) {
        Predicate<Effect> isDone = effect -> !kind.isInstance(effect);
        return new Mutant() {
            @Override
            public Stream<Effect> does(Effect effect) {
                return Stream.of(effect).filter(isDone);
            }
        };
    }

    private interface Doing {
        Effect of(Effect effect);
    }

    private static Mutant doing(Doing doing) {
        return new Mutant() {
            @Override
            public Stream<Effect> does(Effect effect) {
                return Stream.of(doing.of(effect));
            }
        };
    }
}
