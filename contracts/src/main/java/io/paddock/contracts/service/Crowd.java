package io.paddock.contracts.service;

import java.nio.channels.SocketChannel;
import java.util.Comparator;
import java.util.concurrent.locks.Lock;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * HTTP for whoever connects, however many they are and however slow: when nearly as many connections are open as there may be
 * (server.tomcat.max-connections, what fits into the heap), the one that has been silent for longest gives way to a new one. One whose request is being
 * worked on never does. Tomcat itself would let new ones wait until the others are done, which a slow one never is.
 */
public final class Crowd extends Http11NioProtocol {

    /** Connections that give way are closed a moment later. */
    private static final int SPARE = 20;

    public Crowd() {
        super(new GivingWay());
    }

    private static final class GivingWay extends NioEndpoint {

        @Override
        protected boolean setSocketOptions(SocketChannel socket) {
            if (getConnectionCount() > getMaxConnections() - SPARE) {
                getConnections().stream()
                        .sorted(Comparator.comparingLong(GivingWay::lastRead))
                        .filter(this::givesWay)
                        .findFirst();
            }
            return super.setSocketOptions(socket);
        }

        private static long lastRead(SocketWrapperBase<NioChannel> connection) {
            return ((NioSocketWrapper) connection).getLastRead();
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
