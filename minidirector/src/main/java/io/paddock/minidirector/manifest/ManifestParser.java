package io.paddock.minidirector.manifest;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.RubyText;
import io.paddock.minidirector.system.Yaml;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads manifests, with the director's errors for what is wrong in them. */
public final class ManifestParser {

    private static final Set<String> CLOUD_CONFIG_SECTIONS =
            Set.of("azs", "vm_types", "disk_types", "compilation", "networks");

    private ManifestParser() {}

    /**
     * The manifest as a tree, checked as far as the director does before it makes a task.
     *
     * @throws DirectorException 440001 or 40001, HTTP status 400
     */
    public static Map<String, Object> tree(String text) {
        Map<String, Object> tree = hash(text);
        if (tree.get("name") == null) {
            throw new DirectorException(40001, "Deployment manifest must have a 'name' key");
        }
        return tree;
    }

    /** @throws DirectorException 440001, HTTP status 400, for a text that is no YAML hash */
    public static Map<String, Object> hash(String text) {
        if (text.isEmpty()) {
            throw new DirectorException(440001, "Manifest should not be empty");
        }
        Object content;
        try {
            content = Yaml.parse(text);
        } catch (YAMLException broken) {
            throw new DirectorException(
                    440001, "Incorrect YAML structure of the uploaded manifest: " + firstLine(broken.getMessage()));
        }
        if (!(content instanceof Map)) {
            throw new DirectorException(440001, "Manifest should be a hash");
        }
        return Yaml.map(content);
    }

    /** @throws DirectorException with the code that the director gives for what is missing or unknown */
    public static Manifest parse(Map<String, Object> tree, CloudConfig cloud) {
        CLOUD_CONFIG_SECTIONS.stream()
                .filter(tree::containsKey)
                .sorted()
                .findFirst()
                .ifPresent(section -> {
                    throw new DirectorException(
                            190014,
                            "Deployment manifest contains '" + section
                                    + "' section, but this can only be set in a cloud-config.");
                });
        // A manifest without stemcells or instance groups has none of them.
        for (String section : List.of("releases", "update")) {
            required(tree, section);
        }
        List<Manifest.Release> releases = Yaml.maps(tree.get("releases")).stream()
                .map(release -> new Manifest.Release(text(release, "name"), text(release, "version")))
                .toList();
        List<Manifest.Stemcell> stemcells = Yaml.maps(tree.get("stemcells")).stream()
                .map(stemcell -> new Manifest.Stemcell(
                        text(stemcell, "alias"),
                        stemcell.containsKey("os") ? text(stemcell, "os") : text(stemcell, "name"),
                        text(stemcell, "version")))
                .toList();
        List<Manifest.VariableDeclaration> variables = Yaml.maps(tree.get("variables")).stream()
                .map(ManifestParser::variable)
                .toList();
        List<Manifest.InstanceGroup> groups = Yaml.maps(tree.get("instance_groups")).stream()
                .map(group -> group(group, tree, releases, stemcells, cloud))
                .toList();
        refuseTwice(
                190022,
                "Duplicate variable",
                variables.stream().map(Manifest.VariableDeclaration::name).toList());
        refuseTwice(
                190006,
                "Duplicate instance group",
                groups.stream().map(Manifest.InstanceGroup::name).toList());
        return new Manifest(text(tree, "name"), releases, stemcells, groups, variables, cloud.azs());
    }

    private static void refuseTwice(int code, String what, List<String> names) {
        names.stream()
                .filter(name -> Collections.frequency(names, name) > 1)
                .findFirst()
                .ifPresent(name -> {
                    throw new DirectorException(code, what + " name '" + name + "'");
                });
    }

    private static Manifest.VariableDeclaration variable(Map<String, Object> variable) {
        Object link = Yaml.map(Yaml.map(variable.get("consumes")).get("alternative_name"))
                .get("from");
        return new Manifest.VariableDeclaration(
                text(variable, "name"),
                text(variable, "type"),
                Yaml.map(variable.get("options")),
                String.valueOf(variable.getOrDefault("update_mode", "no-overwrite")),
                link == null ? null : link.toString());
    }

