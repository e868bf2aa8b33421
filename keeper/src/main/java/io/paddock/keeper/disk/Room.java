package io.paddock.keeper.disk;

/**
 * Room on a disk at a moment, in bytes. PostgreSQL must not come to the end of it: a server that can't write its log ends, and can't start
 * again. So some is kept as ballast, and what is left beside that decides who may write.
 *
 * @param size of the file system
 * @param free what a process of the server's user may still write
 * @param hasBallast whether the ballast is on the disk, so that it could be dropped
 */
public record Room(long size, long free, boolean hasBallast) {

    private static final long MIB = 1 << 20;
    /** A file of PostgreSQL's write-ahead log. */
    static final long SEGMENT = 16 * MIB;

    static final long BALLAST = 4 * SEGMENT;

    /** One in a hundred of a large disk would be more than any write between two looks. */
    private static final long LARGEST_SHARE = 512 * MIB;

    /** Writes end when less than this is left: three files of the log, and one in a hundred of the disk. */
    long limit() {
        return 3 * SEGMENT + Math.min(size / 100, LARGEST_SHARE);
    }

    /** What can be used without the ballast. */
    long left() {
        return hasBallast ? free : free - BALLAST;
    }

    boolean isFull() {
        return left() < limit();
    }

    /** Twice the limit: who has just got some room back does not lose it at once. */
    boolean isAmple() {
        return left() >= 2 * limit();
    }

    /** Not even one file of the log can be written any more: now the ballast is needed. */
    boolean isUsedUp() {
        return free < SEGMENT;
    }
}
