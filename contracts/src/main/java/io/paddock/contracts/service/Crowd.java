package io.paddock.contracts.service;

import java.nio.channels.SocketChannel;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.juli.logging.Log;
import org.apache.juli.logging.LogFactory;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * HTTP for whoever connects: when nearly as many connections are open as there may be (server.tomcat.max-connections, what fits into the heap), the one that has
 * been silent for longest gives way to a new one, unless its request is being worked on. Tomcat itself would let new ones wait until the others are done,
 * which a slow one never is.
 */
public final class Crowd extends Http11NioProtocol {

    /** Connections that give way are closed a moment later. */
    private static final int SPARE = 20;

    private static final Log LOG = LogFactory.getLog(Crowd.class);

    public Crowd() {
        super(new GivingWay());
    }

    private static final class GivingWay extends NioEndpoint {

        /** Those that were told to go; the connections that are open know them no more once they have gone. */
        private final Set<SocketWrapperBase<NioChannel>> told = new HashSet<>();

        private record Silent(SocketWrapperBase<NioChannel> connection, long since) {}

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

        private boolean givesWay(SocketWrapperBase<NioChannel> connection) {
            Lock lock = connection.getLock();
            // Whoever works on its request holds it.
            if (!lock.tryLock()) {
                return false;
            }
            try {
                return processSocket(connection, SocketEvent.ERROR, true);
            } finally {
                lock.unlock();
            }
        }
    }
}
