package io.paddock.keeper.cluster;

import com.fasterxml.jackson.jr.ob.JSON;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The nodes of this deployment that BOSH knows, from the file that it gives every machine and refreshes without a restart
 * (/var/vcap/instance/dns/records.json). A node's own files must not name its peers: a node more would restart them all.
 */
public final class Records {

    private final Path file;
    private final Settings settings;

    public Records(Path file, Settings settings) {
        this.file = file;
        this.settings = settings;
    }

    /**
     * @return address by node, this node included
     * @throws IOException if the file can't be read now: it is replaced, not written
     */
    public Map<String, String> nodes() throws IOException {
        Map<String, Object> content = JSON.std.mapFrom(Files.readString(file));
        List<?> keys = (List<?>) content.getOrDefault("record_keys", List.of());
        Map<String, String> nodes = new TreeMap<>();
        for (Object info : (List<?>) content.getOrDefault("record_infos", List.of())) {
            List<?> record = (List<?>) info;
            if (settings.deployment().equals(value(keys, record, "deployment"))
                    && settings.group().equals(value(keys, record, "instance_group"))) {
                nodes.put(settings.group() + "-" + value(keys, record, "instance_index"), value(keys, record, "ip"));
            }
        }
        nodes.put(settings.node(), settings.address());
        return nodes;
    }

    /** Index of a node's instance, which its name ends with. */
    public static int index(String node) {
        return Integer.parseInt(node.substring(node.lastIndexOf('-') + 1));
    }

    private static String value(List<?> keys, List<?> record, String key) {
        int column = keys.indexOf(key);
        return column < 0 || column >= record.size() ? "" : String.valueOf(record.get(column));
    }
}
