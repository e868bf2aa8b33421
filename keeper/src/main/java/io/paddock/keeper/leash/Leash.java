package io.paddock.keeper.leash;

import io.paddock.keeper.system.Log;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Orders to the leash, by the files that the script {@code leash} of the job {@code postgres} describes. Everything that is said here about
 * a process is the leash's word; a keeper in a container of its own could not look.
 */
public final class Leash {

    private static final Duration ORDER = Duration.ofSeconds(2);
    private static final Duration LOOK = Duration.ofMillis(10);

    private static final String STATUS = "status";

    private final Path directory;
    private final String life = UUID.randomUUID().toString().substring(0, 8);
    private final AtomicLong orders = new AtomicLong();

    public Leash(Path directory) {
        this.directory = directory;
    }

    /** As the leash knows it: a standby that was armed counts as a primary. */
    public enum Role {
        STOPPED,
        STANDBY,
        PRIMARY
    }

    /**
     * @param order the last one that was carried out
     * @param outcome {@code ok}, or a word that says why it was refused
     * @param starts of PostgreSQL since the leash's own start
     */
    public record Status(String order, String outcome, Role role, long starts) {}

    /** Empty while no leash runs here that has said something. */
    public Optional<Status> status() {
        try {
            String[] words = Files.readString(directory.resolve(STATUS)).strip().split(" ");
            return words.length < 5
                    ? Optional.empty()
                    : Optional.of(new Status(
                            words[0],
                            words[1],
                            Role.valueOf(words[2].toUpperCase(Locale.ROOT)),
                            Long.parseLong(words[4])));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException failure) {
            Log.warn("can't read the leash's status", failure);
            return Optional.empty();
        }
    }

    /**
     * Calls back whenever the leash has said something new, until the thread is interrupted.
     *
     * @throws IOException if there is no leash yet, or it can't be watched
     */
    public void watch(Runnable changed) throws IOException, InterruptedException {
        try (WatchService changes = directory.getFileSystem().newWatchService()) {
            directory.register(changes, StandardWatchEventKinds.ENTRY_CREATE);
            // It may have said something before that.
            changed.run();
            boolean isThere = true;
            while (isThere) {
                WatchKey key = changes.take();
                if (key.pollEvents().stream()
                        .anyMatch(event -> event.kind() == StandardWatchEventKinds.OVERFLOW
                                || STATUS.equals(String.valueOf(event.context())))) {
                    changed.run();
                }
                isThere = key.reset();
            }
        }
    }

    /** Until when a primary may run, on the machine's clock. */
    public void permit(Duration until) {
        try {
            Path next = directory.resolve("permit.next");
            Files.writeString(next, until.toMillis() / 10 + "\n");
            Files.move(next, directory.resolve("permit"), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            // Without a leash there is nothing to permit.
            Log.warn("can't renew the permit", failure);
        }
    }

    /** What is left of the last permit, perhaps of an earlier keeper; zero if there is none. */
    public Duration permittedUntil() {
        try {
            return Duration.ofMillis(
                    Long.parseLong(Files.readString(directory.resolve("permit")).strip()) * 10);
        } catch (IOException | NumberFormatException none) {
            return Duration.ZERO;
        }
    }

    /** @return whether the leash carried it out; false as well if it does not answer within the time */
    public boolean order(String word, Duration timeout) {
        String number = life + "-" + orders.incrementAndGet();
        try {
            give(number + " " + word + "\n");
        } catch (IOException failure) {
            Log.warn("can't order " + word, failure);
            return false;
        }
        Optional<Status> done = await(status -> status.order().equals(number), timeout);
        done.filter(status -> !status.outcome().equals("ok"))
                .ifPresent(status -> Log.info("the leash refused to " + word + ": " + status.outcome()));
        return done.filter(status -> status.outcome().equals("ok")).isPresent();
    }

    /** Opened for both, a FIFO never waits for somebody who reads. */
    private void give(String line) throws IOException {
        try (FileChannel orders =
                FileChannel.open(directory.resolve("orders"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            orders.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
        }
    }

    /**
     * Has PostgreSQL stopped, if it runs.
     *
     * @param timeout for a fast shutdown
     * @return whether it has stopped
     */
    public boolean stop(Duration timeout) {
        if (status().filter(status -> status.role() == Role.STOPPED).isPresent()) {
            return true;
        }
        return order("stop " + timeout.toSeconds(), ORDER) && await(Role.STOPPED, timeout.plus(ORDER));
    }

    /** @return whether the role was the wanted one within the time */
    public boolean await(Role role, Duration timeout) {
        return await(status -> status.role() == role, timeout).isPresent();
    }

    private Optional<Status> await(Predicate<Status> wanted, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (true) {
            Optional<Status> status = status().filter(wanted);
            if (status.isPresent()
                    || System.nanoTime() >= end
                    || Thread.currentThread().isInterrupted()) {
                return status;
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }
}
