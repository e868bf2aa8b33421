package io.paddock.keeper.disk;

import io.paddock.keeper.system.Commands;
import io.paddock.keeper.system.Log;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The node's persistent disk: whether it is full, and the ballast on it. */
public final class Disk {

    private static final Duration TOOL = Duration.ofSeconds(10);

    private final Path directory;
    private final Path ballast;
    private volatile Room room = new Room(0, Long.MAX_VALUE, true);
    private volatile boolean full;
    private boolean canLay = true;

    /** @param directory on the disk, which may not be there yet */
    public Disk(Path directory) {
        this.directory = directory;
        this.ballast = directory.resolve("ballast");
    }

    /**
     * Looks how much room there is; what can't be seen stays as it was.
     *
     * @return whether something must be done about it
     */
    public synchronized boolean look() {
        try {
            FileStore store = Files.getFileStore(directory);
            room = new Room(store.getTotalSpace(), store.getUsableSpace(), Files.exists(ballast));
        } catch (IOException unseen) {
            return false;
        }
        boolean was = full;
        full = was ? !room.isAmple() : room.isFull();
        if (full != was) {
            Log.info(
                    full
                            ? "the disk is full: " + mebibytes(room.left()) + " are left, and writes need "
                                    + mebibytes(room.limit())
                            : "the disk has room again: " + mebibytes(room.left()));
        }
        return full != was || room.isUsedUp();
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    /** Whether nobody should write any more; once it is, until there is ample room. */
    public boolean isFull() {
        return full;
    }

    /** Whether there is so much that writes can go on for a while. */
    public boolean isAmple() {
        return room.isAmple();
    }

    public boolean isUsedUp() {
        return room.isUsedUp();
    }

    public Room room() {
        return room;
    }

    /** Lays the ballast where there is ample room, and drops it when the last of that is used up. */
    public synchronized void trim() throws IOException {
        Path next = ballast.resolveSibling("ballast.next");
        if (room.isUsedUp() && (Files.deleteIfExists(ballast) | Files.deleteIfExists(next))) {
            Log.info("the disk has no room at all: dropped the ballast of " + mebibytes(Room.BALLAST));
        } else if (canLay && !room.hasBallast() && room.isAmple()) {
            Commands.Result laid =
                    Commands.run(TOOL, "fallocate", "--length", Long.toString(Room.BALLAST), next.toString());
            if (laid.succeeded()) {
                Files.move(next, ballast);
            } else {
                Files.deleteIfExists(next);
                canLay = false;
                Log.info("goes on without ballast: " + laid.lastLine());
            }
        }
        look();
    }
}
