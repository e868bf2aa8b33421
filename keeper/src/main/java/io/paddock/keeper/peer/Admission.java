package io.paddock.keeper.peer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Decides which connections occupy the server's threads. A client that has not shown a node's certificate, be it that it does not even finish its handshake, gets one
 * of some places; when they are taken, the oldest client gives way, first one of the same address. So whoever connects is heard, if only for
 * a moment, and the other threads are always there for nodes: those that have shown their certificate, and the addresses of this cluster.
 *
 * <p>Where a place is taken by a thread, giving way is an interrupt: it ends the thread's reading and closes the connection.
 */
final class Admission {

    private final int places;
    private final int placesOfAnAddress;
    private final Predicate<String> isPeer;
    /** The oldest first. */
    private final Deque<Place> taken = new ArrayDeque<>();

    private record Place(String address, Thread thread) {}

    /** @param isPeer whether an address is that of a node of this cluster */
    Admission(int places, int placesOfAnAddress, Predicate<String> isPeer) {
        this.places = places;
        this.placesOfAnAddress = placesOfAnAddress;
        this.isPeer = isPeer;
    }

    /** This thread begins to serve a connection from an address. */
    synchronized void enter(String address) {
        if (isPeer.test(address)) {
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

    /** This thread's client has shown that it is a node, or is not served any more: the thread is not interrupted after this. */
    synchronized void leave() {
        taken.removeIf(place -> place.thread() == Thread.currentThread());
        Thread.interrupted();
    }
}
