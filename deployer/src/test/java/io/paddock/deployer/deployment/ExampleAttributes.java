package io.paddock.deployer.deployment;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Attributes that fit the template of a single PostgreSQL. */
public final class ExampleAttributes {

    private ExampleAttributes() {}

    /** A map of its own for each caller, to be changed. */
    public static Map<String, Object> singleSmall() {
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("release_version", "0.1.0");
        attributes.put("bpm_version", "1.4.0");
        attributes.put("stemcell_os", "ubuntu-jammy");
        attributes.put("stemcell_version", "1.0");
        attributes.put("nodes", 1);
        attributes.put("azs", List.of("z1"));
        attributes.put("network", "default");
        attributes.put("vm_type", "small");
        attributes.put("disk_type", "10GB");
        attributes.put("max_connections", 100);
        attributes.put("shared_buffers_mb", 128);
        attributes.put("effective_cache_size_mb", 512);
        attributes.put("maintenance_work_mem_mb", 64);
        attributes.put("max_wal_size_mb", 1024);
        attributes.put("autovacuum_max_workers", 3);
        attributes.put("max_locks_per_transaction", 64);
        attributes.put("max_prepared_transactions", 0);
        return attributes;
    }
}
