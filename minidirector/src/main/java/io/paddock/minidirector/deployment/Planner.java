package io.paddock.minidirector.deployment;

import io.paddock.minidirector.config.Configs;
import io.paddock.minidirector.manifest.CloudConfig;
import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.manifest.ManifestParser;
import io.paddock.minidirector.release.JobSpec;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.release.RenderedJob;
import io.paddock.minidirector.release.TemplateRenderer;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.system.Yaml;
import io.paddock.minidirector.variable.ConfigServer;
import io.paddock.minidirector.variable.Interpolation;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Turns a manifest into a plan: who stays, who comes, who goes, and the rendered jobs of each. */
@Component
class Planner {

    static final String STEMCELL_NAME = "minidirector-this-machine";

    private final Configs configs;
    private final Releases releases;
    private final ConfigServer configServer;
    private final TemplateRenderer renderer;
    private final Deployments deployments;
    private final String director;

    Planner(
            Configs configs,
            Releases releases,
            ConfigServer configServer,
            TemplateRenderer renderer,
            Deployments deployments,
            MinidirectorProperties properties) {
        this.configs = configs;
        this.releases = releases;
        this.configServer = configServer;
        this.renderer = renderer;
        this.deployments = deployments;
        this.director = properties.name();
    }

    /** A manifest that is checked, its variables made, before anything is rendered. */
    record Prepared(Manifest manifest, List<String> variables) {}

    /** Checks the manifest and generates its variables. */
    Prepared prepare(String text) {
        Map<String, Object> tree = ManifestParser.tree(text);
        CloudConfig cloud = configs.cloudConfig();
        Manifest declared = ManifestParser.parse(tree, cloud);
        for (Manifest.Release release : declared.releases()) {
            releases.find(release.name(), release.version());
        }
        for (Manifest.InstanceGroup group : declared.instanceGroups()) {
            for (Manifest.Job job : group.jobs()) {
                spec(declared, job);
            }
        }
        String prefix = "/" + director + "/" + declared.name() + "/";
        Set<String> names = new TreeSet<>();
        for (Manifest.VariableDeclaration variable : declared.variables()) {
            Map<String, Object> options = new LinkedHashMap<>(variable.options());
            options.computeIfPresent("ca", (key, ca) -> Interpolation.absolute(ca.toString(), prefix));
            names.add(configServer
                    .ensure(Interpolation.absolute(variable.name(), prefix), variable.type(), options)
                    .name());
        }
        tree.remove("variables");
        Interpolation interpolation = new Interpolation(configServer, prefix);
        Manifest manifest = ManifestParser.parse(Yaml.map(interpolation.apply(tree)), cloud);
        names.addAll(interpolation.used());
        return new Prepared(manifest, List.copyOf(names));
    }

    /** Gives each instance its identity and address, which are stored at once, and renders its jobs. */
    Plan plan(Manifest manifest, String deployment) {
        List<Instance> surplus = new ArrayList<>(deployments.get(deployment).instances());
        Map<String, List<Instance>> identified = identify(manifest, deployment);
        identified
                .values()
                .forEach(wanted -> wanted.forEach(
                        instance -> surplus.removeIf(kept -> kept.id().equals(instance.id()))));
        List<Plan.Group> groups = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        for (Manifest.InstanceGroup group : manifest.instanceGroups()) {
            List<Plan.Wanted> wanted = new ArrayList<>();
            for (Instance instance : identified.getOrDefault(group.name(), List.of())) {
                List<RenderedJob> jobs = render(manifest, group, instance, errors);
                wanted.add(new Plan.Wanted(instance, group, jobs, hash(jobs)));
            }
            groups.add(new Plan.Group(group, wanted));
        }
        if (!errors.isEmpty()) {
            throw DirectorException.uncoded("Unable to render instance groups for deployment. Errors are:\n"
                    + String.join("\n", errors.stream().distinct().toList()));
        }
        return new Plan(
                groups,
                surplus,
                manifest.releases().stream()
                        .map(release -> release.name() + "/"
                                + releases.find(release.name(), release.version())
                                        .version())
                        .toList(),
                manifest.stemcells().stream()
                        .map(stemcell -> STEMCELL_NAME + "/" + stemcell.version())
                        .toList());
    }

