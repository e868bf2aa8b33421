package io.paddock.contracts.service;

import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.BooleanSupplier;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.juli.logging.Log;
import org.apache.juli.logging.LogFactory;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * HTTP for whoever connects: when nearly as many connections are open as there may be (server.tomcat.max-connections, what fits into the heap), the one that has
 * been silent for longest gives way to a new one, unless its request is being worked on. Tomcat itself would let new ones wait until the others are done,
 * which a slow one never is. A request whose header does not come within a time is ended, however often a byte of it does.
 */
public final class Crowd extends Http11NioProtocol {

    /** Connections that give way are closed a moment later. */
    private static final int SPARE = 20;

    private static final Log LOG = LogFactory.getLog(Crowd.class);

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final GivingWay endpoint;

    private Duration requestLimit = Duration.ofSeconds(20);
    private @Nullable ScheduledFuture<?> looks;

    public Crowd() {
        this(new GivingWay());
    }

    private Crowd(GivingWay endpoint) {
        super(endpoint);
        this.endpoint = endpoint;
    }

    /** Limits the time from the first byte of a request's header to the last. */
    void limitRequests(Duration limit) {
        requestLimit = limit;
    }

    @Override
    public void start() throws Exception {
        super.start();
        looks = getUtilityExecutor()
                .scheduleWithFixedDelay(
                        () -> endpoint.endSlowRequests(requestLimit),
                        LOOK.toMillis(),
                        LOOK.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() throws Exception {
        if (looks != null) {
            looks.cancel(false);
        }
        super.stop();
    }

    private static final class GivingWay extends NioEndpoint {

        /** Those that were told to go; the connections that are open know them no more once they have gone. */
        private final Set<SocketWrapperBase<NioChannel>> told = new HashSet<>();

        /** Those on which a request has begun to come, and when that was noticed. */
        private final Map<SocketWrapperBase<NioChannel>, Coming> coming = new HashMap<>();

        private record Silent(SocketWrapperBase<NioChannel> connection, long since) {}

        private record Coming(long lastAnswer, long since) {}

        /** Called by one thread, for each connection that is accepted. */
        @Override
        protected boolean setSocketOptions(SocketChannel socket) {
            try {
                if (getConnectionCount() > getMaxConnections() - SPARE) {
                    makeRoom();
                }
            } catch (RuntimeException failure) {
                // Otherwise the new connection would be forgotten, but counted for ever.
                LOG.warn("no connection was asked to give way", failure);
            }
            return super.setSocketOptions(socket);
        }

        private void makeRoom() {
            Set<SocketWrapperBase<NioChannel>> open = getConnections();
            told.retainAll(open);
            // The times change while they are compared.
            open.stream()
                    .filter(connection -> !told.contains(connection))
                    .map(connection -> new Silent(connection, ((NioSocketWrapper) connection).getLastRead()))
                    .sorted(Comparator.comparingLong(Silent::since))
                    .map(Silent::connection)
                    .filter(this::givesWay)
                    .findFirst()
                    .ifPresent(told::add);
        }

        /** Called by one thread. Who works on a request that has come, or waits for its answer, is left alone. */
        private void endSlowRequests(Duration limit) {
            try {
                Set<SocketWrapperBase<NioChannel>> open = getConnections();
                coming.keySet().retainAll(open);
                long now = System.nanoTime();
                for (SocketWrapperBase<NioChannel> connection : open) {
                    long lastAnswer = ((NioSocketWrapper) connection).getLastWrite();
                    Coming known = coming.get(connection);
                    if (!isComing(connection)) {
                        coming.remove(connection);
                    } else if (known == null || known.lastAnswer() != lastAnswer) {
                        coming.put(connection, new Coming(lastAnswer, now));
                    } else if (now - known.since() > limit.toNanos() && gives(connection, () -> isComing(connection))) {
                        LOG.info("ended a connection on which the header of a request did not come in time");
                    }
                }
            } catch (RuntimeException failure) {
                LOG.warn("requests that come slowly were not ended", failure);
            }
        }

        /** Whether a part of a request has been read, and nothing been answered since. */
        private boolean isComing(SocketWrapperBase<NioChannel> connection) {
            NioSocketWrapper socket = (NioSocketWrapper) connection;
            // Tomcat tries to read as soon as it has answered, and waits that long for the first byte.
            boolean isIdle =
                    getKeepAliveTimeout() != getConnectionTimeout() && socket.getReadTimeout() == getKeepAliveTimeout();
            boolean isAnsweredLater =
                    connection.getCurrentProcessor() instanceof Processor processor && processor.isAsync();
            return socket.getLastRead() > socket.getLastWrite() && !isIdle && !isAnsweredLater;
        }

        private boolean givesWay(SocketWrapperBase<NioChannel> connection) {
            return gives(connection, () -> true);
        }

        private boolean gives(SocketWrapperBase<NioChannel> connection, BooleanSupplier condition) {
            Lock lock = connection.getLock();
            // Whoever works on its request holds it.
            if (!lock.tryLock()) {
                return false;
            }
            try {
                return condition.getAsBoolean() && processSocket(connection, SocketEvent.ERROR, true);
            } finally {
                lock.unlock();
            }
        }
    }
}
