package io.paddock.keeper.peer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Decides which connections occupy the server's threads. A client that has not shown a node's certificate, be it that it does not even finish its handshake, gets one
 * of some places; when they are taken, the oldest client gives way, first one of the same address. So whoever connects is heard, if only for
 * a moment, and the other threads are always there for nodes: those that have shown their certificate, and the addresses of this cluster.
 *
 * <p>A handshake costs milliseconds of CPU, which a flood of complete ones would take from the node: clients get as many in a second as operators and
 * scripts need, and who comes beside that is turned away before it begins.
 *
 * <p>Where a place is taken by a thread, giving way is an interrupt: it ends the thread's reading and closes the connection.
 */
final class Admission {

    private static final int HANDSHAKES_A_SECOND = 20;
    private static final int HANDSHAKES_AT_ONCE = 40;

    private final int places;
    private final int placesOfAnAddress;
    private final Predicate<String> isPeer;
    private final LongSupplier nanoTime;
    private double handshakesLeft = HANDSHAKES_AT_ONCE;
    private long countedAt;
    /** The oldest first. */
    private final Deque<Place> taken = new ArrayDeque<>();

    private record Place(String address, Thread thread) {}

    /** @param isPeer whether an address is that of a node of this cluster */
    Admission(int places, int placesOfAnAddress, Predicate<String> isPeer, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.countedAt = nanoTime.getAsLong();
        this.places = places;
        this.placesOfAnAddress = placesOfAnAddress;
        this.isPeer = isPeer;
    }

    /** This thread begins to serve a connection from an address. */
    synchronized void enter(String address) {
        if (isPeer.test(address)) {
            return;
        }
        if (!hasHandshakeLeft()) {
            Thread.currentThread().interrupt();
            return;
        }
        long ofAddress =
                taken.stream().filter(place -> place.address().equals(address)).count();
        Optional<Place> goes = ofAddress >= placesOfAnAddress
                ? taken.stream()
                        .filter(place -> place.address().equals(address))
                        .findFirst()
                : taken.size() >= places ? Optional.of(taken.getFirst()) : Optional.empty();
        goes.ifPresent(place -> {
            taken.remove(place);
            place.thread().interrupt();
        });
        taken.addLast(new Place(address, Thread.currentThread()));
    }

    private boolean hasHandshakeLeft() {
        long now = nanoTime.getAsLong();
        handshakesLeft = Math.min(
                HANDSHAKES_AT_ONCE,
                handshakesLeft + (double) (now - countedAt) * HANDSHAKES_A_SECOND / TimeUnit.SECONDS.toNanos(1));
        countedAt = now;
        if (handshakesLeft < 1) {
            return false;
        }
        handshakesLeft--;
        return true;
    }

    /** This thread's client has shown that it is a node, or is not served any more: the thread is not interrupted after this. */
    synchronized void leave() {
        taken.removeIf(place -> place.thread() == Thread.currentThread());
        Thread.interrupted();
    }
}