    /** One deployment at a time, so that no two are given the same address. */
    private synchronized Map<String, List<Instance>> identify(Manifest manifest, String name) {
        AddressPool addresses = new AddressPool(deployments.all().stream()
                .flatMap(other -> other.instances().stream())
                .flatMap(instance -> instance.addresses().values().stream())
                .collect(Collectors.toSet()));
        Map<String, List<Instance>> identified = new LinkedHashMap<>();
        for (Manifest.InstanceGroup group : manifest.instanceGroups()) {
            List<Instance> wanted = new ArrayList<>();
            for (int index = 0; index < group.instances(); index++) {
                Instance instance = instance(deployments.get(name), group, index, addresses);
                deployments.change(name, before -> before.with(instance));
                wanted.add(instance);
            }
            identified.put(group.name(), wanted);
        }
        return identified;
    }

    private static Instance instance(
            Deployment deployment, Manifest.InstanceGroup group, int index, AddressPool addresses) {
        Instance instance = deployment
                .instance(group.name(), index)
                .orElseGet(() -> new Instance(
                        UUID.randomUUID().toString(),
                        group.name(),
                        index,
                        group.azs().get(index % group.azs().size()),
                        index == 0,
                        Map.of(),
                        null,
                        null,
                        null,
                        false));
        Map<String, String> kept = new LinkedHashMap<>();
        for (CloudConfig.Network network : group.networks()) {
            String address = instance.addresses().get(network.name());
            kept.put(network.name(), address == null ? addresses.reserve(network, instance) : address);
        }
        return instance.at(kept);
    }

    private List<RenderedJob> render(
            Manifest manifest, Manifest.InstanceGroup group, Instance instance, List<String> errors) {
        List<RenderedJob> rendered = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        for (Manifest.Job job : group.jobs()) {
            try {
                rendered.add(renderer.render(
                        spec(manifest, job), context(manifest, group, instance, job), job.properties()));
            } catch (TemplateRenderer.RenderingException failure) {
                failed.add("    - Unable to render templates for job '" + job.name() + "'. Errors are:");
                failure.errors().forEach(error -> failed.add("      - " + error));
            }
        }
        if (!failed.isEmpty()) {
            errors.add("  - Unable to render jobs for instance group '" + group.name() + "'. Errors are:\n"
                    + String.join("\n", failed));
        }
        return rendered;
    }

    private JobSpec spec(Manifest manifest, Manifest.Job job) {
        Manifest.Release release = manifest.releases().stream()
                .filter(candidate -> candidate.name().equals(job.release()))
                .findFirst()
                .orElseThrow();
        return releases.job(releases.find(release.name(), release.version()), job.name());
    }

    private Map<String, Object> context(
            Manifest manifest, Manifest.InstanceGroup group, Instance instance, Manifest.Job job) {
        Map<String, Object> networks = new LinkedHashMap<>();
        instance.addresses()
                .forEach((network, address) -> networks.put(
                        network,
                        Map.of(
                                "type",
                                "manual",
                                "ip",
                                address,
                                "netmask",
                                "255.0.0.0",
                                "gateway",
                                "",
                                "dns_record_name",
                                instance.id() + "." + group.name() + "." + network + "." + manifest.name() + ".bosh")));
        Manifest.Release release = manifest.releases().stream()
                .filter(candidate -> candidate.name().equals(job.release()))
                .findFirst()
                .orElseThrow();
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("deployment", manifest.name());
        context.put("name", group.name());
        context.put("id", instance.id());
        context.put("index", instance.index());
        context.put("az", instance.az());
        context.put("bootstrap", instance.bootstrap());
        context.put("address", instance.address());
        context.put("ip", instance.address());
        context.put("networks", networks);
        context.put("job", Map.of("name", job.name()));
        context.put(
                "release",
                Map.of(
                        "name",
                        release.name(),
                        "version",
                        releases.find(release.name(), release.version()).version()));
        context.put("persistent_disk", group.persistentDiskMb());
        context.put("dns_domain_name", "bosh");
        return context;
    }

    private static String hash(List<RenderedJob> jobs) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (RenderedJob job : jobs) {
                digest.update(job.name().getBytes(StandardCharsets.UTF_8));
                job.files().forEach((path, content) -> {
                    digest.update(path.getBytes(StandardCharsets.UTF_8));
                    digest.update((byte) 0);
                    digest.update(content.getBytes(StandardCharsets.UTF_8));
                    digest.update((byte) 0);
                });
                digest.update(job.monit().getBytes(StandardCharsets.UTF_8));
                digest.update(String.join(",", job.packages()).getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
