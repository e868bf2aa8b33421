package io.paddock.minidirector.contract;

import java.util.LinkedHashMap;
import java.util.Map;

/** Manifests of the release "demo", with what a test wants to differ. */
final class Manifests {

    private final String name;
    private int instances = 1;
    private String azs = "z1";
    private String disk = "persistent_disk_type: default";
    private String vmType = "default";
    private String update = "canaries: 1, max_in_flight: 1, canary_watch_time: 10-20000, update_watch_time: 10-20000";
    private String jobs = "";
    private String errand = "";
    private String variables = "";
    private final Map<String, Object> properties = new LinkedHashMap<>();

    private Manifests(String name) {
        this.name = name;
    }

    static Manifests deployment(String name) {
        return new Manifests(name);
    }

    Manifests instances(int count) {
        instances = count;
        return this;
    }

    Manifests azs(String names) {
        azs = names;
        return this;
    }

    Manifests disk(String type) {
        disk = "persistent_disk_type: " + type;
        return this;
    }

    Manifests vmType(String type) {
        vmType = type;
        return this;
    }

    Manifests update(String block) {
        update = block;
        return this;
    }

    Manifests with(String property, Object value) {
        properties.put(property, value);
        return this;
    }

    Manifests alsoJob(String job) {
        jobs += ", " + job;
        return this;
    }

    Manifests variables(String block) {
        variables = "variables: " + block + "\n";
        return this;
    }

    Manifests errandExits(int code) {
        return errand("exit_code: " + code);
    }

    Manifests errandTakes(int seconds) {
        return errand("seconds: " + seconds);
    }

    private Manifests errand(String properties) {
        errand = """
                - name: smoke
                  instances: 1
                  lifecycle: errand
                  azs: [z1]
                  jobs: [{name: smoke, release: demo, properties: {%s}}]
                  vm_type: default
                  stemcell: default
                  networks: [{name: default}]
                """.formatted(properties);
        return this;
    }

    @Override
    public String toString() {
        return """
                name: %s
                releases: [{name: demo, version: "1"}]
                stemcells: [{alias: default, os: toronto-os, version: latest}]
                update: {%s}
                %sinstance_groups:
                - name: web
                  instances: %d
                  azs: [%s]
                  jobs: [{name: web, release: demo, properties: %s}%s]
                  vm_type: %s
                  stemcell: default
                  %s
                  networks: [{name: default}]
                %s""".formatted(
                        name,
                        update,
                        variables,
                        instances,
                        azs,
                        Director.JSON.writeValueAsString(properties),
                        jobs,
                        vmType,
                        disk,
                        errand);
    }
}
