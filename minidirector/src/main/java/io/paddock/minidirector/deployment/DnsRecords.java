package io.paddock.minidirector.deployment;

import io.paddock.minidirector.machine.MachineHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Keeps /var/vcap/instance/dns/records.json of every machine what the director knows of all instances, without restarting anything. */
@Component
class DnsRecords {

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final List<String> KEYS = List.of(
            "id",
            "num_id",
            "instance_group",
            "group_ids",
            "az",
            "az_id",
            "network",
            "network_id",
            "deployment",
            "ip",
            "domain",
            "agent_id",
            "instance_index");

    private final Deployments deployments;
    private final MachineHost host;
    private long version;

    DnsRecords(Deployments deployments, MachineHost host) {
        this.deployments = deployments;
        this.host = host;
    }

    /** Writes the file on all machines; called whenever an instance came, went or moved. */
    synchronized void publish() {
        byte[] text = MAPPER.writeValueAsBytes(content());
        for (Deployment deployment : deployments.all()) {
            for (Instance instance : deployment.instances()) {
                if (instance.vm() != null) {
                    write(host.machine(instance.vm().cid(), null).vcap().resolve("instance/dns"), text);
                }
            }
        }
    }

    private Map<String, Object> content() {
        List<List<String>> records = new ArrayList<>();
        List<List<Object>> infos = new ArrayList<>();
        List<String> networks = new ArrayList<>();
        List<String> azs = new ArrayList<>();
        List<String> groups = new ArrayList<>();
        int number = 0;
        for (Deployment deployment : deployments.all()) {
            for (Instance instance : deployment.instances()) {
                number++;
                if (instance.vm() == null) {
                    continue;
                }
                for (Map.Entry<String, String> address : instance.addresses().entrySet()) {
                    String network = address.getKey();
                    String ip = address.getValue();
                    String suffix = "." + instance.group() + "." + network + "." + deployment.name() + ".bosh";
                    records.add(List.of(ip, instance.id() + suffix));
                    infos.add(Arrays.asList(
                            instance.id(),
                            Integer.toString(number),
                            instance.group(),
                            List.of(id(groups, deployment.name() + "/" + instance.group())),
                            instance.az(),
                            id(azs, instance.az()),
                            network,
                            id(networks, network),
                            deployment.name(),
                            ip,
                            "bosh",
                            instance.vm().agentId(),
                            instance.index()));
                }
            }
        }
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("records", records);
        content.put("version", ++version);
        content.put("record_keys", KEYS);
        content.put("record_infos", infos);
        content.put("aliases", Map.of());
        return content;
    }

    private static String id(List<String> known, String name) {
        if (!known.contains(name)) {
            known.add(name);
        }
        return Integer.toString(known.indexOf(name) + 1);
    }

    /** Replaced as a whole: a reader sees the old file or the new one. */
    private static void write(Path directory, byte[] text) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try {
            Path next = Files.write(directory.resolve("records.json.next"), text);
            // Jobs read it as vcap, whatever the director's umask.
            Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(next, directory.resolve("records.json"), StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException gone) {
            // The machine was deleted at this moment.
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write the records in " + directory, failure);
        }
    }
}
