package io.paddock.keeper;

import io.paddock.keeper.consul.Access;
import io.paddock.keeper.consul.Consul;
import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.system.Log;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * This node's dealings with the lock: one after the other, in a thread of their own. What was given back is given back with its
 * session, so that an answer that was lost, though it took effect, can't give a later candidacy the lock.
 */
final class LockClient {

    private static final Duration RENEWAL = Duration.ofSeconds(3);
    /** Between two tries to be known to the servers, which one of an earlier release prevents. */
    private static final Duration INTRODUCTION = Duration.ofSeconds(5);
    /** Servers that have lost everything let everybody in again. */
    private static final Duration CLOSING = Duration.ofMinutes(1);

    private final Consul consul;
    private final String node;
    private final Core core;
    private final AtomicBoolean reads = new AtomicBoolean();
    private final AtomicBoolean changes = new AtomicBoolean();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread daemon = new Thread(work, "lock");
        daemon.setDaemon(true);
        return daemon;
    });

    private volatile Consul.Reading reading = Consul.Reading.NOTHING;
    private @Nullable String session;
    private Duration renewedAt = Duration.ZERO;
    private Duration introducedAt = Duration.ZERO;
    private volatile Optional<Boolean> closed = Optional.empty();
    private volatile Duration closedAt = Duration.ZERO;

    LockClient(Consul consul, Core core) {
        this.consul = consul;
        this.node = core.self();
        this.core = core;
    }

    boolean isHeldHere() {
        return reading.lock().state() == Lock.State.HELD
                && reading.lock().holder().equals(node);
    }

    /** Reads it, if it is not being read. */
    void read() {
        if (reads.compareAndSet(false, true)) {
            submit("read the lock", () -> {
                try {
                    see(consul.read(core.now()));
                } finally {
                    reads.set(false);
                }
                keepSession();
                introduce();
            });
        }
    }

    private void introduce() throws IOException, InterruptedException {
        Access access = consul.access();
        if (!access.isIntroduced() && core.now().minus(introducedAt).compareTo(INTRODUCTION) >= 0) {
            introducedAt = core.now();
            access.ensureIntroduced();
        }
    }

    /**
     * Closes its servers to whoever shows no token, which only the lock's holder does, or opens them again.
     *
     * @param wanted whether they shall be closed
     */
    void close(boolean wanted) {
        boolean isDone =
                closed.equals(Optional.of(wanted)) && core.now().minus(closedAt).compareTo(CLOSING) < 0;
        if (isDone || wanted && !isHeldHere() || !consul.access().isIntroduced()) {
            return;
        }
        change((wanted ? "close" : "open") + " the lock's servers", () -> {
            consul.access().close(wanted);
            if (!closed.equals(Optional.of(wanted))) {
                Log.info("the lock's servers are " + (wanted ? "closed to" : "open for") + " whoever shows no token");
            }
            closed = Optional.of(wanted);
            closedAt = core.now();
        });
    }

    private void see(Consul.Reading newer) {
        reading = newer;
        core.tell(new Event.LockRead(newer.lock(), newer.members()));
    }

    /** A keeper that was started again goes on with the session by which its node holds the lock. */
    private void keepSession() throws IOException, InterruptedException {
        if (isHeldHere()) {
            session = reading.session();
        }
        if (session != null && core.now().minus(renewedAt).compareTo(RENEWAL) >= 0) {
            Duration asked = core.now();
            if (consul.renew(session)) {
                renewedAt = asked;
            } else {
                session = null;
            }
        }
    }

    /** @param primary whether this node is the primary already, and only lacks the lock */
    void acquire(boolean primary) {
        change("take the lock", () -> {
            if (session == null) {
                session = consul.createSession();
                renewedAt = core.now();
            }
            Duration asked = core.now();
            if (consul.acquire(session)) {
                Log.info("has the lock");
                // First of all: who holds it and is no candidate gives it back.
                core.tell(new Event.LockTaken(asked, primary));
                // What was read before may lack the last promotion.
                see(consul.read(core.now()));
            }
        });
    }

    /**
     * Gives it back at once; what the session still asks for comes too late.
     *
     * @param then called as soon as others can take it, or if the lock's servers are away
     */
    void release(Runnable then) {
        submit("release the lock", () -> {
            try {
                giveBack(then);
            } finally {
                core.tell(new Event.LockReleased());
            }
        });
    }

    private void giveBack(Runnable then) throws IOException, InterruptedException {
        String held = isHeldHere() ? reading.session() : session;
        session = null;
        try {
            if (held != null && !held.isEmpty()) {
                consul.release(held);
            }
        } finally {
            then.run();
        }
        if (held != null && !held.isEmpty()) {
            consul.destroy(held);
        }
        see(consul.read(core.now()));
    }

    void depose(String holder) {
        Consul.Reading seen = reading;
        change("depose " + holder, () -> {
            if (seen.lock().holder().equals(holder) && !seen.session().isEmpty()) {
                consul.destroy(seen.session());
            }
        });
    }

    /**
     * Counts a promotion, which only the lock's holder does.
     *
     * @param known number of the last one that this node knows of
     * @return empty if that can't be done now
     */
    Optional<Integer> count(int known) throws IOException, InterruptedException {
        Consul.Reading before = consul.read(core.now());
        if (!before.lock().holder().equals(node) || before.lock().state() != Lock.State.HELD) {
            return Optional.empty();
        }
        return consul.count(before, known);
    }

    /** Tells the lock's servers of the promotion that made this node the primary, and of the voters, if they do not know. */
    void record(int promotion, Members members) throws IOException, InterruptedException {
        Consul.Reading before = reading;
        if (isHeldHere() && before.lock().promotion().number() < promotion) {
            consul.write(promotion, before);
        }
        if (isHeldHere() && before.members().map(Members::version).orElse(0L) < members.version()) {
            consul.writeMembers(members, before);
        }
    }

    /** Whether its servers know what {@link #record} told them. */
    boolean hasRecorded(int promotion, Members members) {
        return reading.lock().promotion().number() == promotion
                && reading.members().filter(members::equals).isPresent();
    }

    /** Changes the voters, which only the lock's holder does; they count from when they are read. */
    void changeVoters(Members next) {
        change("change the voters to " + next.voters(), () -> {
            Consul.Reading before = consul.read(core.now());
            if (before.lock().holder().equals(node)
                    && before.members().map(Members::version).orElse(0L) < next.version()
                    && consul.writeMembers(next, before)) {
                see(consul.read(core.now()));
            }
        });
    }

    /** Ends the server of this node, which is no voter any more, or the only one; that takes it some seconds, in which it is told again. */
    void endServer() {
        change("end the lock's server", () -> {
            see(Consul.Reading.NOTHING);
            try {
                consul.leave();
            } catch (IOException leaving) {
                // Whether it has gone shows in what it leaves behind.
            }
        });
    }

    /** One at a time: who is slow to answer must not find a queue of them, decided long ago. */
    private void change(String what, Request request) {
        if (changes.compareAndSet(false, true)) {
            submit(what, () -> {
                try {
                    request.run();
                } finally {
                    changes.set(false);
                }
            });
        }
    }

    private interface Request {
        void run() throws IOException, InterruptedException;
    }

    private void submit(String what, Request request) {
        thread.execute(() -> {
            try {
                request.run();
            } catch (IOException failure) {
                // Reading is tried in every round, and that the servers are away is in the decision's reason.
                if (!what.startsWith("read")) {
                    Log.warn("can't " + what, failure);
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException failure) {
                Log.warn("can't " + what, failure);
            }
        });
    }
}
