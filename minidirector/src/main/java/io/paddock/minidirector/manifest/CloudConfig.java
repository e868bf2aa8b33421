package io.paddock.minidirector.manifest;

import io.paddock.minidirector.system.Yaml;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the operator's cloud configs define, all of them merged: names that manifests refer to.
 *
 * @param vmTypes name to cloud properties, as text that is the same for equal ones
 * @param vmExtensions the same of what groups add to their type
 */
public record CloudConfig(
        List<String> azs,
        Map<String, String> vmTypes,
        Map<String, String> vmExtensions,
        Map<String, Integer> diskTypes,
        Map<String, Network> networks) {

    public record Network(String name, List<Subnet> subnets) {

        /** Subnets that machines of an availability zone may use. */
        public List<Subnet> in(String az) {
            return subnets.stream()
                    .filter(subnet -> subnet.azs().isEmpty() || subnet.azs().contains(az))
                    .toList();
        }
    }

    /**
     * @param range in CIDR notation
     * @param reserved addresses, or ranges as "first-last"
     */
    public record Subnet(String range, String gateway, List<String> reserved, List<String> azs) {}

    public static CloudConfig parse(List<String> contents) {
        List<String> azs = new ArrayList<>();
        Map<String, String> vmTypes = new LinkedHashMap<>();
        Map<String, String> vmExtensions = new LinkedHashMap<>();
        Map<String, Integer> diskTypes = new LinkedHashMap<>();
        Map<String, Network> networks = new LinkedHashMap<>();
        for (String content : contents) {
            Map<String, Object> config = Yaml.map(Yaml.parse(content));
            Yaml.maps(config.get("azs")).forEach(az -> azs.add(String.valueOf(az.get("name"))));
            Yaml.maps(config.get("vm_types"))
                    .forEach(type -> vmTypes.put(
                            String.valueOf(type.get("name")),
                            new TreeMap<>(Yaml.map(type.get("cloud_properties"))).toString()));
            Yaml.maps(config.get("vm_extensions"))
                    .forEach(extension -> vmExtensions.put(
                            String.valueOf(extension.get("name")),
                            new TreeMap<>(Yaml.map(extension.get("cloud_properties"))).toString()));
            Yaml.maps(config.get("disk_types"))
                    .forEach(type -> diskTypes.put(
                            String.valueOf(type.get("name")), ((Number) type.get("disk_size")).intValue()));
            Yaml.maps(config.get("networks")).stream()
                    .map(CloudConfig::network)
                    .forEach(network -> networks.put(network.name(), network));
        }
        return new CloudConfig(azs, vmTypes, vmExtensions, diskTypes, networks);
    }

    private static Network network(Map<String, Object> entry) {
        List<Subnet> subnets = Yaml.maps(entry.get("subnets")).stream()
                .map(subnet -> new Subnet(
                        String.valueOf(subnet.get("range")),
                        String.valueOf(subnet.getOrDefault("gateway", "")),
                        Yaml.strings(subnet.get("reserved")),
                        Optional.ofNullable(subnet.get("az"))
                                .map(az -> List.of(String.valueOf(az)))
                                .orElseGet(() -> Yaml.strings(subnet.get("azs")))))
                .toList();
        return new Network(String.valueOf(entry.get("name")), subnets);
    }
}
