package io.paddock.keeper.postgres;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.system.Commands;
import io.paddock.keeper.system.DurableFile;
import io.paddock.keeper.system.Log;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What stands on the persistent disk beside and in the data directory: {@code current} leads to the data of the major version in use;
 * {@code unfinished} says that a clone or rewind was begun and not ended, so that what is there is no database; {@code whole} that there was a
 * database which a primary had or followed, since the disk was made; {@code lineage} holds the
 * numbers of the promotions that the data went through; {@code alone} tells the leash that this node is a cluster of one.
 */
public final class DataDirectory {

    private static final Duration TOOL = Duration.ofSeconds(10);

    private final Path store;
    private final Path data;
    private final Path controldata;
    private volatile boolean whole;

    public DataDirectory(Path store, Path bin) {
        this.store = store;
        this.data = store.resolve("current");
        this.controldata = bin.resolve("pg_controldata");
        this.whole = Files.exists(store.resolve("whole"));
    }

    /** Whether there is a whole database. */
    public boolean exists() {
        return stopped() == Postgres.STOPPED;
    }

    /** What there is of a server that does not run. */
    public Postgres stopped() {
        // Read once: it is deleted by another thread.
        boolean unfinished = Files.exists(store.resolve("unfinished"));
        if (!unfinished) {
            return Files.exists(data.resolve("PG_VERSION")) ? Postgres.STOPPED : Postgres.ABSENT;
        }
        return Files.exists(store.resolve("whole")) ? Postgres.UNFINISHED : Postgres.ABSENT;
    }

    public boolean isNotedWhole() {
        return whole;
    }

    /** Notes that the database is what the cluster's is: it is the primary's, or receives what that writes. */
    public void noteWhole() throws IOException {
        if (!whole) {
            DurableFile.write(store.resolve("whole"), "");
            whole = true;
        }
    }

    public void begin() throws IOException {
        DurableFile.write(store.resolve("unfinished"), "");
    }

    public void finish() throws IOException {
        DurableFile.delete(store.resolve("unfinished"));
    }

    /** Whether PostgreSQL, started on it, would be a standby. */
    public boolean isStandby() {
        return Files.exists(data.resolve("standby.signal"));
    }

    public void makeStandby(boolean standby) throws IOException {
        if (standby && !isStandby()) {
            DurableFile.write(data.resolve("standby.signal"), "");
        } else if (!standby) {
            DurableFile.delete(data.resolve("standby.signal"));
        }
    }

    /** {@link Lineage#NONE} if nobody wrote it down: of data from before there were keepers. */
    public Lineage lineage() {
        Path file = store.resolve("lineage");
        try {
            return Files.exists(file)
                    ? new Lineage(Stream.of(Files.readString(file).strip().split(" "))
                            .map(DataDirectory::begun)
                            .toList())
                    : Lineage.NONE;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public void lineage(Lineage lineage) throws IOException {
        DurableFile.write(
                store.resolve("lineage"),
                lineage.promotions().stream()
                        .map(begun -> begun.promotion() + ":" + begun.lsn())
                        .collect(Collectors.joining(" ")));
    }

    /** Keepers once wrote the numbers alone. */
    private static Lineage.Begun begun(String text) {
        String[] parts = text.split(":", 2);
        return new Lineage.Begun(
                Integer.parseInt(parts[0]), parts.length == 2 ? Long.parseLong(parts[1]) : Lineage.Begun.UNKNOWN);
    }

    public void alone(boolean alone) throws IOException {
        Path file = store.resolve("alone");
        if (alone && !Files.exists(file)) {
            DurableFile.write(file, "");
        } else if (!alone) {
            DurableFile.delete(file);
        }
    }

    /**
     * Where the log of a stopped server goes at least: the last checkpoint, or up to where a standby had replayed. After a crash there may
     * be more.
     */
    public long stoppedAt() {
        Map<String, String> control = control();
        return Stream.of("Latest checkpoint location", "Minimum recovery ending location")
                .map(field -> control.getOrDefault(field, "0/0"))
                .mapToLong(location -> Position.of(0, location).lsn())
                .max()
                .orElse(0);
    }

    /** What the primary's server had of a setting, as the log said last; 0 if that can't be seen. */
    public int logged(String setting) {
        return Integer.parseInt(control().getOrDefault(setting.replace("transaction", "xact") + " setting", "0"));
    }

    /** What pg_controldata prints, by field; empty if it fails. */
    private Map<String, String> control() {
        Commands.Result control = Commands.run(TOOL, controldata.toString(), data.toString());
        if (!control.succeeded()) {
            Log.info("pg_controldata failed: " + control.lastLine());
            return Map.of();
        }
        return control.output()
                .lines()
                .map(line -> line.split(":", 2))
                .filter(parts -> parts.length == 2)
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1].strip(), (one, two) -> one));
    }
}
