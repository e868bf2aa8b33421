package io.paddock.acceptance;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Strangers who connect to servers without end: so many new connections a second, and so many that stay open. */
final class Flood implements AutoCloseable {

    static final int A_SECOND = 200;
    static final int OPEN = 2_000;

    private static final int CONNECT_TIMEOUT_MS = 2_000;

    /** Ways to use a connection. */
    enum Kind {
        HALF_OPEN("half-open"),
        SLOW("slow"),
        IDLE("idle");

        private final String name;

        Kind(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** @param isTls whether it speaks TLS */
    record Target(String host, int port, boolean isTls) {}

    private final Kind kind;
    private final List<Target> targets;
    private final int addresses;
    private final SSLContext trusting;
    private final Deque<Socket> open = new ArrayDeque<>();
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final ExecutorService openers = Executors.newFixedThreadPool(64);
    private final List<Thread> threads;
    private volatile boolean isStopped;

    private Flood(Kind kind, List<Target> targets, int addresses) {
        this.kind = kind;
        this.targets = targets;
        this.addresses = addresses;
        try {
            trusting = SSLContext.getInstance("TLS");
            trusting.init(null, new TrustManager[] {new Trusting()}, null);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
        threads = List.of(new Thread(this::openOnes, "flood"), new Thread(this::trickle, "trickle"));
    }

    /** @param addresses how many they come from, of the loopback network */
    static Flood start(Kind kind, List<Target> targets, int addresses) {
        Flood flood = new Flood(kind, targets, addresses);
        flood.threads.forEach(Thread::start);
        Platform.await(OPEN + " connections were opened", () -> flood.opened.get() + flood.refused.get() >= OPEN);
        return flood;
    }

    long opened() {
        return opened.get();
    }

    long refused() {
        return refused.get();
    }

    private void openOnes() {
        long due = System.nanoTime();
        for (int number = 0; !isStopped; number++) {
            Target target = targets.get(number % targets.size());
            String from = "127.99.0." + (1 + number % addresses);
            openers.execute(() -> open(target, from));
            due += TimeUnit.SECONDS.toNanos(1) / A_SECOND;
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    private void open(Target target, String from) {
        try {
            Socket socket = new Socket();
            keep(socket);
            socket.setSoTimeout(CONNECT_TIMEOUT_MS);
            socket.bind(new InetSocketAddress(from, 0));
            socket.connect(new InetSocketAddress(target.host(), target.port()), CONNECT_TIMEOUT_MS);
            socket.getOutputStream().write(begin(target));
            if (kind == Kind.IDLE && target.isTls()) {
                SSLSocket secured = (SSLSocket)
                        trusting.getSocketFactory().createSocket(socket, target.host(), target.port(), true);
                secured.startHandshake();
            }
            opened.incrementAndGet();
        } catch (IOException noPlace) {
            refused.incrementAndGet();
        }
    }

    /** The oldest makes room for the newest. */
    private void keep(Socket socket) throws IOException {
        Socket oldest = null;
        synchronized (open) {
            open.add(socket);
            if (open.size() > OPEN) {
                oldest = open.remove();
            }
        }
        if (oldest != null) {
            oldest.close();
        }
    }

    private byte[] begin(Target target) {
        if (kind == Kind.IDLE) {
            return target.isTls()
                    ? new byte[0]
                    : "GET /actuator/health HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        }
        // A record of a handshake that is longer than what comes, or a request line that does not end.
        return target.isTls()
                ? new byte[] {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, (byte) 0xfc, 0x03, 0x03}
                : "GET /v2/cat".getBytes(StandardCharsets.US_ASCII);
    }

    /** Slow ones say a byte a second. */
    private void trickle() {
        while (kind == Kind.SLOW && !isStopped) {
            List<Socket> all;
            synchronized (open) {
                all = List.copyOf(open);
            }
            for (Socket socket : all) {
                try {
                    if (socket.isConnected() && !socket.isClosed()) {
                        socket.getOutputStream().write('a');
                    }
                } catch (IOException closed) {
                    // The server has closed it, as it may.
                }
            }
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
        }
    }

    @Override
    public void close() {
        isStopped = true;
        openers.shutdownNow();
        try {
            for (Thread thread : threads) {
                thread.interrupt();
                thread.join();
            }
            openers.awaitTermination(10, TimeUnit.SECONDS);
            synchronized (open) {
                for (Socket socket : open) {
                    socket.close();
                }
            }
        } catch (IOException | InterruptedException ending) {
            throw new IllegalStateException(ending);
        }
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
