package io.paddock.keeper.cluster;

import com.fasterxml.jackson.jr.ob.JSON;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.system.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The voters, as this node last heard of them; on its persistent disk, since a node must not vote beside them. */
public final class Membership {

    private final Path file;
    private volatile Optional<Members> members = Optional.empty();

    /** @throws IOException if what is there can't be read: then nobody knows who belongs to the cluster */
    public Membership(Path file) throws IOException {
        this.file = file;
        if (Files.exists(file)) {
            members = Optional.of(parse(JSON.std.mapFrom(Files.readString(file))));
        }
    }

    /** Empty on a node that has not met its cluster yet. */
    public Optional<Members> members() {
        return members;
    }

    /** Takes over what is newer than what is known. */
    public synchronized boolean learn(Members newer) throws IOException {
        if (members.filter(known -> known.version() >= newer.version()).isPresent()) {
            return false;
        }
        DurableFile.write(file, JSON.std.asString(json(newer)));
        members = Optional.of(newer);
        return true;
    }

    public static Map<String, Object> json(Members members) {
        return Map.of("version", members.version(), "voters", List.copyOf(new TreeSet<>(members.voters())));
    }

    public static Members parse(Map<?, ?> json) {
        if (json.get("version") instanceof Number version && json.get("voters") instanceof List<?> voters) {
            return new Members(
                    version.longValue(), voters.stream().map(String::valueOf).collect(Collectors.toSet()));
        }
        throw new IllegalArgumentException("not a membership: " + json);
    }
}
