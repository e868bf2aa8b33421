package io.paddock.keeper.system;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the job's file says.
 *
 * @param node name of this node: instance group and index, like {@code postgres-0}; never reused for another disk
 * @param id the instance's id, a UUID; Consul's node id
 * @param bootstrap whether this node may make the first primary of a new cluster
 * @param address its own, on which keeper, PostgreSQL and Consul listen
 * @param protocol the newest that is spoken to other keepers
 * @param startTimeout seconds that a start, recovery included, may take
 * @param stopTimeout seconds that a fast shutdown may take
 */
public record Settings(
        String node,
        String id,
        int index,
        boolean bootstrap,
        String deployment,
        String group,
        String address,
        int port,
        int postgresPort,
        int protocol,
        int startTimeout,
        int stopTimeout) {

    /** @throws IOException if there is no such file, or it is no JSON */
    public static Settings read(Path file) throws IOException {
        Map<String, Object> values = JSON.std.mapFrom(Files.readString(file));
        return new Settings(
                text(values, "node"),
                text(values, "id"),
                number(values, "index"),
                Boolean.TRUE.equals(values.get("bootstrap")),
                text(values, "deployment"),
                text(values, "group"),
                text(values, "address"),
                number(values, "port"),
                number(values, "postgres_port"),
                number(values, "protocol"),
                number(values, "start_timeout"),
                number(values, "stop_timeout"));
    }

    private static String text(Map<String, Object> values, String name) {
        if (values.get(name) instanceof String text && !text.isEmpty()) {
            return text;
        }
        throw new IllegalArgumentException("setting '" + name + "' is missing");
    }

    private static int number(Map<String, Object> values, String name) {
        if (values.get(name) instanceof Number number) {
            return number.intValue();
        }
        throw new IllegalArgumentException("setting '" + name + "' is missing or not a number");
    }
}