    private static Manifest.InstanceGroup group(
            Map<String, Object> group,
            Map<String, Object> manifest,
            List<Manifest.Release> releases,
            List<Manifest.Stemcell> stemcells,
            CloudConfig cloud) {
        String name = text(group, "name");
        int instances = number(required(group, "instances"));
        List<Manifest.Job> jobs = Yaml.maps(required(group, "jobs")).stream()
                .map(job -> job(job, name, group, releases))
                .toList();
        String vmType = text(group, "vm_type");
        if (!cloud.vmTypes().containsKey(vmType)) {
            throw new DirectorException(
                    140004, "Instance group '" + name + "' references an unknown vm type '" + vmType + "'");
        }
        String alias = text(group, "stemcell");
        Manifest.Stemcell stemcell = stemcells.stream()
                .filter(known -> known.alias().equals(alias))
                .findFirst()
                .orElseThrow(() -> new DirectorException(
                        140005, "Instance group '" + name + "' references an unknown stemcell '" + alias + "'"));
        List<CloudConfig.Network> networks = Yaml.maps(required(group, "networks")).stream()
                .map(network -> network(text(network, "name"), name, cloud))
                .toList();
        List<String> azs = Yaml.strings(group.get("azs"));
        for (String az : azs) {
            if (networks.stream().anyMatch(network -> network.in(az).isEmpty())) {
                throw new DirectorException(
                        150006,
                        "Instance group '" + name
                                + "' must specify availability zone that matches availability zones of network '"
                                + networks.get(0).name() + "'");
            }
        }
        return new Manifest.InstanceGroup(
                name,
                instances,
                azs.isEmpty() ? List.of("") : azs,
                jobs,
                vmType,
                givenToMachine(group, vmType, cloud),
                stemcell,
                networks,
                staticIps(group, name, instances),
                disk(group, name, cloud),
                "errand".equals(group.get("lifecycle")),
                UpdatePolicy.parse(Yaml.map(manifest.get("update")), Yaml.map(group.get("update")), instances));
    }

    /** All that a machine is made with beside its stemcell, as text: another one needs another machine. */
    private static String givenToMachine(Map<String, Object> group, String vmType, CloudConfig cloud) {
        StringBuilder all = new StringBuilder(cloud.vmTypes().getOrDefault(vmType, ""));
        for (String extension : Yaml.strings(group.get("vm_extensions"))) {
            String properties = cloud.vmExtensions().get(extension);
            if (properties == null) {
                throw new DirectorException(
                        190019,
                        "Instance group '" + group.get("name") + "' references an unknown vm extension '" + extension
                                + "'");
            }
            all.append(properties);
        }
        if (!Yaml.map(group.get("env")).isEmpty()) {
            all.append(new TreeMap<>(Yaml.map(group.get("env"))));
        }
        return all.toString();
    }

    private static Map<String, List<String>> staticIps(Map<String, Object> group, String name, int instances) {
        Map<String, List<String>> given = new LinkedHashMap<>();
        for (Map<String, Object> network : Yaml.maps(group.get("networks"))) {
            List<String> addresses = Yaml.strings(network.get("static_ips")).stream()
                    .flatMap(entry -> Addresses.expand(entry).stream())
                    .toList();
            if (!addresses.isEmpty() && addresses.size() < instances) {
                throw new DirectorException(
                        150002,
                        "Instance group '" + name + "' has " + instances + " instances but " + addresses.size()
                                + " static IP(s) in network '" + network.get("name") + "'");
            }
            if (!addresses.isEmpty()) {
                given.put(text(network, "name"), addresses);
            }
        }
        return given;
    }

    private static Manifest.Job job(
            Map<String, Object> job, String group, Map<String, Object> groupEntry, List<Manifest.Release> releases) {
        String release = text(job, "release");
        if (releases.stream().noneMatch(known -> known.name().equals(release))) {
            throw new DirectorException(
                    140002, "Instance group '" + group + "' references an unknown release '" + release + "'");
        }
        Object properties = job.containsKey("properties") ? job.get("properties") : groupEntry.get("properties");
        return new Manifest.Job(
                text(job, "name"),
                release,
                Yaml.map(properties),
                Yaml.map(job.get("provides")),
                Yaml.map(job.get("consumes")));
    }

    private static CloudConfig.Network network(String network, String group, CloudConfig cloud) {
        CloudConfig.Network found = cloud.networks().get(network);
        if (found == null) {
            throw new DirectorException(
                    150001, "Instance group '" + group + "' references an unknown network '" + network + "'");
        }
        return found;
    }

    private static int disk(Map<String, Object> group, String name, CloudConfig cloud) {
        if (group.get("persistent_disk") instanceof Number size) {
            return size.intValue();
        }
        Object type = group.get("persistent_disk_type");
        if (type == null) {
            return 0;
        }
        Integer size = cloud.diskTypes().get(type.toString());
        if (size == null) {
            throw new DirectorException(
                    140012, "Instance group '" + name + "' references an unknown disk type '" + type + "'");
        }
        return size;
    }

    private static String text(Map<String, Object> object, String key) {
        return String.valueOf(required(object, key));
    }

    private static int number(Object value) {
        if (value instanceof Integer number && number >= 0) {
            return number;
        }
        throw new DirectorException(
                40003, "Property 'instances' value (" + value + ") did not match the required type 'Integer'");
    }

    private static Object required(Map<String, Object> object, String key) {
        Object value = object.get(key);
        if (value == null) {
            throw new DirectorException(
                    40001,
                    "Required property '" + key + "' was not specified in object (" + RubyText.inspect(object) + ")");
        }
        return value;
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "" : message.lines().findFirst().orElse("");
    }
}
