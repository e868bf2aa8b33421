package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.TakeOver;
import io.paddock.keeper.engine.Event.Tried.Outcome;
import io.paddock.keeper.engine.SimulatedServer.Role;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntConsumer;

/** What a keeper's tasks do to PostgreSQL, and how long that takes. A keeper that dies leaves what was done until then. */
final class SimulatedWork {

    private final SimulatedNode node;
    private final SimulatedCluster cluster;
    private final Random random;

    SimulatedWork(SimulatedNode node, SimulatedCluster cluster, Random random) {
        this.node = node;
        this.cluster = cluster;
        this.random = random;
    }

    void begin(Effect.Task task) {
        if (task instanceof Effect.Kill) {
            after(20 + random.nextInt(80), () -> {
                node.crash();
                end();
            });
        } else if (task instanceof Effect.Promote) {
            promote();
        } else if (task instanceof Effect.StartPrimary) {
            startPrimary();
        } else if (task instanceof Effect.StartStandby) {
            after(100 + random.nextInt(300), () -> {
                startStandby();
                after(1_000, this::end);
            });
        } else if (task instanceof Effect.Follow follow) {
            after(10 + random.nextInt(40), () -> {
                node.disk.upstream = Optional.of(follow.primary());
                node.tell(new Event.Followed());
                end();
            });
        } else if (task instanceof Effect.Rewind rewind) {
            node.tried(Outcome.REWINDS);
            beginCopy();
            after(500 + random.nextInt(1_000), () -> {
                if (join(rewind.primary(), rewind.lineage())) {
                    startStandby();
                }
                end();
            });
        } else if (task instanceof Effect.Copy copy) {
            beginCopy();
            after(1_000 + random.nextInt(8_000), () -> copied(copy));
        } else if (task instanceof Effect.PrepareSwitchover) {
            prepareSwitchover();
        } else if (task instanceof Effect.StopForSwitchover) {
            stopForSwitchover();
        } else {
            throw new IllegalStateException("nobody does that here: " + task);
        }
    }

    private void after(long delay, Runnable what) {
        node.after(delay, what);
    }

    private void end() {
        // What comes of it is looked at first.
        after(5 + random.nextInt(40), () -> {
            node.lookAnew();
            node.tell(new Event.WorkEnded());
        });
    }

    private void count(IntConsumer counted) {
        Lineage before = node.disk.lineage;
        if (!node.picture().isCluster()) {
            counted.accept(before.last() + TakeOver.JUMP);
            return;
        }
        boolean[] isCounted = {false};
        node.atLock(
                20,
                () -> cluster.lock().count(node.id, before.last()).ifPresent(number -> {
                    isCounted[0] = true;
                    counted.accept(number);
                }),
                () -> {
                    if (!isCounted[0]) {
                        after(50, this::end);
                    }
                });
    }

    private void promote() {
        count(number -> after(1 + random.nextInt(30), () -> {
            boolean isArmed = node.server.role == Role.STANDBY && !node.server.leashFrozen;
            if (!node.tell(new Event.PermitWanted(false)) || !isArmed) {
                node.tell(new Event.SteppedBack());
                after(50, this::end);
                return;
            }
            node.server.role = Role.PRIMARY;
            node.disk.lineage = node.disk.lineage.with(number);
            after(50 + random.nextInt(250), () -> {
                if (node.server.role == Role.PRIMARY && node.server.answers()) {
                    node.server.promoted(cluster.nextTimeline());
                    node.note("is the primary by promotion " + number);
                    node.tell(new Event.Elected());
                } else if (node.disk.isStandby) {
                    node.disk.lineage = without(node.disk.lineage, number);
                }
                end();
            });
        }));
    }

    private static Lineage without(Lineage lineage, int promotion) {
        return new Lineage(lineage.promotions().stream()
                .filter(begun -> begun.promotion() != promotion)
                .toList());
    }

    private void startPrimary() {
        Lineage before = node.disk.lineage;
        boolean isCluster = node.picture().isCluster();
        if (isCluster && node.picture().state().lock().promotion().number() > before.last()) {
            count(number -> {
                node.disk.lineage = before.with(number);
                runPrimary();
            });
        } else {
            after(5, this::runPrimary);
        }
    }

    private void runPrimary() {
        if (!node.tell(new Event.PermitWanted(false)) || node.server.leashFrozen) {
            after(50, this::end);
            return;
        }
        boolean isNewHistory = !node.disk.lineage.isBeginningKnown();
        node.server.startPrimary();
        boolean isBroken = node.brokenStarts > 0;
        // Some have much to recover.
        long takes = 200 + random.nextInt(random.nextInt(10) == 0 ? 12_000 : 400);
        after(takes, () -> {
            if (node.server.role != Role.PRIMARY || isBroken) {
                node.brokenStarts = Math.max(0, node.brokenStarts - 1);
                node.server.stop(0);
                node.tried(Outcome.START_FAILED);
            } else {
                if (isNewHistory) {
                    node.disk.beginTimeline(cluster.nextTimeline());
                }
                node.server.hasStarted = true;
                node.note("is the primary");
                node.tell(new Event.Elected());
            }
            end();
        });
    }

    private void startStandby() {
        node.server.startStandby();
        node.tell(new Event.Followed());
    }

    /** From then on there is no database until it has ended well. */
    private void beginCopy() {
        node.server.stop(0);
        node.disk.isUnfinished = true;
        node.disk.founds = false;
    }

    private boolean join(String primary, Lineage lineage) {
        SimulatedNode source = cluster.node(primary).orElseThrow();
        if (!cluster.isConnected(node.id, primary) || !cluster.isConnected(primary, node.id) || !source.writes()) {
            return false;
        }
        node.disk.receive(source.disk);
        node.disk.isThere = true;
        node.disk.isUnfinished = false;
        node.disk.lineage = lineage;
        node.disk.upstream = Optional.of(primary);
        node.disk.checkpoint = node.disk.lsn;
        return true;
    }

    private void copied(Effect.Copy copy) {
        if (join(copy.primary(), copy.lineage())) {
            node.tried(Outcome.COPIED);
            startStandby();
        } else {
            node.tried(Outcome.COPY_FAILED);
        }
        end();
    }

    private void prepareSwitchover() {
        after(5 + random.nextInt(30), () -> {
            if (!node.writes()) {
                node.tell(new Event.SwitchoverFailed());
                end();
            } else if (node.tell(new Event.StandbysSeen(cluster.standbysOf(node)))
                    .isEmpty()) {
                end();
            } else {
                after(20 + random.nextInt(200), () -> {
                    node.tell(new Event.SwitchoverPrepared(cluster.standbysOf(node)));
                    end();
                });
            }
        });
    }

    /** One that hangs is killed by the leash when the time for a stop is over. */
    private void stopForSwitchover() {
        after(node.server.isFrozen ? 5_000 : 50 + random.nextInt(100), () -> {
            if (node.server.role != Role.STOPPED) {
                node.note("has stopped to hand over");
                cluster.drain(node);
                node.server.stop(0);
            }
            node.lookAnew();
            node.tell(new Event.StoppedForSwitchover(true));
            end();
        });
    }
}
